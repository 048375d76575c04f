"""Bits of the headers of video pictures, most significant first."""

from __future__ import annotations

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated


class Bits:
    """Numbers out of a string of bits.

    Raises:
        BitstreamTruncated: by every method, where the string ends.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def flag(self) -> bool:
        return bool(self.number(1))

    def number(self, bits: int) -> int:
        start, self._position = self._position, self._position + bits
        if self._position > 8 * len(self._data):
            raise BitstreamTruncated("a header of the picture is cut")
        read = int.from_bytes(self._data[start // 8 : -(-self._position // 8)], "big")
        return read >> -self._position % 8 & (1 << bits) - 1

    def golomb(self) -> int:
        """A number in the Exp-Golomb code of order 0: `ue(v)` of H.265, `uvlc()` of AV1.

        Raises:
            BitstreamCorrupt: it has more than 32 bits.
        """
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise BitstreamCorrupt("a number in a header of the picture is too large")
        return (1 << zeros) - 1 + self.number(zeros)

    def signed_golomb(self) -> int:
        """`se(v)` of H.265."""
        code = self.golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1: `ns(n)` of AV1."""
        bits = limit.bit_length()
        short = (1 << bits) - limit
        number = self.number(bits - 1)
        return number if number < short else (number << 1) - short + self.number(1)
