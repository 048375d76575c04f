"""Everything that an evaluation found, in the form in which it is written out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from jpadse_plugin_evaluate.bjontegaard_deltas import RateCurve
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.settings import CurveName
from jpadse_plugin_evaluate.statistics import Interval


@dataclass(frozen=True)
class Measured:
    """One decoded picture.

    Attributes:
        picture, curve, point: which one.
        quality: on the codec's scale.
        size, bits_per_pixel: of the whole file.
        sections: bytes by section.
        encode_seconds, decode_seconds: wall time, beside other workers.
        values: by figure.
    """

    picture: str
    curve: CurveName
    point: str
    quality: float | None
    size: int
    bits_per_pixel: float
    sections: dict[str, int]
    encode_seconds: float
    decode_seconds: float
    values: dict[str, float]


@dataclass(frozen=True)
class CurvePoint:
    """A point of a curve over all pictures.

    Attributes:
        point: where it was wanted.
        bits_per_pixel: mean over pictures.
        sections: mean bytes by section.
        encode_seconds, decode_seconds: medians.
        values: by figure.
    """

    point: str
    bits_per_pixel: Interval
    sections: dict[str, float]
    encode_seconds: float
    decode_seconds: float
    values: dict[str, Interval]


@dataclass(frozen=True, eq=False)
class DrawnPoint:
    """A point of a curve over pictures drawn out of all with replacement, a value for every draw.

    Attributes:
        bits_per_pixel: mean over pictures.
        values: by figure, those that every picture has.
    """

    bits_per_pixel: npt.NDArray[np.float64]
    values: dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Curve:
    """A curve over all pictures: the points that every picture has."""

    name: CurveName
    points: tuple[CurvePoint, ...]
    drawn: tuple[DrawnPoint, ...] = ()

    def drawn_of(self, figure: Figure, most: int) -> Iterator[RateCurve]:
        """The curve over drawn pictures, as `of`, up to `most` times; the draws are the same for every curve."""
        if not all(figure.name in point.values for point in self.drawn):
            return
        rates = zip(*(point.bits_per_pixel for point in self.drawn), strict=True)
        values = zip(*(point.values[figure.name] for point in self.drawn), strict=True)
        for pair in islice(zip(rates, values, strict=False), most):  # dear figures have fewer draws than rates
            yield RateCurve(*pair, figure.higher_is_better)

    def of(self, figure: Figure) -> RateCurve:
        """Mean rates and the figure over all pictures."""
        rates = [point.bits_per_pixel.value for point in self.points]
        return RateCurve(rates, [point.values[figure.name].value for point in self.points], figure.higher_is_better)


@dataclass(frozen=True)
class Delta:
    """One curve against another by one figure.

    Attributes:
        test, baseline: the curves.
        figure, method: what is compared, and the interpolation.
        rate: mean over pictures of their BD-rates, per cent; below 0 is better.
        metric: mean over pictures of their BD-metrics, in the figure's unit.
        of_means_rate, of_means_metric: of the two curves over all pictures, or why there is none.
        of_means_interval: of the former, where it is the headline.
        per_picture_rate, per_picture_metric: of every picture, or why it has none.
        worse: share of the pictures with a BD-rate whose BD-rate is above 0.
    """

    test: CurveName
    baseline: CurveName
    figure: str
    method: str
    rate: Interval
    metric: Interval
    of_means_rate: float | str
    of_means_metric: float | str
    per_picture_rate: dict[str, float | str] = field(default_factory=dict)
    per_picture_metric: dict[str, float | str] = field(default_factory=dict)
    of_means_interval: Interval = field(default_factory=lambda: Interval(math.nan))

    @property
    def worse(self) -> float | None:
        """See the class."""
        rates = [rate for rate in self.per_picture_rate.values() if isinstance(rate, float)]
        return sum(rate > 0 for rate in rates) / len(rates) if rates else None

    @property
    def over_pictures(self) -> bool:
        """Whether more than half of the pictures have a BD-rate, so that their mean speaks for all."""
        return sum(self.refused.values()) < len(self.per_picture_rate) / 2

    @property
    def headline(self) -> float | str:
        """The BD-rate to be quoted: the mean over pictures, or else that of the mean curves, or why there is none."""
        return self.rate.value if self.over_pictures else self.of_means_rate

    @property
    def interval(self) -> Interval:
        """Of the headline."""
        return self.rate if self.over_pictures else self.of_means_interval

    @property
    def gain_over_pictures(self) -> bool:
        """As `over_pictures`, for the BD-metric."""
        there = sum(isinstance(metric, float) for metric in self.per_picture_metric.values())
        return there > len(self.per_picture_metric) / 2

    @property
    def gain(self) -> float | str:
        """The BD-metric to be quoted, as `headline`. Curves without a BD-rate may have it."""
        return self.metric.value if self.gain_over_pictures else self.of_means_metric

    @property
    def gain_interval(self) -> Interval:
        """Of the gain; none where it is that of the mean curves."""
        return self.metric if self.gain_over_pictures else Interval(math.nan)

    @property
    def refused(self) -> dict[str, int]:
        """How many pictures have no BD-rate, by reason."""
        reasons = [rate for rate in self.per_picture_rate.values() if isinstance(rate, str)]
        return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


@dataclass(frozen=True)
class PictureInfo:
    """A picture that was measured on."""

    name: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True)
class Results:
    """See the module.

    Attributes:
        command: the command line.
        versions: of all distributions that took part.
        weights: digests of components' weights, by component.
        figures: the columns.
        notices: what a reader has to know.
        failures: by job, why it failed.
        measures: by figure, what determines its values beside the pictures: versions and weights.
        options: of components that were given some, as they were typed.
    """

    command: str
    versions: dict[str, str]
    weights: dict[str, str]
    pictures: tuple[PictureInfo, ...]
    figures: tuple[Figure, ...]
    measured: tuple[Measured, ...]
    curves: tuple[Curve, ...]
    deltas: tuple[Delta, ...]
    notices: tuple[str, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> str:
        """How many pictures were measured, in words."""
        return f"{len(self.pictures)} picture{'s' * (len(self.pictures) != 1)}"

    def curve(self, name: CurveName) -> Curve:
        """The curve of that name."""
        return next(curve for curve in self.curves if curve.name == name)
