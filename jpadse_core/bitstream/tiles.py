"""What guides share: a grid of square tiles, and the yes and no by which its size and levels are coded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.binary_coder import PROBABILITY_BITS, BinaryDecoder, BinaryEncoder
from jpadse_core.errors import BitstreamCorrupt

LEAST_TILE_LOG2, LARGEST_TILE_LOG2 = 3, 12
_MOST = (1 << PROBABILITY_BITS) - 1
_EVEN = 1 << PROBABILITY_BITS - 1
_LESSON = 4
"""What a decision adds to its count."""


def tiles_of(shape: tuple[int, int], tile_log2: int) -> tuple[int, int]:
    """Rows and columns of the tiles of a picture of height and width `shape`."""
    side = 1 << tile_log2
    return -(-shape[0] // side), -(-shape[1] // side)


def read_levels(
    body: bytes, shape: tuple[int, int], usual: int, who: str, code: Callable[[BinaryDecoder, list[list[int]]], None]
) -> tuple[int, npt.NDArray[np.uint8]]:
    """Log2 of the tiles' side, and every tile's level, of a picture of height and width `shape`.

    Args:
        body, shape: a guide's bytes, and its picture's size.
        usual: see `code_tile_size`.
        who: which guide it is, for errors.
        code: reads the levels and fills them in.

    Raises:
        BitstreamCorrupt: the body is not a guide for that size.
    """
    decoder = BinaryDecoder(body)
    tile_log2 = code_tile_size(decoder, 0, usual)
    if tile_log2 > LARGEST_TILE_LOG2:
        raise BitstreamCorrupt(f"the {who}'s tile size is out of range")
    rows, columns = tiles_of(shape, tile_log2)
    levels = [[0] * columns for _ in range(rows)]
    code(decoder, levels)
    if decoder.overlong:
        raise BitstreamCorrupt(f"the {who} has more bytes than tiles to tell of")
    return tile_log2, np.array(levels, np.uint8)


def code_tile_size(coder: BinaryEncoder | BinaryDecoder, tile_log2: int, usual: int) -> int:
    """Code log2 of the tiles' side, which hardly costs anything where it is `usual`, and return it.

    A decoder may return one beyond `LARGEST_TILE_LOG2`.
    """
    if coder.code(tile_log2 == usual, _MOST):
        return usual
    above = tile_log2 - LEAST_TILE_LOG2
    return LEAST_TILE_LOG2 + sum(coder.code(bool(above >> bit & 1), _EVEN) << bit for bit in range(4))


def decide(coder: BinaryEncoder | BinaryDecoder, counts: list[int], yes: bool) -> bool:
    """Code a decision whose probability the counts of yes and no tell, and count it."""
    share = (counts[0] << PROBABILITY_BITS) // (counts[0] + counts[1])
    found = coder.code(yes, min(max(share, 1), _MOST))
    counts[0 if found else 1] += _LESSON
    return found
