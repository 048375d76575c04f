"""The quality that a JPEG file was written with, read off its quantisation table."""

from __future__ import annotations

_STANDARD_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def _table_sum(quality: int) -> int:
    """Sum of libjpeg's luminance table at a quality (jpeg_set_quality in libjpeg's jcparam.c)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return sum(min(max((step * scale + 50) // 100, 1), 255) for row in _STANDARD_LUMINANCE for step in row)


_SUMS = [_table_sum(quality) for quality in range(1, 101)]


def nearest_quality(steps: bytes) -> int:
    """The quality on libjpeg's scale, 1 to 100, whose luminance table is coarse to the same degree.

    Args:
        steps: the 64 quantiser steps of a table, in any order.

    Source: the table is ITU-T T.81, table K.1.
    """
    total = sum(steps)
    return min(range(1, 101), key=lambda quality: abs(_SUMS[quality - 1] - total))
