"""The quality that an AVIF file was written with, read off its quantiser."""

from __future__ import annotations

# fmt: off
_QUANTISERS = (
    255, 255, 255, 249, 249, 249, 244, 244, 240, 240, 236, 236, 232, 232, 228, 228, 224, 224, 220, 220,
    216, 216, 212, 212, 208, 208, 204, 204, 200, 200, 196, 196, 192, 192, 188, 184, 184, 180, 180, 176,
    172, 172, 168, 168, 164, 160, 160, 156, 156, 152, 148, 148, 144, 144, 140, 136, 132, 132, 128, 124,
    120, 120, 116, 112, 108, 108, 104, 100, 96, 96, 92, 88, 84, 84, 80, 76, 72, 72, 68, 64,
    60, 60, 56, 52, 48, 48, 44, 40, 36, 36, 32, 28, 24, 24, 20, 16, 12, 12, 8, 4,
    0,
)
# fmt: on
"""`base_q_idx` that libavif 1.4 with libaom writes at the qualities 0 to 100, whatever the picture and the speed."""


def nearest_quality(quantiser: int) -> float:
    """The quality on libavif's scale, 0 to 100, whose quantiser is nearest; of several qualities, their mean.

    Args:
        quantiser: `base_q_idx`, 0 to 255.
    """
    distances = [abs(quantiser - written) for written in _QUANTISERS]
    nearest = [quality for quality, distance in enumerate(distances) if distance == min(distances)]
    return sum(nearest) / len(nearest)
