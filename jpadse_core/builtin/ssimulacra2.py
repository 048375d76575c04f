"""The metric `ssimulacra2`."""

from __future__ import annotations

import io
import math

from PIL import Image

from jpadse_core.distortion import require_same_shape
from jpadse_core.interfaces.picture import RgbImage

_SMALLEST_SIDE = 8


class Ssimulacra2:
    """SSIMULACRA 2.1 (Sneyers, 2023), by the package `ssimulacra2`: 100 is identical, 90 visually lossless, 70 high,
    50 medium and 30 low quality; it can be negative."""

    name = "ssimulacra2"
    unit = ""
    higher_is_better = True

    def __init__(self) -> None:
        from ssimulacra2 import compute_ssimulacra2

        self._compute = compute_ssimulacra2

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """See `Metric.measure`; `nan` where a side is below 8 pixels."""
        require_same_shape(reference, distorted)
        if min(reference.shape[:2]) < _SMALLEST_SIDE:
            return math.nan
        return float(self._compute(_file_of(reference), _file_of(distorted)))


def _file_of(rgb: RgbImage) -> io.BytesIO:
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "PPM")
    return target
