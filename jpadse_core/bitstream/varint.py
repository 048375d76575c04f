"""Unsigned integers in as few bytes as they need: seven bits a byte, least significant first (LEB128)."""

from __future__ import annotations

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated

_LONGEST = 9


def write_varint(value: int) -> bytes:
    """`value`, 0 or more and below 2**63."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Reader:
    """Reads numbers and blocks off the front of a buffer.

    Args:
        data: the buffer.
        what: named in errors, such as "label map".
    """

    def __init__(self, data: bytes, what: str) -> None:
        self._data = memoryview(data)
        self._what = what
        self.position = 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self.position

    def block(self, size: int) -> bytes:
        """The next `size` bytes.

        Raises:
            BitstreamTruncated: fewer are left.
        """
        if size > self.left:
            raise BitstreamTruncated(f"the {self._what} ends {size - self.left} bytes early")
        block = bytes(self._data[self.position : self.position + size])
        self.position += size
        return block

    def byte(self) -> int:
        """The next byte."""
        return self.block(1)[0]

    def varint(self) -> int:
        """The next number.

        Raises:
            BitstreamTruncated: the buffer ends inside it.
            BitstreamCorrupt: it has more than nine bytes.
        """
        value = 0
        for index in range(_LONGEST):
            byte = self.byte()
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                return value
        raise BitstreamCorrupt(f"the {self._what} holds a number that is too long")

    def rest(self) -> bytes:
        """All that is left."""
        return self.block(self.left)
