"""The header of a VP8 key frame: its size, and how coarsely its segments are quantised.

Source: RFC 6386, sections 7 and 9.
"""

from __future__ import annotations

from dataclasses import dataclass

from jpadse_core import BitstreamCorrupt, BitstreamTruncated

_LONGEST_HEADER = 64
"""Bytes of the first partition that the fields up to the quantiser can fill, with room to spare."""


@dataclass(frozen=True)
class FrameHeader:
    """A key frame.

    Attributes:
        width, height: in pixels.
        quantisers: index of each segment's quantiser, 0 (finest) to 127; one where there are no segments.
    """

    width: int
    height: int
    quantisers: tuple[int, ...]


class _BoolDecoder:
    """Bits out of VP8's arithmetic code (RFC 6386, section 7.3), all of even probability."""

    def __init__(self, data: bytes) -> None:
        self._data = data + bytes(2)
        self._position = 2
        self._value = int.from_bytes(self._data[:2], "big")
        self._range, self._shifted = 255, 0

    def bit(self) -> int:
        split = 1 + (((self._range - 1) * 128) >> 8)
        found = self._value >= split << 8
        if found:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._data[self._position] if self._position < len(self._data) else 0
                self._position += 1
        return int(found)

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value << 1 | self.bit()
        return value

    def optional(self, bits: int) -> int:
        """A number of magnitude and sign behind a flag; 0 where the flag is not set."""
        if not self.bit():
            return 0
        magnitude = self.number(bits)
        return -magnitude if self.bit() else magnitude


def read_frame_header(frame: bytes) -> FrameHeader:
    """The header of a key frame.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is cut, or is none.
    """
    if len(frame) < 11:
        raise BitstreamTruncated("the WebP file's picture ends inside its header")
    if frame[0] & 1 or frame[3:6] != b"\x9d\x01\x2a":
        raise BitstreamCorrupt("the WebP file's picture does not begin like a key frame")
    width, height = (int.from_bytes(frame[start : start + 2], "little") & 0x3FFF for start in (6, 8))
    if not width or not height:
        raise BitstreamCorrupt("the WebP file's picture has no pixels")
    return FrameHeader(width, height, _quantisers(_BoolDecoder(frame[10 : 10 + _LONGEST_HEADER])))


def _quantisers(bits: _BoolDecoder) -> tuple[int, ...]:
    bits.number(2)
    steps: list[int] = []
    absolute = False
    if bits.bit():
        update_map, update_data = bits.bit(), bits.bit()
        if update_data:
            absolute = bool(bits.bit())
            steps = [bits.optional(7) for _ in range(4)]
            for _ in range(4):
                bits.optional(6)
        if update_map:
            for _ in range(3):
                if bits.bit():
                    bits.number(8)
    bits.number(1 + 6 + 3)
    if bits.bit() and bits.bit():
        for _ in range(8):
            bits.optional(6)
    bits.number(2)
    base = bits.number(7)
    of_segments = steps if absolute else [base + step for step in steps]
    return tuple(min(max(step, 0), 127) for step in of_segments or [base])
