"""Confidence intervals by the bootstrap over pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

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


Draws: TypeAlias = npt.NDArray[np.int64]
"""Indices of pictures, `[resamples, count]`, some several times."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """A figure over pictures, and over pictures drawn out of them with replacement.

    Attributes:
        value: over all pictures.
        drawn: a value for every draw; none where there is no interval.
    """

    value: float
    drawn: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def interval(self) -> Interval:
        """By the bootstrap's percentiles; none where it has no value for half of the draws or more.

        Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
        """
        finite = self.drawn[np.isfinite(self.drawn)]
        if finite.size == 0 or finite.size < self.drawn.size / 2:
            return Interval(self.value)
        low, high = np.percentile(finite, [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
        return Interval(self.value, float(low), float(high))


def resample(
    value: float, count: int, figure: Callable[[Draws], npt.NDArray[np.float64]], resamples: int = RESAMPLES
) -> Resampled:
    """A figure over pictures, resampled.

    Args:
        value: over all pictures; where it is not finite, nothing is resampled.
        count: pictures; below 2, nothing is resampled.
        figure: from draws to a value for each.
        resamples: how many are drawn. They are the same in every run and for every figure over as many pictures, fewer
            being the first of more.
    """
    if count < 2 or not math.isfinite(value):
        return Resampled(value)
    return Resampled(value, figure(np.random.default_rng(_SEED).integers(0, count, (resamples, count))))


def resample_mean(values: Sequence[float]) -> Resampled:
    """As `resample`, for the mean."""
    array = np.asarray(values, float)
    value = float(array.mean()) if array.size else math.nan
    return resample(value, array.size, lambda draws: array[draws].mean(axis=1))


def bootstrap_mean(values: Sequence[float]) -> Interval:
    """The mean with its interval."""
    return resample_mean(values).interval()
