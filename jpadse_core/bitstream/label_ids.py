"""The class ids that occur in a map, as runs or as bits, whichever is shorter; low ids may be packed into a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt

_LARGEST_ID = 0xFFFF
_LARGEST_PACKED = 61


def write_ids(ids: npt.NDArray[Any]) -> bytes:
    """Code rising ids, at least one, at most 65535."""
    form, code = _runs_or_bits(ids)
    return write_varint(form) + code


def write_packed_ids(ids: npt.NDArray[Any]) -> bytes:
    """The same; where no id is above 61, in one number if that is shorter."""
    form, code = _runs_or_bits(ids)
    found = write_varint(2 * form) + code
    if ids[-1] > _LARGEST_PACKED:
        return found
    return min(found, write_varint(1 + sum(2 << number for number in ids.tolist())), key=len)


def _runs_or_bits(ids: npt.NDArray[Any]) -> tuple[int, bytes]:
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
        return 2 * starts.size, runs
    return 2 * len(bits) + 1, bits


def read_ids(reader: Reader) -> tuple[int, ...]:
    """Undo `write_ids`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: there are no such ids.
    """
    return _read_form(reader.varint(), reader)


def read_packed_ids(reader: Reader) -> tuple[int, ...]:
    """Undo `write_packed_ids`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: there are no such ids.
    """
    form, packed = divmod(reader.varint(), 2)
    if not packed:
        return _read_form(form, reader)
    return _at_least_one(tuple(number for number in range(form.bit_length()) if form >> number & 1))


def _read_form(form: int, reader: Reader) -> tuple[int, ...]:
    if form % 2:
        if form // 2 > (_LARGEST_ID + 1) // 8:
            raise BitstreamCorrupt("the label map declares a class id beyond 65535")
        mask = np.unpackbits(np.frombuffer(reader.block(form // 2), np.uint8))
        return _at_least_one(tuple(np.flatnonzero(mask).tolist()))
    return _at_least_one(_read_runs(reader, form // 2))


def _at_least_one(ids: tuple[int, ...]) -> tuple[int, ...]:
    if not ids:
        raise BitstreamCorrupt("the label map declares no class")
    return ids


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
