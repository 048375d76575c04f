"""From the journal's records to results: values, curves over pictures, and deltas between curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import numpy.typing as npt

from jpadse_core import CodecError
from jpadse_plugin_evaluate.bjontegaard_deltas import METHODS, Method, RateCurve, Refused, bd_metric, bd_rate
from jpadse_plugin_evaluate.inputs import Source, size_as_measured
from jpadse_plugin_evaluate.journal import Evidence, Journal, Record
from jpadse_plugin_evaluate.measures import Figure, mean
from jpadse_plugin_evaluate.measures.registry import Panel, measures_of
from jpadse_plugin_evaluate.results import Curve, CurvePoint, Delta, DrawnPoint, Measured, PictureInfo
from jpadse_plugin_evaluate.running import keys
from jpadse_plugin_evaluate.settings import CurveName, Settings
from jpadse_plugin_evaluate.statistics import Draws, Interval, Resampled, bootstrap_mean, resample, resample_mean

_FEWER_RESAMPLES = 200
"""For figures that are dear to sum up, and for deltas of mean curves."""


@dataclass(frozen=True)
class Taken:
    """A measured picture with the evidence that figures over many pictures need."""

    measured: Measured
    evidence: dict[str, Evidence]


def picture_infos(settings: Settings, sources: tuple[Source, ...]) -> tuple[PictureInfo, ...]:
    """Names, sizes as measured, and digests."""
    infos = []
    for source in sources:
        height, width = size_as_measured(source.path, settings.size)
        infos.append(PictureInfo(source.name, width, height, source.digest))
    return tuple(infos)


def taken(
    settings: Settings, sources: tuple[Source, ...], panel: Panel, figures: tuple[Figure, ...], journal: Journal
) -> Iterator[Taken]:
    """What the journal holds of this evaluation, in the order of the settings."""
    pixels = {info.name: info.width * info.height for info in picture_infos(settings, sources)}
    for source in sources:
        for coding, point, key in keys(settings, source):
            record = journal.records.get(key)
            if record is None or record.unreachable:
                continue
            for preference in coding.preferences:
                if preference not in record.decode_seconds:
                    continue
                evidence = _evidence(record, preference, panel)
                there = [figure for figure in figures if figure.per_picture and figure.name in evidence]
                values = {figure.name: figure.summary([evidence[figure.name]]) for figure in there}
                measured = Measured(
                    source.name, CurveName(coding.codec, coding.variant.name, preference), str(point), record.quality,
                    record.size, record.size * 8 / pixels[source.name], record.sections, record.encode_seconds,
                    record.decode_seconds[preference], values,
                )  # fmt: skip
                yield Taken(measured, evidence)


def unreached(settings: Settings, sources: tuple[Source, ...], journal: Journal) -> Iterator[str]:
    """A line for every rate that a codec could not reach."""
    for source in sources:
        for coding, point, key in keys(settings, source):
            record = journal.records.get(key)
            if record is not None and record.unreachable:
                name = CurveName(coding.codec, coding.variant.name)
                yield f"{source.name}: {name} does not reach {point}: {record.unreachable}"


def undefined(figures: Sequence[Figure], everything: Sequence[Taken]) -> Iterator[str]:
    """A line for every figure that has no value on some pictures, which leaves the mean over all without one."""
    for figure in figures:
        values = [(t.measured.picture, t.measured.values.get(figure.name, 0.0)) for t in everything]
        without = list(dict.fromkeys(picture for picture, value in values if math.isnan(value)))
        if without:
            more = f" and {len(without) - 3} more" if len(without) > 3 else ""
            yield f"{figure.name} is not defined for {', '.join(without[:3])}{more}: leave them out to have its mean"


def _evidence(record: Record, preference: str, panel: Panel) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for measure in measures_of(panel):
        found |= record.evidence[preference].get(measure.identity, {})
    return found


def curves_of(settings: Settings, figures: Sequence[Figure], everything: Sequence[Taken], count: int) -> list[Curve]:
    """The curves over all pictures; a point that a picture lacks is left out of its curve, and a figure that some
    picture has elsewhere but not there has no value."""
    curves = []
    pictures = {f.name: {t.measured.picture for t in everything if f.name in t.evidence} for f in figures}
    for coding in settings.codings():
        for name in coding.curves():
            points, drawn = [], []
            for point in map(str, coding.points):
                there = [t for t in everything if (t.measured.curve, t.measured.point) == (name, point)]
                if len(there) == count:
                    rate = resample_mean([t.measured.bits_per_pixel for t in there])
                    values = {figure.name: _over_pictures(figure, there, pictures[figure.name]) for figure in figures}
                    points.append(_curve_point(point, there, rate, values))
                    whole = {name: value for name, value in values.items() if len(pictures[name]) == count}
                    drawn.append(DrawnPoint(rate.drawn, {name: value.drawn for name, value in whole.items()}))
            curves.append(Curve(name, tuple(points), tuple(drawn)))
    return curves


def _curve_point(point: str, there: list[Taken], rate: Resampled, values: dict[str, Resampled]) -> CurvePoint:
    sections = dict.fromkeys(name for t in there for name in t.measured.sections)
    return CurvePoint(
        point,
        rate.interval(),
        {name: mean([t.measured.sections.get(name, 0) for t in there]) for name in sections},
        median(t.measured.encode_seconds for t in there),
        median(t.measured.decode_seconds for t in there),
        {name: value.interval() for name, value in values.items()},
    )


def _over_pictures(figure: Figure, there: list[Taken], pictures: set[str]) -> Resampled:
    having = [t for t in there if figure.name in t.evidence]
    if not having or {t.measured.picture for t in having} != pictures:
        return Resampled(math.nan)
    evidence = [t.evidence[figure.name] for t in having]
    if figure.summary is mean:
        return resample_mean(evidence)

    def drawn(draws: Draws) -> npt.NDArray[np.float64]:
        if figure.resampled is not None:
            return figure.resampled(evidence, draws)
        return np.array([figure.summary([evidence[index] for index in draw]) for draw in draws.tolist()])

    return resample(figure.summary(evidence), len(evidence), drawn, _FEWER_RESAMPLES)


def deltas_of(
    curves: Sequence[Curve], baselines: Sequence[str], figures: Sequence[Figure], everything: Sequence[Taken]
) -> list[Delta]:
    """Every curve against every baseline, by every figure and interpolation.

    Args:
        curves: over all pictures.
        baselines: see `baseline_of`.
        figures: what is compared.
        everything: for the pictures' own curves.
    """
    by_curve: dict[CurveName, dict[str, list[Measured]]] = {}
    for t in everything:
        by_curve.setdefault(t.measured.curve, {}).setdefault(t.measured.picture, []).append(t.measured)
    known = {curve.name: curve for curve in curves}
    return [
        _delta(known[test], known[baseline], figure, method, by_curve)
        for wanted in baselines
        for test in known
        if (baseline := baseline_of(wanted, test, list(known))) is not None and baseline != test
        for figure in figures
        for method in METHODS
    ]


def baseline_of(wanted: str, test: CurveName, known: Sequence[CurveName]) -> CurveName | None:
    """The curve that `test` is compared with.

    Args:
        wanted: a variant, such as `plain` or `none-semantics`, of the test's own codec and, where it has one,
            preference; or `CODEC/VARIANT` for that one codec's.

    Returns:
        None where there is none to compare with, as for the plain curve against another variant of its codec.
    """
    codec, _, variant = wanted.rpartition("/")
    rivals = [name for name in known if name.codec == (codec or test.codec) and name.variant == variant]
    if not rivals or (test.variant == "plain" and not codec):
        return None
    return next((name for name in rivals if name.preference == test.preference), rivals[0])


def require_baselines(wanted: Sequence[str], known: Sequence[CurveName]) -> None:
    """Refuse a baseline that is no curve of the evaluation.

    Raises:
        CodecError: it is none.
    """
    for baseline in wanted:
        codec, _, variant = baseline.rpartition("/")
        if not any(name.variant == variant and codec in ("", name.codec) for name in known):
            choices = ", ".join(dict.fromkeys(name.variant for name in known))
            raise CodecError(f'baseline "{baseline}": choose from {choices}, or CODEC/ before one of them')


def _delta(
    test: Curve, baseline: Curve, figure: Figure, method: Method, by_curve: dict[CurveName, dict[str, list[Measured]]]
) -> Delta:
    rates: dict[str, float | str] = {}
    metrics: dict[str, float | str] = {}
    if figure.per_picture:
        anchors, tests = by_curve.get(baseline.name, {}), by_curve.get(test.name, {})
        for picture in {picture for curve in by_curve.values() for picture in curve}:  # those that a curve lacks too
            pair = _curve(anchors.get(picture, []), figure), _curve(tests.get(picture, []), figure)
            rates[picture] = _or_reason(bd_rate, *pair, method)
            metrics[picture] = _or_reason(bd_metric, *pair, method)
    means = baseline.of(figure), test.of(figure)
    delta = Delta(
        test.name, baseline.name, figure.name, method, _mean(rates), _mean(metrics),
        _or_reason(bd_rate, *means, method), _or_reason(bd_metric, *means, method),
        dict(sorted(rates.items())), dict(sorted(metrics.items())),
    )  # fmt: skip
    if delta.over_pictures or isinstance(delta.of_means_rate, str):
        return delta
    pairs = zip(baseline.drawn_of(figure, _FEWER_RESAMPLES), test.drawn_of(figure, _FEWER_RESAMPLES), strict=False)
    found = [_or_reason(bd_rate, *pair, method) for pair in pairs]
    drawn = np.array([math.nan if isinstance(rate, str) else rate for rate in found])
    return replace(delta, of_means_interval=Resampled(delta.of_means_rate, drawn).interval())


def _curve(measured: list[Measured], figure: Figure) -> RateCurve:
    values = [m.values.get(figure.name, math.nan) for m in measured]
    return RateCurve([m.bits_per_pixel for m in measured], values, figure.higher_is_better)


def _or_reason(
    delta: Callable[[RateCurve, RateCurve, Method], float], anchor: RateCurve, test: RateCurve, method: Method
) -> float | str:
    try:
        return delta(anchor, test, method)
    except Refused as reason:
        return str(reason)


def _mean(deltas: dict[str, float | str]) -> Interval:
    return bootstrap_mean([delta for delta in deltas.values() if isinstance(delta, float)])
