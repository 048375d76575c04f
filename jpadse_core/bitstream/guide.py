"""The guide: per tile, how strongly to enhance, so that enhancement never does harm.

It is range coded. Of every tile it is decided whether it has full strength; if not, whether it is past it; if not,
whether it has half of it. The first two look at the tiles to the left and above: how many of them are past full
strength, less how many are below it. Probabilities are counts, which begin with what guides of photographs hold.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.binary_coder import BinaryDecoder, BinaryEncoder
from jpadse_core.bitstream.tiles import (
    LARGEST_TILE_LOG2,
    LEAST_TILE_LOG2,
    code_tile_size,
    decide,
    read_levels,
    tiles_of,
)
from jpadse_core.bitstream.varint import Reader
from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.interfaces.picture import RgbImage

QUARTERS = (0, 2, 4, 5)
"""The strengths that a level stands for, in quarters."""
FULL = 2
"""The level of the enhancer's own picture."""
_PAST, _HALF = 3, 1
_TILE_LOG2 = 6
_UNIFORM, _DEFLATED = 0, 1
_PULL = (0, 0, 1, 2)
"""By level: below full strength, at it, past it. Those of two neighbours add up to a context out of five."""
_FULL_COUNTS = ((7, 25), (16, 16), (24, 8), (18, 14), (8, 24))
"""Counts of yes and no by context, from two neighbours below full strength to two past it."""
_PAST_COUNTS = ((1, 31), (2, 30), (14, 18), (27, 5), (30, 2))
_HALF_COUNTS = (26, 6)
_ENOUGH = 0.999
"""A level must bring the squared error at least this low, relative to the plain picture's: decoders' arithmetic may
differ by a rounding."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Levels per tile.

    Attributes:
        tile_log2: log2 of the tile's side in pixels, 3 to 12.
        levels: uint8 `[ceil(H / tile), ceil(W / tile)]`, positions in `QUARTERS`.
    """

    tile_log2: int
    levels: npt.NDArray[np.uint8]


def full_strength(shape: tuple[int, int]) -> Guide:
    """The guide of a file that has none."""
    return Guide(_TILE_LOG2, np.full(tiles_of(shape, _TILE_LOG2), FULL, np.uint8))


def blend(base: RgbImage, enhanced: RgbImage, guide: Guide) -> RgbImage:
    """`base` moved towards `enhanced`, and past it, by the guide's strengths; integer arithmetic.

    Args:
        base, enhanced: uint8 `[H, W, 3]`.
    """
    blended = base.copy()
    side = 1 << guide.tile_log2
    for row, levels in enumerate(guide.levels):
        rows = slice(row * side, (row + 1) * side)
        if levels.any():
            quarters = np.array(QUARTERS, np.int16)[levels].repeat(side)[: base.shape[1], None]
            difference = enhanced[rows].astype(np.int16) - base[rows]
            moved = base[rows] + (difference * quarters + 2 >> 2)
            blended[rows] = np.clip(moved, 0, 255)
    return blended


def choose_guide(original: RgbImage, base: RgbImage, enhanced: RgbImage) -> Guide:
    """The level of every tile that brings the blended picture nearest to the original.

    Args:
        original, base, enhanced: uint8 `[H, W, 3]`; the enhanced picture is the distortion corner's.
    """
    counts = tiles_of(base.shape[:2], _TILE_LOG2)
    errors = np.empty((len(QUARTERS), *counts), np.float64)
    side = 1 << _TILE_LOG2
    for row in range(counts[0]):
        strip = slice(row * side, (row + 1) * side)
        for level in range(len(QUARTERS)):
            alike = Guide(_TILE_LOG2, np.full((1, counts[1]), level, np.uint8))
            errors[level, row] = _tile_errors(original[strip], blend(base[strip], enhanced[strip], alike))
    best = errors.argmin(axis=0).astype(np.uint8)
    lowest = errors.min(axis=0)
    best[errors[FULL] <= lowest * 1.002] = FULL
    best[np.take_along_axis(errors, best[None].astype(np.intp), 0)[0] >= errors[0] * _ENOUGH] = 0
    return Guide(_TILE_LOG2, best)


def _tile_errors(original: RgbImage, picture: RgbImage) -> npt.NDArray[np.int32]:
    """Squared error of every tile of a row of tiles; those of 64 by 64 pixels fit into 32 bits."""
    difference = (original.astype(np.int16) - picture).astype(np.int32).reshape(len(original), -1)
    columns = np.einsum("ij,ij->j", difference, difference)
    return np.add.reduceat(columns, np.arange(0, columns.size, 3 << _TILE_LOG2))


def write_guide(guide: Guide) -> bytes:
    """The guide's bytes, at least one."""
    encoder = BinaryEncoder()
    code_tile_size(encoder, guide.tile_log2, _TILE_LOG2)
    _code_levels(encoder, guide.levels.tolist())
    return encoder.finish() or b"\0"


def read_guide(body: bytes, shape: tuple[int, int]) -> Guide:
    """Undo `write_guide` for a picture of height and width `shape`.

    Raises:
        BitstreamCorrupt: the body is not a guide for that size.
    """
    return Guide(*read_levels(body, shape, _TILE_LOG2, "guide", _code_levels))


def _code_levels(coder: BinaryEncoder | BinaryDecoder, levels: list[list[int]]) -> None:
    """Code the levels, or, for a decoder, fill them in."""
    full, past = ([list(counts) for counts in prior] for prior in (_FULL_COUNTS, _PAST_COUNTS))
    half = list(_HALF_COUNTS)
    above = [FULL] * len(levels[0])
    for row in levels:
        left = FULL
        for column, level in enumerate(row):
            pull = _PULL[left] + _PULL[above[column]]
            if decide(coder, full[pull], level == FULL):
                left = FULL
            elif decide(coder, past[pull], level == _PAST):
                left = _PAST
            else:
                left = _HALF if decide(coder, half, level == _HALF) else 0
            row[column] = left
        above = row


def read_guide_of_version_1(body: bytes, shape: tuple[int, int]) -> Guide:
    """The guide of a file of format version 1, for a picture of height and width `shape`: log2 of the tile's side,
    method (all tiles alike, or deflated), and levels of two bits each in raster order, first tile in the low bits.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the body is not a guide for that size.
    """
    reader = Reader(body, "guide")
    tile_log2, method = reader.byte(), reader.byte()
    if not LEAST_TILE_LOG2 <= tile_log2 <= LARGEST_TILE_LOG2 or method not in (_UNIFORM, _DEFLATED):
        raise BitstreamCorrupt("the guide's tile size or method is out of range")
    counts = tiles_of(shape, tile_log2)
    if method == _UNIFORM:
        level = reader.byte()
        if level >= len(QUARTERS):
            raise BitstreamCorrupt("the guide holds a level out of range")
        return Guide(tile_log2, np.full(counts, level, np.uint8))
    size = -(-counts[0] * counts[1] // 4)
    try:
        packed = np.frombuffer(zlib.decompressobj(-15).decompress(reader.rest(), size), np.uint8)
    except zlib.error as error:
        raise BitstreamCorrupt("the guide cannot be inflated") from error
    if packed.size != size:
        raise BitstreamCorrupt("the guide has too few tiles")
    levels = (packed[:, None] >> np.arange(0, 8, 2, dtype=np.uint8) & 3).astype(np.uint8).ravel()
    return Guide(tile_log2, levels[: counts[0] * counts[1]].reshape(counts))
