"""Boxes of the ISO base media file format, which JPEG 2000, JPEG XL, AVIF and HEIF files are made of, and a sidecar in
one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamTruncated, CodecError
from jpadse_core.interfaces.codec import Detached

SIDECAR_UUID = bytes.fromhex("bd1a7609ffb94d6a84f8da4f88fab1ca")
"""Extended type of the `uuid` box that holds a sidecar."""

_MOST_BOXES = 1 << 16
_OF_FILES = frozenset(
    (
        *b"ftyp styp meta mdat moov moof mfra sidx pdin free skip uuid jp2h jp2c jp2i uinf jxll jxlc jxlp jxli".split(),
        *b"jbrd jhgm brob Exif jumb rreq jpch jplh asoc nlst ftbl meco mpvd".split(),
        *(b"jP  ", b"xml ", b"JXL "),
    )
)
"""What files of boxes consist of: anything else that is no box, behind a box, is no part of the file."""


@dataclass(frozen=True)
class Box:
    """Where a box lies.

    Attributes:
        kind: its four-character code.
        start, body, end: where its header begins, its body begins, and the byte behind it.
        open_ended: whether its size is given as 0, "to the end of the file".
    """

    kind: bytes
    start: int
    body: int
    end: int
    open_ended: bool = False


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes of a file or of another box's body, in order. Up to seven stray bytes at its end are passed over, and
    any number of them at a file's.

    Args:
        data: the file.
        start, end: the part of it that holds boxes; by default, all of it.

    Raises:
        BitstreamTruncated: a box reaches behind the end.
        BitstreamCorrupt: a size is smaller than its own header, or there are more than 65,536 boxes.

    Source: ISO/IEC 14496-12, 4.2.
    """
    limit = len(data) if end is None else end
    first = start
    for _ in range(_MOST_BOXES):
        if limit - start < 8:
            return
        may_be_stray = end is None and start > first and data[start + 4 : start + 8] not in _OF_FILES
        try:
            box = _box_at(data, start, limit)
        except BitstreamError:
            if may_be_stray:
                return
            raise
        if may_be_stray and box.open_ended:
            return
        yield box
        start = box.end
    raise BitstreamCorrupt(f"the file has more than {_MOST_BOXES} boxes")


def _box_at(data: bytes, start: int, limit: int) -> Box:
    size, kind, body = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], start + 8
    if size == 0:
        return Box(kind, start, body, limit, open_ended=True)
    if size == 1:
        if limit - start < 16:
            raise BitstreamTruncated(f"the file ends inside the header of its box {_shown(kind)}")
        size, body = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
    if size < body - start:
        raise BitstreamCorrupt(f"box {_shown(kind)} at byte {start} has the impossible size {size}")
    if start + size > limit:
        raise BitstreamTruncated(f"the file ends inside its box {_shown(kind)} at byte {start}")
    return Box(kind, start, body, start + size)


def _shown(kind: bytes) -> str:
    return repr(kind.decode("latin-1"))


def make_box(kind: bytes, body: bytes) -> bytes:
    """A box, with a size of 64 bits where 32 do not do."""
    size = len(body) + 8
    if size < 1 << 32:
        return size.to_bytes(4, "big") + kind + body
    return (1).to_bytes(4, "big") + kind + (size + 8).to_bytes(8, "big") + body


def ftyp_brands(data: bytes) -> tuple[bytes, ...]:
    """The major brand that a file begins with, and those it is compatible with; none for another format."""
    if data[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    return (data[8:12], *(data[start : start + 4] for start in range(16, end - 3, 4)))


def attach_box(payload: bytes, sidecar: bytes, *, absolute_offsets: bool) -> bytes:
    """`payload` with `sidecar` in a `uuid` box at its end, or ahead of a last box that is open-ended.

    Args:
        payload: a file of boxes.
        sidecar: the body of the new box.
        absolute_offsets: whether the format points to its data by their position in the file, so that none may move.

    Raises:
        CodecError: the last box is open-ended, and nothing may move.
    """
    *_, last = (None, *boxes(payload))
    ours = make_box(b"uuid", SIDECAR_UUID + sidecar)
    if last is None or not last.open_ended:
        end = len(payload) if last is None else last.end
        return payload[:end] + ours + payload[end:]
    if absolute_offsets:
        raise CodecError(f"the last box, {_shown(last.kind)}, is open-ended: nothing fits behind it")
    return payload[: last.start] + ours + payload[last.start :]


def detach_box(data: bytes, *, absolute_offsets: bool) -> Detached:
    """Undo `attach_box`. A sidecar that the end of the file cuts comes back as what is left of it.

    Where offsets are absolute and another tool moved the box ahead of others, a `free` box takes its place.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: the file's own boxes are broken.
    """
    kept: list[bytes] = []
    sidecars: list[bytes] = []
    position = 0
    found = list(_boxes_up_to_a_cut_sidecar(data))
    for box, ours in found:
        if ours:
            kept.append(data[position : box.start])
            if absolute_offsets and box is not found[-1][0]:
                kept.append(make_box(b"free", bytes(box.end - box.start - 8)))
            sidecars.append(data[box.body + len(SIDECAR_UUID) : box.end])
            position = box.end
    if not sidecars:
        return Detached(data, None)
    return Detached(b"".join((*kept, data[position:])), sidecars[0])


def _is_sidecar(data: bytes, box: Box) -> bool:
    return box.kind == b"uuid" and data[box.body : min(box.end, box.body + len(SIDECAR_UUID))] == SIDECAR_UUID


def _boxes_up_to_a_cut_sidecar(data: bytes) -> Iterator[tuple[Box, bool]]:
    """The boxes, each with whether it holds a sidecar; the last one may be cut anywhere behind its header."""
    position = 0
    try:
        for box in boxes(data):
            yield box, _is_sidecar(data, box)
            position = box.end
    except BitstreamTruncated:
        cut = Box(data[position + 4 : position + 8], position, position + 8, len(data))
        if cut.kind != b"uuid" or not SIDECAR_UUID.startswith(data[cut.body : cut.body + len(SIDECAR_UUID)]):
            raise
        yield cut, True
