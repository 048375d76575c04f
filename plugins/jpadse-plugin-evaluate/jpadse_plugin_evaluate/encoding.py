"""A file at a point of a codec's curve: real bytes, by the public pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from jpadse_core import Codec, CodecError, Pipeline, RgbImage, TargetBitsPerPixel, TargetError
from jpadse_core.calling import failing_as
from jpadse_core.comparison.strictly import decode_strictly
from jpadse_core.file_semantics import FileSemantics
from jpadse_core.interfaces import AnyPreference, QualityScale, carrier_of, quality_scale_of
from jpadse_core.parts import codec_options
from jpadse_core.rate_control import Trial, meet
from jpadse_plugin_evaluate.settings import Point

_NO_MAP = FileSemantics(None, 1, "none")


class RateUnreachable(CodecError):
    """The codec's smallest file of a picture is larger than the rate that is wanted."""


@dataclass(frozen=True)
class Coded:
    """A file, and what it took.

    Attributes:
        data: the whole file; for the plain codec, its payload alone.
        quality: on the codec's scale.
        sections: bytes by section; they sum to `len(data)`.
        seconds: wall time of encoding, the search for a rate included.
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
        pipeline: without an enhancer for the plain codec; its options are those beside the quality.
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
    target = TargetBitsPerPixel(point.value)
    try:
        return _made(pipeline, rgb, pipeline.options, target)
    except TargetError as error:
        raise RateUnreachable(str(error)) from error


def encode_with(pipeline: Pipeline, rgb: RgbImage, options: dict[str, Any]) -> Coded:
    """The picture's file with single options of the codec, all others as the pipeline has them.

    Raises:
        CodecError: an option is unknown or out of range, or the codec failed.
    """
    return _made(pipeline, rgb, codec_options(pipeline.codec, pipeline.options, options), None)


def _made(pipeline: Pipeline, rgb: RgbImage, options: BaseModel, target: TargetBitsPerPixel | None) -> Coded:
    codec = pipeline.codec
    start = time.perf_counter()
    if pipeline.enhancer is None:
        chosen, payload = _plain(codec, rgb, options, target)
        seconds = time.perf_counter() - start
        sections = _plain_sections(codec, payload)
        return Coded(payload, _quality(codec, chosen), sections, seconds, lambda preference: codec.decode(payload))
    encoded = pipeline.encode(rgb, options, target=target)
    seconds = time.perf_counter() - start
    return Coded(
        bytes(encoded), _quality(codec, codec_options(codec, encoded.options)), dict(encoded.sections), seconds,
        lambda preference: decode_strictly(pipeline, encoded, preference),
    )  # fmt: skip


def _plain(
    codec: Codec, rgb: RgbImage, options: BaseModel, target: TargetBitsPerPixel | None
) -> tuple[BaseModel, bytes]:
    """The codec's own bytes, without the container that the pipeline wraps them in where there is no carrier."""

    def attempt(tried: BaseModel, enhance: bool = False) -> Trial:
        with failing_as(CodecError, f'codec "{codec.name}"'):
            payload = bytes(codec.encode(rgb.copy(), tried))
        return Trial(tried.model_dump(), payload, rgb, None, _NO_MAP)  # a rate does not ask for the decoded picture

    trial = attempt(options) if target is None else meet(target, codec, rgb, options, attempt)
    return codec_options(codec, trial.options), trial.data


def _plain_sections(codec: Codec, payload: bytes) -> dict[str, int]:
    """As `jpadse info` counts them: what the format says beside the picture, such as JFIF, is metadata."""
    carrier = carrier_of(codec)
    essence = len(payload) if carrier is None else len(carrier.essence(payload))
    sections = {"payload": essence, "metadata": len(payload) - essence}
    return {name: size for name, size in sections.items() if size}


def _quality(codec: Codec, options: BaseModel) -> float | None:
    scale = quality_scale_of(codec)
    return None if scale is None else float(getattr(options, scale.option))


def _at(scale: QualityScale, quality: float) -> dict[str, Any]:
    return {scale.option: int(quality) if float(quality).is_integer() else quality}
