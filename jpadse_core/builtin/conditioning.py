"""What the default enhancer is told beside the picture and the map: codec, quality and rate, as one small vector."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_FAMILIES: dict[str, int] = {
    "jpeg": 1,
    "webp": 2,
    "avif": 3,
    "heif": 3,
    "bpg": 3,
    "jpeg2000": 4,
    "jpegxl": 5,
    "png": 6,
}
"""Codec name to family; 0 is "unknown"."""
FAMILY_COUNT = 8
HINT_SIZE = FAMILY_COUNT + 4
"""Length of the vector: the family one-hot, then for quality and for rate a flag that it is known and its value."""


def hint_vector(codec: str | None, bits_per_pixel: float | None, quality: float | None) -> npt.NDArray[np.float32]:
    """The vector for one picture.

    Args:
        codec: codec name, any; None where it is not known.
        bits_per_pixel: rate of the coded picture, above 0; None where it is not known.
        quality: position on the codec's own quality scale, 0 to 1; None where it is not known.

    Returns:
        float32 `[HINT_SIZE]`; the rate is log2(bits per pixel) / 4, clipped to -1.5 ... 1.5.
    """
    vector = np.zeros(HINT_SIZE, np.float32)
    vector[_FAMILIES.get(codec or "", 0)] = 1
    if quality is not None:
        vector[-4:-2] = 1, quality
    if bits_per_pixel is not None and bits_per_pixel > 0:
        vector[-2:] = 1, min(max(math.log2(bits_per_pixel) / 4, -1.5), 1.5)
    return vector
