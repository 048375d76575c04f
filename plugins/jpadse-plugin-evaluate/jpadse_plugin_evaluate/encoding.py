"""A file at a point of a codec's curve: real bytes, by the public pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from jpadse_core import Codec, CodecError, Pipeline, RgbImage
from jpadse_core.calling import failing_as
from jpadse_core.interfaces import AnyPreference, QualityScale, quality_scale_of
from jpadse_core.parts import codec_options
from jpadse_plugin_evaluate.settings import Point

_ROUNDS = 12
"""Halvings of a quality scale that is not integer: finer than any codec's."""


class RateUnreachable(CodecError):
    """The codec's smallest file of a picture is larger than the rate that is wanted."""


@dataclass(frozen=True)
class Coded:
    """A file, and what it took.

    Attributes:
        data: the whole file; for the plain codec, its payload alone.
        quality: on the codec's scale.
        sections: bytes by section; they sum to `len(data)`.
        seconds: wall time of encoding, the search for a rate left out.
        decode: gives uint8 `[H, W, 3]` for a preference.
    """

    data: bytes
    quality: float | None
    sections: dict[str, int]
    seconds: float
    decode: Callable[[AnyPreference], RgbImage]


def encode_at(pipeline: Pipeline, rgb: RgbImage, point: Point) -> Coded:
    """The picture's file at a point. Metadata and alpha are not in it, so that rates of all codecs compare.

    Args:
        pipeline: without an enhancer for the plain codec.
        rgb: uint8 `[H, W, 3]`.
        point: a quality, or a rate that the file must not exceed.

    Raises:
        RateUnreachable: the rate is below the codec's smallest file.
        CodecError: the codec has no quality scale, or the quality is not on it.
    """
    scale = quality_scale_of(pipeline.codec)
    if scale is None:
        raise CodecError(f'codec "{pipeline.codec.name}" has no quality scale: it has no curve to measure')
    if point.kind == "quality":
        return encode_with(pipeline, rgb, _at(scale, point.value))
    return _within(pipeline, rgb, scale, int(point.value * rgb.shape[0] * rgb.shape[1] // 8))


def encode_with(pipeline: Pipeline, rgb: RgbImage, options: dict[str, Any]) -> Coded:
    """The picture's file with single options of the codec, all others at their defaults.

    Raises:
        CodecError: an option is unknown or out of range, or the codec failed.
    """
    codec = pipeline.codec
    chosen = codec_options(codec, options)
    scale = quality_scale_of(codec)
    quality = None if scale is None else float(getattr(chosen, scale.option))
    start = time.perf_counter()
    if pipeline.enhancer is None:
        payload = _payload(codec, rgb, chosen)
        seconds = time.perf_counter() - start
        return Coded(payload, quality, {"payload": len(payload)}, seconds, lambda preference: codec.decode(payload))
    encoded = pipeline.encode(rgb, chosen)
    seconds = time.perf_counter() - start
    sections = dict(encoded.sections)
    return Coded(
        bytes(encoded), quality, sections, seconds, lambda preference: pipeline.decode(encoded, preference)
    )  # fmt: skip


def _payload(codec: Codec, rgb: RgbImage, options: BaseModel) -> bytes:
    with failing_as(CodecError, f'codec "{codec.name}"'):
        return bytes(codec.encode(rgb.copy(), options))


def _at(scale: QualityScale, quality: float) -> dict[str, Any]:
    return {scale.option: int(quality) if float(quality).is_integer() else quality}


def _within(pipeline: Pipeline, rgb: RgbImage, scale: QualityScale, budget: int) -> Coded:
    """The file of the highest quality that has at most `budget` bytes.

    The payload alone is searched, since a sidecar hardly depends on the quality; the whole file is then made, and where
    it misses the budget, the search goes on with what its sidecar really takes.
    """
    beside = 0
    for _ in range(_ROUNDS):
        quality = _highest(pipeline, rgb, scale, budget - beside)
        if quality is None:
            smallest = (_payload_size(pipeline, rgb, scale, scale.lowest) + beside) * 8 / (rgb.shape[0] * rgb.shape[1])
            raise RateUnreachable(f'codec "{pipeline.codec.name}": its smallest file has {smallest:.4f} bpp')
        coded = encode_with(pipeline, rgb, _at(scale, quality))
        if len(coded.data) <= budget:
            return coded
        beside = max(len(coded.data) - coded.sections["payload"], beside + 1)
    raise RateUnreachable(f'codec "{pipeline.codec.name}": no file of at most {budget} bytes was found')


def _highest(pipeline: Pipeline, rgb: RgbImage, scale: QualityScale, budget: int) -> float | None:
    """The highest quality whose payload has at most `budget` bytes, by bisection."""
    if _payload_size(pipeline, rgb, scale, scale.lowest) > budget:
        return None
    low, high = scale.lowest, scale.highest
    if _payload_size(pipeline, rgb, scale, high) <= budget:
        return high
    for _ in range(_ROUNDS):
        middle = (low + high) // 2 if scale.integer else (low + high) / 2
        if middle == low:
            break
        if _payload_size(pipeline, rgb, scale, middle) <= budget:
            low = middle
        else:
            high = middle
    return low


def _payload_size(pipeline: Pipeline, rgb: RgbImage, scale: QualityScale, quality: float) -> int:
    return len(_payload(pipeline.codec, rgb, codec_options(pipeline.codec, _at(scale, quality))))
