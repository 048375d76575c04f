"""Targets of rate and quality, and the search for the codec's quality that meets one.

A size counts every byte of the file. A metric is that of the distortion corner: what `decode` shows by default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

from jpadse_core.calling import failing_as, read_only
from jpadse_core.errors import TargetError
from jpadse_core.file_semantics import FileSemantics
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.map_decision import MapChoice
from jpadse_core.parts import codec_options, resolve
from jpadse_core.quality_search import first_reaching, interpolated, quality_steps, scale_of


@dataclass(frozen=True)
class TargetSize:
    """The best quality whose file has at most `bytes` bytes."""

    bytes: int

    def __post_init__(self) -> None:
        _require(self.bytes, positive=True)


@dataclass(frozen=True)
class TargetBitsPerPixel:
    """The best quality whose file has at most `bits_per_pixel` bits for every pixel of the picture."""

    bits_per_pixel: float

    def __post_init__(self) -> None:
        _require(self.bits_per_pixel, positive=True)


@dataclass(frozen=True)
class TargetMetric:
    """The lowest quality whose distortion corner is at least as good as `value` by a metric.

    Attributes:
        metric: by name, as `list-plugins --kind metric` tells them, or an instance.
        value: in the metric's unit.
    """

    metric: str | Metric
    value: float

    def __post_init__(self) -> None:
        _require(self.value)


Target: TypeAlias = TargetSize | TargetBitsPerPixel | TargetMetric


@dataclass(frozen=True, eq=False)
class Trial:
    """A picture encoded at one quality.

    Attributes:
        options: the codec's that differ from its defaults.
        data: the whole file.
        base: the plain codec's picture, uint8 `[H, W, 3]`.
        enhanced: the distortion corner's; None where nothing was enhanced.
        semantics: what the enhancer was told.
        choice: what was decided about a map to be transmitted.
    """

    options: Mapping[str, Any]
    data: bytes
    base: RgbImage
    enhanced: RgbImage | None
    semantics: FileSemantics
    choice: MapChoice | None = None

    @property
    def shown(self) -> RgbImage:
        """What the decoder shows."""
        return self.base if self.enhanced is None else self.enhanced


def refuse_quality(codec: Codec, given: Collection[str]) -> None:
    """Refuse options that are given beside a target, by name, where they are the quality that it decides on.

    Raises:
        TargetError: they are.
    """
    scale = quality_scale_of(codec)
    if scale is not None and scale.option in given:
        raise TargetError(f"{scale.option} and a target exclude each other: each decides on the quality")


def meet(
    target: Target,
    codec: Codec,
    original: RgbImage,
    options: BaseModel,
    attempt: Callable[[BaseModel, bool], Trial],
) -> Trial:
    """The trial that meets a target: the best that is not above a size, or the smallest that reaches a metric.

    The file one step better on the codec's scale was tried and is above the size; the one a step worse was tried and
    misses the metric.

    Args:
        target: what to meet.
        codec: has a quality scale.
        original: uint8 `[H, W, 3]`.
        options: the codec's; its quality is what is searched for.
        attempt: encodes with these options, with or without the enhancement, which is the dear part.

    Raises:
        CodecError: the codec has no quality scale.
        TargetError: no quality meets the target, or the metric is not defined for this picture.
        PluginError: the metric is not usable.
    """
    scale = scale_of(codec)
    steps = quality_steps(scale)
    goal = _goal(target, original)
    values: dict[int, float] = {}
    best: list[Trial] = []

    def tried(step: int, enhance: bool) -> Trial:
        return attempt(codec_options(codec, options, {scale.option: steps[step]}), enhance)

    def measure(step: int) -> float:
        trial = tried(step, True)
        values[step] = goal.measure(trial)
        if (values[step] >= goal.threshold) is goal.reached:
            best[:] = [trial]
        return values[step]

    def estimate(step: int) -> float:
        return goal.measure(tried(step, False))

    # A metric may cost as much as the enhancer: it is asked at few qualities, and the curve is smooth in between.
    cheap = interpolated(len(steps), estimate) if goal.reached else estimate
    found = first_reaching(len(steps), goal.threshold, measure, cheap)
    if found == 0 and not goal.reached:
        raise TargetError(
            f'{goal.wanted} cannot be met: codec "{codec.name}" makes {values[0]:.0f} bytes at its lowest quality, '
            f"{scale.option} {steps[0]:g}"
        )
    if found == len(steps) and goal.reached:
        value = goal.sign * values[found - 1]
        raise TargetError(
            f'{goal.wanted} cannot be met: codec "{codec.name}" reaches {value:.4f} at {scale.option} {steps[-1]:g}'
        )
    return best[0]


@dataclass(frozen=True)
class _Goal:
    """A target as a measure that rises with quality: the trial wanted is the first that reaches the threshold, or the
    last that does not. The sign turns a measure round of which less is better."""

    wanted: str
    measure: Callable[[Trial], float]
    threshold: float
    reached: bool
    sign: int = 1


def _goal(target: Target, original: RgbImage) -> _Goal:
    if isinstance(target, TargetMetric):
        return _metric_goal(target, original)
    if isinstance(target, TargetSize):
        most, wanted = target.bytes, f"a size of {target.bytes} bytes"
    elif isinstance(target, TargetBitsPerPixel):
        most = math.floor(target.bits_per_pixel * original.shape[0] * original.shape[1] / 8)
        wanted = f"a rate of {target.bits_per_pixel:g} bits per pixel, {most} bytes,"
    else:
        raise TargetError(f"{target!r} is no target: give TargetSize, TargetBitsPerPixel or TargetMetric")
    return _Goal(wanted, lambda trial: len(trial.data), most + 1, reached=False)


def _metric_goal(target: TargetMetric, original: RgbImage) -> _Goal:
    metric: Metric = resolve("metric", target.metric)
    sign = 1 if metric.higher_is_better else -1

    def measure(trial: Trial) -> float:
        with failing_as(TargetError, f'metric "{metric.name}"'):
            value = float(metric.measure(read_only(original), read_only(trial.shown)))
        if math.isnan(value):
            raise TargetError(
                f"{metric.name} is not defined for a picture of {original.shape[1]} x {original.shape[0]}"
            )
        return sign * value

    unit = f" {metric.unit}" if metric.unit else ""
    return _Goal(f"{metric.name} of {target.value:g}{unit}", measure, sign * target.value, reached=True, sign=sign)


def _require(value: Any, *, positive: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or (positive and value <= 0):
        raise TargetError(f"{value!r} is no target: give a {'positive ' if positive else ''}number")
