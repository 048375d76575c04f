"""The metric `psnr`."""

from __future__ import annotations

import math

import numpy as np

from jpadse_core.builtin.same_shape import require_same_shape
from jpadse_core.interfaces.picture import RgbImage


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
    require_same_shape(reference, distorted)
    error = np.square(reference.astype(np.int32) - distorted).mean(dtype=np.float64)
    return math.inf if error == 0 else float(10 * np.log10(255**2 / error))


class Psnr:
    """See `psnr`."""

    name = "psnr"
    unit = "dB"
    higher_is_better = True

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """See `Metric.measure`."""
        return psnr(reference, distorted)
