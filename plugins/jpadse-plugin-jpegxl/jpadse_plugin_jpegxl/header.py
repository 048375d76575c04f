"""The header of a JPEG XL codestream: what has to be known of a picture before it is decoded.

Source: ISO/IEC 18181-1, annexes B (field types) and D (image header).
"""

from __future__ import annotations

from dataclasses import dataclass

from jpadse_core import BitstreamCorrupt, BitstreamTruncated

_SIGNATURE = b"\xff\x0a"
_LONGEST = 4096
"""Bytes at the start of a codestream that are looked at; only extra channels' names could need more."""
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_ALPHA, _SPOT_COLOUR, _CFA = 0, 2, 5
_D65, _SRGB_PRIMARIES, _SRGB_TRANSFER, _GREY, _XYB = 1, 1, 13, 1, 2


@dataclass(frozen=True)
class ImageHeader:
    """What a codestream says of its picture.

    Attributes:
        width, height: before the orientation is applied.
        bits: of a sample.
        animated: whether there are several frames to be shown one after the other.
        premultiplied: whether the colours are multiplied by the alpha channel.
        srgb: whether the colours are sRGB, or grey with sRGB's transfer function.
    """

    width: int
    height: int
    bits: int = 8
    animated: bool = False
    premultiplied: bool = False
    srgb: bool = True


class _Bits:
    """Bits of a codestream, least significant first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = len(data) * 8

    def u(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise BitstreamTruncated("the JPEG XL codestream ends inside its header")
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        return taken

    def flag(self) -> bool:
        return bool(self.u(1))

    def u32(self, *choices: tuple[int, int]) -> int:
        """One of four pairs of an offset and a number of bits to add to it."""
        offset, bits = choices[self.u(2)]
        return offset + self.u(bits)

    def enum(self) -> int:
        return self.u32((0, 0), (1, 0), (2, 4), (18, 6))


def read_header(codestream: bytes) -> ImageHeader:
    """The header of a codestream.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is cut, or is none.
    """
    if codestream[:2] != _SIGNATURE:
        raise BitstreamCorrupt("not a JPEG XL codestream")
    bits = _Bits(codestream[2:_LONGEST])
    height, width = _size(bits)
    if bits.flag():
        return ImageHeader(width, height)
    animated = _extra_fields(bits) if bits.flag() else False
    depth = _bit_depth(bits)
    bits.flag()
    premultiplied = False
    for _ in range(bits.u32((0, 0), (1, 0), (2, 4), (1, 12))):
        own_depth, associated = _extra_channel(bits)
        depth, premultiplied = max(depth, own_depth), premultiplied or associated
    bits.flag()
    return ImageHeader(width, height, depth, animated, premultiplied, _is_srgb(bits))


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.flag()

    def side() -> int:
        return (bits.u(5) + 1) * 8 if small else 1 + bits.u32((0, 9), (0, 13), (0, 18), (0, 30))

    height = side()
    ratio = bits.u(3)
    if not ratio:
        return height, side()
    numerator, denominator = _RATIOS[ratio - 1]
    return height, height * numerator // denominator


def _extra_fields(bits: _Bits) -> bool:
    """Orientation, intrinsic size, preview and animation; whether there is an animation."""
    bits.u(3)
    if bits.flag():
        _size(bits)
    if bits.flag():
        _skip_preview(bits)
    animated = bits.flag()
    if animated:
        bits.u32((100, 0), (1000, 0), (1, 10), (1, 30))
        bits.u32((1, 0), (1001, 0), (1, 8), (1, 10))
        bits.u32((0, 0), (0, 3), (0, 16), (0, 32))
        bits.flag()
    return animated


def _skip_preview(bits: _Bits) -> None:
    by_eight = bits.flag()

    def skip_side() -> None:
        bits.u32(*(((16, 0), (32, 0), (1, 5), (33, 9)) if by_eight else ((1, 6), (65, 8), (321, 10), (1345, 12))))

    skip_side()
    if not bits.u(3):
        skip_side()


def _bit_depth(bits: _Bits) -> int:
    if not bits.flag():
        return bits.u32((8, 0), (10, 0), (12, 0), (1, 6))
    depth = bits.u32((32, 0), (16, 0), (24, 0), (1, 6))
    bits.u(4)
    return depth


def _extra_channel(bits: _Bits) -> tuple[int, bool]:
    """Bits of a sample of an extra channel, and whether it is alpha that the colours are multiplied by."""
    if bits.flag():
        return 8, False
    kind = bits.enum()
    depth = _bit_depth(bits)
    bits.u32((0, 0), (3, 0), (4, 0), (1, 3))
    bits.u(8 * bits.u32((0, 0), (0, 4), (16, 5), (48, 10)))
    associated = kind == _ALPHA and bits.flag()
    if kind == _SPOT_COLOUR:
        bits.u(4 * 16)
    elif kind == _CFA:
        bits.u32((1, 0), (0, 2), (3, 4), (19, 8))
    return depth, associated


def _is_srgb(bits: _Bits) -> bool:
    if bits.flag():
        return True
    if bits.flag():
        return False
    space = bits.enum()
    if space == _XYB or bits.enum() != _D65:
        return False
    if space != _GREY and bits.enum() != _SRGB_PRIMARIES:
        return False
    return not bits.flag() and bits.enum() == _SRGB_TRANSFER
