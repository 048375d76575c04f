"""Pictures as they cross the borders between JPADSE's parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt

RgbImage: TypeAlias = npt.NDArray[np.uint8]
"""uint8 `[H, W, 3]`, sRGB, C-contiguous, H and W at least 1."""


def is_rgb_image(value: Any) -> TypeGuard[RgbImage]:
    """Whether `value` is an `RgbImage`, contiguous or not."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 3
        and value.shape[2] == 3
        and value.size > 0
    )


def is_grey(rgb: RgbImage) -> bool:
    """Whether the three channels are equal everywhere."""
    return all(bool((rgb[..., 0] == rgb[..., channel]).all()) for channel in (1, 2))


def is_rgb_profile(icc: bytes | None) -> bool:
    """Whether an ICC profile is one of RGB samples, which a file of grey ones may not have.

    Source: ICC.1:2022, 7.2.6; PNG 3rd edition, 11.3.2.3.
    """
    return icc is not None and icc[16:20] == b"RGB "


@dataclass(frozen=True)
class Metadata:
    """What a picture file says beside its samples, blocks as the bytes that their own standards define.

    Attributes:
        icc: ICC profile.
        exif: TIFF-structured EXIF block, without the `Exif\\0\\0` prefix of JPEG.
        xmp: XMP packet.
        dpi: resolution in pixels per inch, horizontally and vertically, each above 0 and at most 65535. A carrier whose
            format has no place for it leaves it out.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None

    def __bool__(self) -> bool:
        return any((self.icc, self.exif, self.xmp, self.dpi))


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with what is not RGB.

    Attributes:
        rgb: `RgbImage`, upright.
        alpha: uint8 `[H, W]`, or None for an opaque picture.
        grey: whether the source has one channel of luminance; `rgb` then has three equal ones.
        metadata: ICC, EXIF and XMP; the EXIF orientation is already applied and removed.
        file: where it was read from; None for a picture from memory.
    """

    rgb: RgbImage
    alpha: npt.NDArray[np.uint8] | None = None
    grey: bool = False
    metadata: Metadata = Metadata()
    file: Path | None = field(default=None, kw_only=True)
