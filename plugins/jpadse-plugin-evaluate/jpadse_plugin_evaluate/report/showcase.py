"""Pictures to look at: where enhancement gained most and where least, at equal bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from jpadse_core import CodecError, JpadseError, RgbImage
from jpadse_core.calling import failing_as
from jpadse_core.comparison.equal_bytes import plain_at_least
from jpadse_core.comparison.panel import most_telling
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.encoding import encode_at
from jpadse_plugin_evaluate.inputs import Source, read_rgb
from jpadse_plugin_evaluate.measures import Case
from jpadse_plugin_evaluate.measures.registry import Panel, measures_of
from jpadse_plugin_evaluate.measuring import pipeline_for
from jpadse_plugin_evaluate.results import Results
from jpadse_plugin_evaluate.settings import Coding, CurveName, Point, Settings, Variant, shares_of

WINDOW = (512, 768)
"""Height and width of what is shown of a picture, at its own resolution."""
CROP = 112
_GAINS, _LOSSES = 2, 1


@dataclass(frozen=True)
class Crop:
    """The same place of the three pictures, as lossless WebP; `loss` where the enhanced picture is behind by most."""

    loss: bool
    original: bytes
    plain: bytes
    enhanced: bytes


@dataclass(frozen=True)
class Exhibit:
    """One picture at equal bytes.

    Attributes:
        title: why it is shown.
        picture, curve, point: what is shown.
        width: of the window, pixels.
        plain_size, enhanced_size: bytes; the plain file has at least as many.
        original, plain, enhanced: a window of each picture, lossless WebP.
        values: by figure, the plain picture's and the enhanced one's.
        crops: the places that differ most.
    """

    title: str
    picture: str
    curve: CurveName
    point: str
    width: int
    plain_size: int
    enhanced_size: int
    original: bytes
    plain: bytes
    enhanced: bytes
    values: dict[str, tuple[float, float]]
    crops: tuple[Crop, ...]


def showcase(results: Results, settings: Settings, sources: tuple[Source, ...], panel: Panel) -> list[Exhibit]:
    """For every codec, the best and the worst picture of its first enhanced curve, at the lowest point."""
    exhibits = []
    for coding in settings.codings():
        if coding.variant == _first_variant(settings):
            curve = next(coding.curves())
            for title, picture in _best_and_worst(results, curve):
                source = next(source for source in sources if source.name == picture)
                point = cheapest(results, coding, curve, picture)
                try:
                    exhibits.append(_exhibit(title, curve, coding, point, source, settings, panel))
                except CodecError:  # no rate to search, or none at the lowest point: nothing to show at equal bytes
                    continue
    return exhibits


def cheapest(results: Results, coding: Coding, curve: CurveName, picture: str) -> Point:
    """The point of the picture's smallest file; a scale's low end may be either."""
    sizes = {m.point: m.size for m in results.measured if (m.curve, m.picture) == (curve, picture)}
    return min(coding.points, key=lambda point: sizes.get(str(point), math.inf))


def _first_variant(settings: Settings) -> Variant:
    return next((coding.variant for coding in settings.codings() if coding.variant.enhancer), Variant())


def _best_and_worst(results: Results, curve: CurveName) -> Iterator[tuple[str, str]]:
    """By the first figure in which pictures have a BD-rate."""
    for delta in results.deltas:
        if delta.test != curve:
            continue
        rates = {name: rate for name, rate in delta.per_picture_rate.items() if isinstance(rate, float)}
        if rates:
            best, worst = min(rates, key=lambda name: rates[name]), max(rates, key=lambda name: rates[name])
            yield f"gained most: BD-rate {rates[best]:+.1f} % by {delta.figure}", best
            if worst != best:
                yield f"gained least: BD-rate {rates[worst]:+.1f} % by {delta.figure}", worst
            return
    yield "the first picture, as none has a BD-rate", results.pictures[0].name


def _exhibit(
    title: str, curve: CurveName, coding: Coding, point: Point, source: Source, settings: Settings, panel: Panel
) -> Exhibit:
    rgb = read_rgb(source.path, settings.size)
    coded = encode_at(pipeline_for(coding.codec, coding.variant, coding.options), rgb, point)
    enhanced = coded.decode(shares_of(curve.preference))
    plain = plain_at_least(load("codec", coding.codec), rgb, len(coded.data), dict(coding.options))
    values: dict[str, tuple[float, float]] = {}
    for measure in measures_of(panel):
        digest = f"{source.digest} {settings.size}"
        cases = [Case(rgb, shown, digest, source.labels) for shown in (plain.picture, enhanced)]
        try:
            with failing_as(JpadseError, measure.figures[0].name):
                both = [measure.measure(case) for case in cases]
        except JpadseError:  # it failed on this picture before, and the report says so
            continue
        for figure in measure.figures:
            if figure.per_picture and figure.name in both[0]:
                first, second = (figure.summary([evidence[figure.name]]) for evidence in both)
                values[figure.name] = (first, second)
    top, left = _window(rgb, most_telling(rgb, plain.picture, enhanced))
    shown = [
        _webp(picture[top : top + WINDOW[0], left : left + WINDOW[1]]) for picture in (rgb, plain.picture, enhanced)
    ]
    return Exhibit(
        title, source.name, curve, str(point), min(rgb.shape[1], WINDOW[1]), plain.size, len(coded.data), *shown,
        values, tuple(telling_crops(rgb, plain.picture, enhanced)),
    )  # fmt: skip


def _window(rgb: RgbImage, corner: tuple[int, int]) -> tuple[int, int]:
    """Top and left of the window with the crop at `corner` in its middle, as far as the picture goes."""
    top, left = (
        max(min(start + CROP // 2 - side // 2, whole - side), 0)
        for start, side, whole in zip(corner, WINDOW, rgb.shape, strict=False)
    )
    return top, left


def telling_crops(original: RgbImage, plain: RgbImage, enhanced: RgbImage) -> Iterator[Crop]:
    """The places where the enhanced picture is ahead by most, and the one where it is by least, or behind."""
    for loss, count in ((False, _GAINS), (True, _LOSSES)):
        worse, better = (enhanced, plain) if loss else (plain, enhanced)
        better = better.copy()
        for _ in range(count):
            top, left = most_telling(original, worse, better)
            place = slice(top, top + CROP), slice(left, left + CROP)
            yield Crop(loss, *(_webp(picture[place]) for picture in (original, plain, enhanced)))
            better[place] = worse[place]  # nothing to gain there any more: the next place is another


def _webp(rgb: RgbImage) -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(target, "WEBP", lossless=True, method=3)
    return target.getvalue()
