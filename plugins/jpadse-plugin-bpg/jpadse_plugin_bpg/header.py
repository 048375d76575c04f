"""The header of a BPG file, and the extension data behind it.

Source: BPG Specification 0.9.8 (F. Bellard, 2018), section 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core import BitstreamCorrupt, BitstreamTruncated

MAGIC = b"BPG\xfb"
EXTENSION_FLAG = 0x08
_ANIMATION_FLAG = 0x01
_MOST_BLOCKS = 1 << 12


@dataclass(frozen=True)
class BpgHeader:
    """A BPG file's header.

    Attributes:
        width, height: in pixels.
        bits: of a sample.
        animated: whether it holds several frames.
        extended: whether it has extension data.
        fields_end: the byte behind the size fields, where the length of the extension data would be.
        extension: where the extension data begins and ends.
        data_end: the byte behind the picture's data, by what the header declares.
    """

    width: int
    height: int
    bits: int
    animated: bool
    extended: bool
    fields_end: int
    extension: tuple[int, int]
    data_end: int


def read_header(data: bytes) -> BpgHeader:
    """The header of a file.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is cut, or is no BPG file.
    """
    if data[:4] != MAGIC:
        raise BitstreamCorrupt("not a BPG file")
    if len(data) < 6:
        raise BitstreamTruncated("the BPG file ends inside its header")
    position, extended = 6, bool(data[5] & EXTENSION_FLAG)
    width, position = _ue7(data, position)
    height, position = _ue7(data, position)
    length, position = _ue7(data, position)
    if not width or not height:
        raise BitstreamCorrupt("the BPG file has no pixels")
    fields_end, start, end = position, position, position
    if extended:
        size, start = _ue7(data, position)
        end = start + size
        if end > len(data):
            raise BitstreamTruncated("the BPG file ends inside its extension data")
    data_end = end + length if length else len(data)
    animated = bool(data[5] & _ANIMATION_FLAG)
    return BpgHeader(width, height, (data[4] & 15) + 8, animated, extended, fields_end, (start, end), data_end)


def extension_blocks(data: bytes, header: BpgHeader) -> Iterator[tuple[int, bytes]]:
    """The blocks of extension data, as pairs of tag and body.

    Raises:
        BitstreamCorrupt: a block reaches behind the extension data, or there are more than 4096.
    """
    position, end = header.extension
    for _ in range(_MOST_BLOCKS):
        if position >= end:
            return
        tag, position = _ue7(data, position, end)
        size, position = _ue7(data, position, end)
        if position + size > end:
            raise BitstreamCorrupt("a block of the BPG file's extension data reaches behind its end")
        yield tag, data[position : position + size]
        position += size
    raise BitstreamCorrupt(f"the BPG file has more than {_MOST_BLOCKS} blocks of extension data")


def extension_block(tag: int, body: bytes) -> bytes:
    """A block of extension data."""
    return ue7(tag) + ue7(len(body)) + body


def ue7(number: int) -> bytes:
    """A number in sevens of bits, the highest first; all bytes but the last have their top bit set."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def _ue7(data: bytes, position: int, end: int | None = None) -> tuple[int, int]:
    """A number of at most 32 bits ahead of `end`, and the position behind it."""
    end = len(data) if end is None else end
    number = 0
    for byte in data[position : min(position + 5, end)]:
        position += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            if number >> 32:
                break
            return number, position
    if position >= end:
        raise BitstreamTruncated("the BPG file ends inside a number")
    raise BitstreamCorrupt("a number of the BPG file is beyond 32 bits")
