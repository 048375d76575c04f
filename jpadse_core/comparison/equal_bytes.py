"""The plain codec at no fewer bytes than a given file, which is how an enhanced file has to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jpadse_core.calling import failing_as
from jpadse_core.errors import CodecError
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.parts import codec_options
from jpadse_core.quality_search import first_reaching, quality_steps, scale_of


@dataclass(frozen=True, eq=False)
class PlainFile:
    """What the plain codec makes of a picture.

    Attributes:
        quality: on the codec's own scale.
        size: bytes of its file.
        picture: uint8 `[H, W, 3]`, as decoded from it.
    """

    quality: float
    size: int
    picture: RgbImage


def plain_at_least(codec: Codec, rgb: RgbImage, size: int, options: Mapping[str, Any]) -> PlainFile:
    """The plain codec's smallest file of at least `size` bytes, so that the comparison favours the plain codec; its
    file at the highest quality where that has fewer.

    Args:
        codec: has a quality scale.
        rgb: uint8 `[H, W, 3]`.
        size: bytes of the enhanced file.
        options: the codec's; its quality is what is searched for.

    Raises:
        CodecError: the codec has no quality scale, or failed.
    """
    scale = scale_of(codec)
    steps = quality_steps(scale)

    def file_at(step: int) -> bytes:
        return codec.encode(rgb.copy(), codec_options(codec, options, {scale.option: steps[step]}))

    with failing_as(CodecError, f'codec "{codec.name}"'):
        found = first_reaching(len(steps), size, lambda step: len(file_at(step)))
        step = min(found, len(steps) - 1)
        data = file_at(step)
        return PlainFile(steps[step], len(data), codec.decode(data))
