"""The class ids that occur in a map, as runs or as bits, whichever is shorter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt

_LARGEST_ID = 0xFFFF


def write_ids(ids: npt.NDArray[Any]) -> bytes:
    """Code rising ids, at least one, at most 65535."""
    values = ids.astype(np.int64)
    starts = np.flatnonzero(np.diff(values, prepend=-2) > 1)
    lengths = np.diff(starts, append=values.size)
    ends = np.concatenate([[0], values[starts] + lengths])[:-1]
    gaps = values[starts] - ends
    runs = b"".join(write_varint(int(number)) for pair in zip(gaps, lengths, strict=True) for number in pair)
    mask = np.zeros(int(values[-1]) + 1, np.uint8)
    mask[values] = 1
    bits = np.packbits(mask).tobytes()
    if len(runs) <= len(bits):
        return write_varint(2 * starts.size) + runs
    return write_varint(2 * len(bits) + 1) + bits


def read_ids(reader: Reader) -> tuple[int, ...]:
    """Undo `write_ids`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: there are no such ids.
    """
    form = reader.varint()
    if form % 2:
        if form // 2 > (_LARGEST_ID + 1) // 8:
            raise BitstreamCorrupt("the label map declares a class id beyond 65535")
        mask = np.unpackbits(np.frombuffer(reader.block(form // 2), np.uint8))
        found = tuple(np.flatnonzero(mask).tolist())
    else:
        found = _read_runs(reader, form // 2)
    if not found:
        raise BitstreamCorrupt("the label map declares no class")
    return found


def _read_runs(reader: Reader, count: int) -> tuple[int, ...]:
    found: list[int] = []
    end = 0
    for _ in range(count):
        gap, length = reader.varint(), reader.varint()
        if not length or end + gap + length > _LARGEST_ID + 1:
            raise BitstreamCorrupt("the label map declares a class id beyond 65535")
        found.extend(range(end + gap, end + gap + length))
        end += gap + length
    return tuple(found)
