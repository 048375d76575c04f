"""One picture, encoded and measured: the enhanced file's corners beside the plain codec at the same bytes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jpadse_core.calling import failing_as, read_only
from jpadse_core.comparison.equal_bytes import PlainFile, plain_at_least
from jpadse_core.comparison.strictly import decode_strictly
from jpadse_core.encoded import Encoded
from jpadse_core.errors import JpadseError
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.picture import Picture, RgbImage
from jpadse_core.pipeline import Pipeline

CORNERS = ("distortion", "perception", "accuracy")


@dataclass(frozen=True, eq=False)
class Row:
    """One decoded picture and its measures by metric name."""

    label: str
    size: int
    picture: RgbImage
    measures: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was compared.

    Attributes:
        original: the picture.
        encoded: the enhanced file.
        plain: the plain codec's at no fewer bytes, or at its highest quality.
        rows: the plain file, the plain picture inside the enhanced file, and the corners in the order of `CORNERS`.
    """

    original: Picture
    encoded: Encoded
    plain: PlainFile
    rows: tuple[Row, ...]


def compare(
    pipeline: Pipeline,
    original: Picture,
    options: Mapping[str, Any],
    metrics: Mapping[str, Metric],
    advance: Callable[[str], None] = lambda step: None,
) -> Comparison:
    """Encode, decode and measure.

    Args:
        pipeline: its codec has a quality scale.
        original: the picture.
        options: the codec's.
        metrics: by name.
        advance: told the name of every step when it begins.

    Raises:
        JpadseError: as `Pipeline.encode` and `plain_at_least`.
    """
    rgb = original.rgb
    advance("encode")
    encoded = pipeline.encode(original, **options)
    advance("search for equal bytes")
    plain = plain_at_least(pipeline.codec, rgb, len(encoded), options)
    name = pipeline.codec.name
    place = "the same bytes" if plain.size >= len(encoded) else "its highest quality"
    pictures = [(f"{name} at {place}", plain.size, plain.picture)]
    pictures.append((f"{name} inside the file", len(encoded), pipeline.decode(encoded, enhance=False)))
    if pipeline.enhancer is not None:
        for corner in CORNERS:
            advance(f"decode for {corner}")
            pictures.append((f"{name}-SE, {corner}", len(encoded), decode_strictly(pipeline, encoded, corner)))
    rows = []
    failed: set[str] = set()
    for label, size, picture in pictures:
        advance(f"measure {label}")
        measures = {key: _measured(metric, rgb, picture, failed) for key, metric in metrics.items()}
        rows.append(Row(label, size, picture, measures))
    return Comparison(original, encoded, plain, tuple(rows))


def _measured(metric: Metric, original: RgbImage, picture: RgbImage, failed: set[str]) -> float:
    """Nan of a metric that fails, which one warning tells; its name goes to those that have `failed`."""
    if metric.name in failed:
        return math.nan
    try:
        with failing_as(JpadseError, f'metric "{metric.name}"'):
            return float(metric.measure(read_only(original), read_only(picture)))
    except JpadseError as error:
        failed.add(metric.name)
        warnings.warn(str(error), RuntimeWarning, stacklevel=2)
        return math.nan
