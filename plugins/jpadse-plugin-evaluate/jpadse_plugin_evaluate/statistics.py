"""Confidence intervals by the bootstrap over pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
_LEVEL = 95
_SEED = 20200503


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % confidence interval; low and high are `nan` where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan


def bootstrap(count: int, figure: Callable[[Sequence[int]], float], resamples: int = RESAMPLES) -> Interval:
    """A figure over pictures, with the percentile bootstrap's interval over them.

    Args:
        count: pictures; below 2 there is no interval.
        figure: from the indices of pictures, some of them several times, to the figure.
        resamples: how many are drawn. The draws are the same in every run and for every figure.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    value = figure(range(count))
    if count < 2 or not math.isfinite(value):
        return Interval(value)
    return _interval(value, np.array([figure(draw.tolist()) for draw in _draws(count, resamples)]))


def bootstrap_mean(values: Sequence[float]) -> Interval:
    """As `bootstrap`, for the mean."""
    array = np.asarray(values, float)
    value = float(array.mean()) if array.size else math.nan
    if array.size < 2 or not math.isfinite(value):
        return Interval(value)
    return _interval(value, array[_draws(array.size, RESAMPLES)].mean(axis=1))


def _draws(count: int, resamples: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(_SEED).integers(0, count, (resamples, count))


def _interval(value: float, found: npt.NDArray[np.float64]) -> Interval:
    finite = found[np.isfinite(found)]
    if finite.size < found.size / 2:
        return Interval(value)
    low, high = np.percentile(finite, [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
    return Interval(value, float(low), float(high))
