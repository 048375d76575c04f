"""The quality that a lossy WebP file was written with, read off its quantisers."""

from __future__ import annotations

from collections.abc import Sequence


def nearest_quality(quantisers: Sequence[int]) -> float:
    """The quality on libwebp's scale, 0 to 100, whose quantiser is as coarse as a file's segments are on average.

    Args:
        quantisers: indices of the segments' quantisers, 0 to 127.

    Source: the inverse of `QualityToCompression` in libwebp's src/enc/quant_enc.c.
    """
    compression = 1 - sum(quantisers) / len(quantisers) / 127
    linear = compression**3
    return 100 * (linear * 1.5 if linear < 0.5 else (linear + 1) / 2)
