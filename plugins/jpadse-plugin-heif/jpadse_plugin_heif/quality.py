"""The quality that an HEIC file was written with, read off its quantiser."""

from __future__ import annotations

_HIGHEST = 96.5
"""Mean of the qualities 93 to 100, which all give the quantiser 0."""


def nearest_quality(quantiser: int) -> float:
    """The quality on libheif's scale, 0 to 100, that gives x265 this quantiser for an intra picture; two whole ones do,
    and the mean of them is given.

    Args:
        quantiser: `SliceQpY`, -48 to 51.

    Source: libheif's x265 plug-in asks for the constant quantiser `(100 - quality) / 2`, rounded down, and x265 takes
    off 3 in intra pictures (6 times the binary logarithm of its ratio of 1.4).
    """
    return _HIGHEST if quantiser <= 0 else max(99.5 - 2 * (quantiser + 3), 0.0)
