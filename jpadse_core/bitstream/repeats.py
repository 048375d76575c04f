"""Maps whose rows or columns repeat, as those that were enlarged do: the repeats, and what is left without them."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.interfaces.labels import LabelArray

Lengths = npt.NDArray[np.int64]


def without_repeats(labels: LabelArray) -> tuple[LabelArray, Lengths, Lengths]:
    """A map without the rows and columns that equal the one before.

    Returns:
        The map, and how often each of its rows and of its columns occurs in a row.
    """
    rows = np.flatnonzero(np.concatenate([[True], (labels[1:] != labels[:-1]).any(axis=1)]))
    columns = np.flatnonzero(np.concatenate([[True], (labels[:, 1:] != labels[:, :-1]).any(axis=0)]))
    inner: LabelArray = labels[rows][:, columns]
    return inner, np.diff(rows, append=labels.shape[0]), np.diff(columns, append=labels.shape[1])


def write_lengths(lengths: Lengths) -> bytes:
    """Code run lengths, each 1 or more."""
    packed = zlib.compress(b"".join(write_varint(int(length)) for length in lengths), 9)
    return write_varint(lengths.size) + write_varint(len(packed)) + packed


def read_lengths(reader: Reader, total: int) -> Lengths:
    """Undo `write_lengths`; the lengths add up to `total`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: they do not, or cannot be read.
    """
    count, packed = reader.varint(), reader.block(reader.varint())
    if not 0 < count <= total:
        raise BitstreamCorrupt(f"the label map declares {count} different lines out of {total}")
    try:
        numbers = Reader(zlib.decompressobj().decompress(packed, 4 * count), "label map")
    except zlib.error as error:
        raise BitstreamCorrupt(f"the label map's repeats cannot be decoded: {error}") from error
    lengths = [numbers.varint() for _ in range(count)]
    if sum(lengths) != total or min(lengths) == 0:
        raise BitstreamCorrupt("the label map's repeats do not add up to its size")
    return np.array(lengths, np.int64)
