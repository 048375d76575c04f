"""The size that a JPEG XL codestream declares, read before decoding so that a hostile one cannot ask for memory."""

from __future__ import annotations

from jpadse_core.errors import BitstreamCorrupt

_SIGNATURE = b"\xff\x0a"
_WIDTHS = (9, 13, 18, 30)
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


class _Bits:
    """Bits of a byte string, least significant first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        return taken


def bare_codestream(data: bytes) -> bytes | None:
    """The codestream out of a file that is one or holds one whole; None where it holds parts of one.

    Source: ISO/IEC 18181-2; samples of more than 12 bits get a container for their level, which decoding does not need.
    """
    if data[:2] == _SIGNATURE:
        return data
    position = 0
    while position + 8 <= len(data):
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        if kind == b"jxlc":
            return data[position + 8 : position + size if size else None]
        if size < 8:
            return None
        position += size
    return None


def codestream_size(data: bytes) -> tuple[int, int]:
    """Height and width of a bare codestream.

    Raises:
        BitstreamCorrupt: it does not begin like one.

    Source: SizeHeader, ISO/IEC 18181-1, annex D.
    """
    if data[:2] != _SIGNATURE:
        raise BitstreamCorrupt("not a JPEG XL codestream")
    bits = _Bits(data[2:16])
    small = bits.take(1)

    def side() -> int:
        return (bits.take(5) + 1) * 8 if small else bits.take(_WIDTHS[bits.take(2)]) + 1

    height = side()
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = _RATIOS[ratio - 1]
        return height, height * numerator // denominator
    return height, side()
