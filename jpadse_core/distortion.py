"""Peak signal-to-noise ratio, which the encoder itself needs."""

from __future__ import annotations

import math

import numpy as np

from jpadse_core.errors import ImageError
from jpadse_core.interfaces.picture import RgbImage

_BAND = 64
"""Rows whose squared errors are in memory at a time."""


def require_same_shape(reference: RgbImage, distorted: RgbImage) -> None:
    """Refuse two pictures that cannot be compared.

    Raises:
        ImageError: the shapes differ.
    """
    if reference.shape != distorted.shape:
        raise ImageError(f"pictures of {reference.shape} and {distorted.shape} cannot be compared")


def squared_error(reference: RgbImage, distorted: RgbImage) -> int:
    """The sum of squared differences over all RGB samples of uint8 `[H, W, 3]`.

    Raises:
        ImageError: the shapes differ.
    """
    require_same_shape(reference, distorted)
    total = 0
    for start in range(0, len(reference), _BAND):
        band = slice(start, start + _BAND)
        total += int(np.square(reference[band].astype(np.int32) - distorted[band]).sum(dtype=np.int64))
    return total


def psnr(reference: RgbImage, distorted: RgbImage) -> float:
    """Peak signal-to-noise ratio over all RGB samples.

    Args:
        reference, distorted: uint8 `[H, W, 3]`, sRGB, same shape.

    Returns:
        Decibels; `inf` for identical pictures.

    Raises:
        ImageError: the shapes differ.

    Source: ITU-T J.340 with the peak at 255; averaged over samples, not over channels' PSNRs.
    """
    error = squared_error(reference, distorted) / reference.size
    return math.inf if error == 0 else float(10 * np.log10(255**2 / error))
