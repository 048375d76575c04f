"""Decoding one known format by Pillow, with its failures as this project's errors."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, UnidentifiedImageError

from jpadse_core.bit_depth import bits_per_sample
from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated, CodecError
from jpadse_core.formats.pillow_image import open_image
from jpadse_core.interfaces.picture import RgbImage


def decode_with_pillow(data: bytes, format_name: str) -> RgbImage:
    """uint8 `[H, W, 3]` of a file of one format; of one with an alpha plane, the colours under it.

    Args:
        data: the file.
        format_name: Pillow's name of the format, such as `"WEBP"`; no other is tried.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: the file is damaged.
        CodecError: its samples are not grey or RGB of 8 bits, it holds several pictures, or it is too large to be
            trusted.
    """
    try:
        with open_image(data, (format_name,)) as image:
            if image.mode not in ("L", "RGB", "LA", "RGBA"):
                raise CodecError(
                    f"the {format_name} payload's mode {image.mode} is neither grey nor RGB: "
                    "convert the file to 8-bit RGB or grey first"
                )
            if (bits := bits_per_sample(image, data)) > 8:
                raise CodecError(
                    f"a {format_name} payload of {bits} bits a sample is beyond 8: convert it to 8 bits first"
                )
            if image.format == format_name and getattr(image, "n_frames", 1) > 1:
                raise CodecError(f"the {format_name} payload holds several pictures: extract the one you want first")
            return np.array(image.convert("RGB"))
    except Image.DecompressionBombError as error:
        raise CodecError(f"the {format_name} payload is too large: {error}") from error
    except UnidentifiedImageError as error:
        raise BitstreamCorrupt(f"the {format_name} payload cannot be read") from error
    except (OSError, SyntaxError, ValueError) as error:
        kind = BitstreamTruncated if "truncated" in str(error).lower() else BitstreamCorrupt
        raise kind(f"the {format_name} payload is damaged: {error}") from error


def check_size(width: int, height: int, format_name: str) -> None:
    """Refuse a picture whose declared size Pillow would refuse too (twice `Image.MAX_IMAGE_PIXELS`).

    Raises:
        CodecError: it is too large to be trusted.
    """
    limit = 2 * (Image.MAX_IMAGE_PIXELS or math.inf)
    if width * height > limit:
        raise CodecError(f"a {format_name} payload of {width} x {height} pixels is beyond {limit:.0f} pixels")
