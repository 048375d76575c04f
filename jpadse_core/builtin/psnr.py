"""The metric `psnr`."""

from __future__ import annotations

from jpadse_core.distortion import psnr
from jpadse_core.interfaces.picture import RgbImage


class Psnr:
    """See `jpadse_core.distortion.psnr`."""

    name = "psnr"
    unit = "dB"
    higher_is_better = True

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """See `Metric.measure`."""
        return psnr(reference, distorted)
