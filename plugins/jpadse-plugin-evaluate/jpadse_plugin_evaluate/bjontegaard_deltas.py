"""Bjøntegaard deltas of two curves, refused with the reason where the curves do not allow them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Method = Literal["pchip", "akima"]
METHODS: tuple[Method, ...] = get_args(Method)

FEWEST_POINTS = 3
LEAST_OVERLAP = 0.25
"""Share of the range that both curves cover together; below it, the average says little of either curve."""


class Refused(ValueError):
    """The curves have no Bjøntegaard delta; the message says why."""


@dataclass(frozen=True)
class RateCurve:
    """Rates and values of one codec on one picture or on the mean of many.

    Attributes:
        rates: bits per pixel, above 0.
        values: of a figure, in the order of the rates.
        higher_is_better: the figure's direction.
    """

    rates: Sequence[float]
    values: Sequence[float]
    higher_is_better: bool = True

    def points(self, *, monotone: bool) -> tuple[np.ndarray, np.ndarray]:
        """Rates rising, and values that are higher where the picture is better.

        Args:
            monotone: refuse values that more rate does not make better.

        Raises:
            Refused: there are too few points, a value is not finite, two rates are equal, or see `monotone`.
        """
        order = np.argsort(np.asarray(self.rates, float), kind="stable")
        rates = np.asarray(self.rates, float)[order]
        values = np.asarray(self.values, float)[order] * (1 if self.higher_is_better else -1)
        if len(rates) < FEWEST_POINTS:
            raise Refused(f"fewer than {FEWEST_POINTS} points")
        if not (np.isfinite(values).all() and np.isfinite(rates).all() and (rates > 0).all()):
            raise Refused("a value is not finite")
        if (np.diff(rates) <= 0).any() or (monotone and (np.diff(values) <= 0).any()):
            raise Refused("not monotone")
        return rates, values


def bd_rate(anchor: RateCurve, test: RateCurve, method: Method = "pchip") -> float:
    """Per cent of rate that the test curve takes more than the anchor's at equal values, on average.

    Raises:
        Refused: a curve is not monotone, or the curves' values overlap too little.

    Source: Bjøntegaard, VCEG-M33, 2001; interpolation by the package `bjontegaard`, PCHIP as in JCT-VC's common test
    conditions, Akima as in Herglotz et al., 2022.
    """
    import bjontegaard

    (rates, values), (test_rates, test_values) = anchor.points(monotone=True), test.points(monotone=True)
    _require_overlap(values, test_values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of overlaps that `_require_overlap` lets pass
        delta = bjontegaard.bd_rate(
            rates, values, test_rates, test_values, method=method, require_matching_points=False, min_overlap=0
        )
    return _finite(delta)


def bd_metric(anchor: RateCurve, test: RateCurve, method: Method = "pchip") -> float:
    """What the test curve's value is above the anchor's at equal rate, on average, in the figure's unit and direction.

    It is an average over the rate's logarithm, for which values need not be monotone as they are for `bd_rate`.

    Raises:
        Refused: the curves' rates are not usable, or overlap too little.
    """
    import bjontegaard

    (rates, values), (test_rates, test_values) = anchor.points(monotone=False), test.points(monotone=False)
    _require_overlap(np.log10(rates), np.log10(test_rates))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        delta = bjontegaard.bd_psnr(
            rates, values, test_rates, test_values, method=method, require_matching_points=False, min_overlap=0
        )
    return _finite(delta) * (1 if anchor.higher_is_better else -1)


def _require_overlap(first: np.ndarray, second: np.ndarray) -> None:
    shared = min(first[-1], second[-1]) - max(first[0], second[0])
    whole = max(first[-1], second[-1]) - min(first[0], second[0])
    if shared <= 0:
        raise Refused("no overlap")
    if shared < LEAST_OVERLAP * whole:
        raise Refused(f"overlap below {LEAST_OVERLAP:.0%}")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Refused("not finite")
    return float(value)
