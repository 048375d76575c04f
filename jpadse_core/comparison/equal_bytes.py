"""The plain codec at no fewer bytes than a given file, which is how an enhanced file has to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jpadse_core.errors import CodecError
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.parts import codec_options


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
    """The plain codec's smallest file of at least `size` bytes, so that the comparison favours the plain codec.

    Args:
        codec: has an integer quality scale.
        rgb: uint8 `[H, W, 3]`.
        size: bytes of the enhanced file.
        options: the codec's; its quality is what is searched for.

    Raises:
        CodecError: the codec has no integer quality scale.
    """
    scale = quality_scale_of(codec)
    if scale is None or not scale.integer:
        raise CodecError(f'codec "{codec.name}" has no integer quality scale to search for equal bytes')
    low, high = int(scale.lowest), int(scale.highest)
    files: dict[int, bytes] = {}

    def size_at(quality: int) -> int:
        chosen = codec_options(codec, options, {scale.option: quality})
        files[quality] = codec.encode(rgb, chosen)
        return len(files[quality])

    while low < high:
        middle = (low + high) // 2
        if size_at(middle) >= size:
            high = middle
        else:
            low = middle + 1
    found = size_at(low)
    return PlainFile(low, found, codec.decode(files[low]))
