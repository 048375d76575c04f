"""The guide: per tile, how strongly to enhance, so that enhancement never does harm.

The section is: log2 of the tile's side (1 byte), method (1 byte: all tiles alike, or deflated), and the levels, two
bits each, in raster order, first tile in the low bits.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.varint import Reader
from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.interfaces.picture import RgbImage

QUARTERS = (0, 2, 4, 5)
"""The strengths that a level stands for, in quarters."""
FULL = 2
"""The level of the enhancer's own picture."""
_TILE_LOG2 = 6
_UNIFORM, _DEFLATED = 0, 1
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


def _tiles(shape: tuple[int, int], tile_log2: int) -> tuple[int, int]:
    side = 1 << tile_log2
    return -(-shape[0] // side), -(-shape[1] // side)


def full_strength(shape: tuple[int, int]) -> Guide:
    """The guide of a file that has none."""
    return Guide(_TILE_LOG2, np.full(_tiles(shape, _TILE_LOG2), FULL, np.uint8))


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
    counts = _tiles(base.shape[:2], _TILE_LOG2)
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
    """The guide section's body."""
    levels = guide.levels.ravel()
    prefix = bytes([guide.tile_log2])
    if (levels == levels[0]).all():
        return prefix + bytes([_UNIFORM, int(levels[0])])
    padded = np.pad(levels, (0, -levels.size % 4)).reshape(-1, 4)
    packed = (padded << np.arange(0, 8, 2, dtype=np.uint8)).sum(axis=1).astype(np.uint8).tobytes()
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return prefix + bytes([_DEFLATED]) + deflater.compress(packed) + deflater.flush()


def read_guide(body: bytes, shape: tuple[int, int]) -> Guide:
    """Undo `write_guide` for a picture of height and width `shape`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the body is not a guide for that size.
    """
    reader = Reader(body, "guide")
    tile_log2, method = reader.byte(), reader.byte()
    if not 3 <= tile_log2 <= 12 or method not in (_UNIFORM, _DEFLATED):
        raise BitstreamCorrupt("the guide's tile size or method is out of range")
    counts = _tiles(shape, tile_log2)
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
