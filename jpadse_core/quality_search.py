"""Bracketing on a codec's own quality scale: the lowest quality at which a measure reaches a threshold."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache

from jpadse_core.errors import CodecError
from jpadse_core.interfaces.codec import Codec, QualityScale, quality_scale_of

_STEPS = 500
_GUESSES = 4
_INTERVALS = 16


def scale_of(codec: Codec) -> QualityScale:
    """The codec's quality scale.

    Raises:
        CodecError: it has none.
    """
    scale = quality_scale_of(codec)
    if scale is None:
        raise CodecError(f'codec "{codec.name}" has no quality scale to search on')
    return scale


def quality_steps(scale: QualityScale) -> Sequence[float]:
    """The values to choose from, from the lowest quality to the highest: every whole number of an integer scale, and
    500 equal steps, rounded to six digits, of a scale of real numbers; equal as the scale counts. Either end may be the
    larger number."""
    if scale.integer:
        lowest, highest = int(scale.lowest), int(scale.highest)
        step = 1 if lowest <= highest else -1
        return range(lowest, highest + step, step)
    between = (scale.value(step / _STEPS) for step in range(1, _STEPS))
    return (scale.lowest, *(float(f"{value:.6g}") for value in between), scale.highest)


def first_reaching(
    count: int, threshold: float, measure: Callable[[int], float], estimate: Callable[[int], float] | None = None
) -> int:
    """The first of `count` steps at which `measure`, which rises with the step, reaches `threshold`; `count` for none.

    Where a measure does not rise everywhere, the answer is a step that reaches the threshold behind one that does not:
    both have been measured, unless the answer is the first step or `count`.

    Args:
        count: of steps, 1 or more.
        threshold: what is to be reached.
        measure: dear; called for few steps, each once.
        estimate: cheap; off from `measure` by about the same amount at neighbouring steps. By default, `measure`.
    """
    below, reaching = -1, count
    bias = 0.0
    estimated = cache(estimate or measure)
    measured = estimated if estimate is None else measure
    turn = 0
    while reaching - below > 1:
        inside = range(below + 1, reaching)
        if turn < _GUESSES:
            guess = bisect_left(inside, True, key=lambda step: estimated(step) + bias >= threshold)
            step = inside[min(guess, len(inside) - 1)]
        else:
            step = inside[len(inside) // 2]
        value = measured(step)
        if value >= threshold:
            reaching = step
        else:
            below = step
        off = value - estimated(step)
        bias = off if math.isfinite(off) else bias
        turn += 1
    return reaching


def interpolated(count: int, measure: Callable[[int], float]) -> Callable[[int], float]:
    """An estimate of `measure` at any of `count` steps, linear between the ends of 16 intervals, each measured once and
    only when it is needed."""
    length = -(-count // _INTERVALS)
    measured = cache(measure)

    def estimate(step: int) -> float:
        left, past = step - step % length, step % length
        if past == 0:
            return measured(left)
        right = min(left + length, count - 1)
        return measured(left) + (measured(right) - measured(left)) * past / (right - left)

    return estimate
