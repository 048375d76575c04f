"""The perception guide: per tile, how much of perception's texture the original has room for.

An enhancer that weaves in texture cannot see how much of it there was, but the encoder can. The shares 0, 1/2 and 1
stand in the tiles' centres and run evenly from one to the next. They are range coded: of every tile it is decided
whether it has the whole share, and if not, whether it has half of it; how many halves the tiles to the left and above
lack tells how likely that is. Probabilities are counts, which begin with what photographs have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.binary_coder import BinaryDecoder, BinaryEncoder
from jpadse_core.bitstream.tiles import code_tile_size, decide, read_levels
from jpadse_core.interfaces.picture import RgbImage

WHOLE = 2
"""The level of the whole share, in halves."""
TILE_LOG2 = 5
"""The usual side, 32 pixels."""
_WHOLE_COUNTS = ((30, 2), (16, 16), (5, 27), (3, 29), (2, 30))
"""Counts of yes and no by what two neighbours lack: from two with the whole share to two with none."""
_HALF_COUNTS = ((25, 7), (28, 4), (26, 6), (18, 14), (4, 28))
_STRENGTH_BITS = 8

_Errors = npt.NDArray[np.float64]
_Pick = Callable[[int, int, list[int], list[int]], int]
"""From a tile's row and column, and the counts for whole and half, to its level."""


@dataclass(frozen=True, eq=False)
class PerceptionGuide:
    """Levels per tile.

    Attributes:
        tile_log2: log2 of the tile's side in pixels, 3 to 12.
        levels: uint8 `[ceil(H / tile), ceil(W / tile)]`, shares in halves, 0 to 2.
    """

    tile_log2: int
    levels: npt.NDArray[np.uint8]


def weave(calm: RgbImage, textured: RgbImage, guide: PerceptionGuide) -> RgbImage:
    """`calm` moved towards `textured` by the guide's shares; integer arithmetic.

    Args:
        calm, textured: uint8 `[H, W, 3]`, the enhancer's picture without and with perception's share.
    """
    woven = np.empty_like(calm)
    side = 1 << guide.tile_log2
    drop = 2 * (guide.tile_log2 + 1) + 1 - _STRENGTH_BITS
    across = _between_centres(guide.levels.T.astype(np.int64), calm.shape[1], side).T
    for top in range(0, len(calm), side):
        rows = slice(top, min(top + side, len(calm)))
        strengths = _between_centres(across, len(calm), side, rows) >> drop
        difference = textured[rows].astype(np.int32) - calm[rows]
        moved = difference * strengths[..., None].astype(np.int32) + (1 << _STRENGTH_BITS - 1) >> _STRENGTH_BITS
        woven[rows] = calm[rows] + moved
    return woven


def _between_centres(
    levels: npt.NDArray[np.int64], length: int, side: int, kept: slice = slice(None)
) -> npt.NDArray[np.int64]:
    """Along the first axis the pixels' values, times twice `side`, out of those of the tiles' centres."""
    tile, place = np.divmod(2 * np.arange(length)[kept] + 1 - side, 2 * side)
    last = len(levels) - 1
    before, behind = levels[np.clip(tile, 0, last)], levels[np.clip(tile + 1, 0, last)]
    values: npt.NDArray[np.int64] = before * (2 * side - place)[:, None] + behind * place[:, None]
    return values


def cheapest(errors: _Errors, price: float) -> PerceptionGuide:
    """The guide of tiles of the usual side whose errors and bits cost least, decided tile by tile.

    Args:
        errors: float64 `[3, rows, columns]`, of every level of every tile.
        price: what a bit costs, in the errors' unit.
    """
    levels = [[0] * errors.shape[2] for _ in range(errors.shape[1])]

    def pick(row: int, column: int, whole: list[int], half: list[int]) -> int:
        costs = [errors[level, row, column] + price * bits for level, bits in enumerate(_bits(whole, half))]
        return min(range(WHOLE, -1, -1), key=costs.__getitem__)

    _code_levels(BinaryEncoder(), levels, pick)
    return PerceptionGuide(TILE_LOG2, np.array(levels, np.uint8))


def write_perception_guide(guide: PerceptionGuide) -> bytes:
    """The guide's bytes, at least one."""
    encoder = BinaryEncoder()
    code_tile_size(encoder, guide.tile_log2, TILE_LOG2)
    levels = guide.levels.tolist()
    _code_levels(encoder, levels, lambda row, column, *_: levels[row][column])
    return encoder.finish() or b"\0"


def read_perception_guide(body: bytes, shape: tuple[int, int]) -> PerceptionGuide:
    """Undo `write_perception_guide` for a picture of height and width `shape`.

    Raises:
        BitstreamCorrupt: the body is not a perception guide for that size.
    """

    def code(decoder: BinaryDecoder, levels: list[list[int]]) -> None:
        _code_levels(decoder, levels, lambda *_: 0)

    return PerceptionGuide(*read_levels(body, shape, TILE_LOG2, "perception guide", code))


def _code_levels(coder: BinaryEncoder | BinaryDecoder, levels: list[list[int]], pick: _Pick) -> None:
    """Code the levels that are picked, or, for a decoder, those that it reads, and fill them in."""
    whole, half = ([list(counts) for counts in prior] for prior in (_WHOLE_COUNTS, _HALF_COUNTS))
    above = [WHOLE] * len(levels[0])
    for number, row in enumerate(levels):
        left = WHOLE
        for column in range(len(row)):
            lack = 2 * WHOLE - left - above[column]
            picked = pick(number, column, whole[lack], half[lack])
            has_whole = decide(coder, whole[lack], picked == WHOLE)
            left = WHOLE if has_whole else int(decide(coder, half[lack], picked == 1))
            row[column] = left
        above = row


def _bits(whole: list[int], half: list[int]) -> tuple[float, ...]:
    """What the levels 0, 1 and 2 take."""
    of_whole, of_half = math.log2(sum(whole)), math.log2(sum(half))
    less = of_whole - math.log2(whole[1]) + of_half
    return less - math.log2(half[1]), less - math.log2(half[0]), of_whole - math.log2(whole[0])
