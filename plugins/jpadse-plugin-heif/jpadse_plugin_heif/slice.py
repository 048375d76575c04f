"""How coarsely an HEVC still picture is quantised, read off its parameter sets and its first slice.

Source: ITU-T H.265 (08/2021), section 7.3, and ISO/IEC 14496-15, 8.3 (`hvcC`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core import BitstreamTruncated
from jpadse_core.formats.bits import Bits

_IDR = (19, 20)
_SEQUENCE_SET, _PICTURE_SET = 33, 34
_INTRA = 2
_LONGEST_HEADER = 4096
_MOST_UNITS = 1 << 12


@dataclass(frozen=True)
class _SequenceSet:
    """What a slice's header depends on: whether the planes are coded apart, whether there is chroma beside luma in a
    slice, and whether samples may be offset."""

    planes_apart: bool
    chroma: bool
    offsets: bool


@dataclass(frozen=True)
class _PictureSet:
    sequence: int
    output_flag: bool
    extra_bits: int
    quantiser: int


def slice_quantiser(configuration: bytes, item: bytes) -> int | None:
    """The quantisation parameter that the first slice of a picture begins with, `SliceQpY`: -6 * (bits - 8) to 51.

    Args:
        configuration: body of the `hvcC` box.
        item: the picture's units, each behind its length.

    Returns:
        None where the picture does not begin with a whole intra slice of an IDR picture.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is cut or damaged.
    """
    if len(configuration) < 23:
        raise BitstreamTruncated("the HEVC configuration is cut")
    sequences: dict[int, _SequenceSet] = {}
    pictures: dict[int, _PictureSet] = {}
    for unit in (*_configured(configuration), *_units(item, (configuration[21] & 3) + 1)):
        kind = unit[0] >> 1 & 63 if unit else None
        bits = Bits(_unescaped(unit[2:]))
        if kind == _SEQUENCE_SET:
            number, sequence = _read_sequence_set(bits)
            sequences[number] = sequence
        elif kind == _PICTURE_SET:
            number, picture = bits.golomb(), _read_picture_set(bits)
            pictures[number] = picture
        elif kind in _IDR:
            return _read_slice(bits, sequences, pictures)
    return None


def _configured(configuration: bytes) -> Iterator[bytes]:
    """The beginnings of the units in a `hvcC` box."""
    position = 23
    for _ in range(configuration[22]):
        count = int.from_bytes(configuration[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            end = position + 2 + int.from_bytes(configuration[position : position + 2], "big")
            if end > len(configuration):
                raise BitstreamTruncated("the HEVC configuration is cut")
            yield configuration[position + 2 : min(end, position + 2 + _LONGEST_HEADER)]
            position = end


def _units(item: bytes, length_size: int) -> Iterator[bytes]:
    """The beginnings of an item's units."""
    position = 0
    for _ in range(_MOST_UNITS):
        if position >= len(item):
            return
        start = position + length_size
        position = start + int.from_bytes(item[position:start], "big")
        if position > len(item):
            raise BitstreamTruncated("the HEVC picture ends inside a unit")
        yield item[start : min(position, start + _LONGEST_HEADER)]


def _unescaped(body: bytes) -> bytes:
    """Without the bytes that keep start codes out of a unit."""
    return body.replace(b"\0\0\3", b"\0\0")


def _read_sequence_set(bits: Bits) -> tuple[int, _SequenceSet]:
    bits.number(4)
    layers = bits.number(3)
    bits.number(1)
    _skip_profile(bits, layers)
    number = bits.golomb()
    chroma_format = bits.golomb()
    planes_apart = chroma_format == 3 and bits.flag()
    for _ in range(2):
        bits.golomb()
    if bits.flag():
        for _ in range(4):
            bits.golomb()
    for _ in range(3):
        bits.golomb()
    for _ in range(layers + 1 if bits.flag() else 1):
        for _ in range(3):
            bits.golomb()
    for _ in range(6):
        bits.golomb()
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.number(1)
    return number, _SequenceSet(planes_apart, bool(chroma_format) and not planes_apart, bits.flag())


def _skip_profile(bits: Bits, layers: int) -> None:
    """`profile_tier_level` with the general profile."""
    bits.number(88 + 8)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.number(2 * (8 - layers))
    for profile, level in present:
        bits.number(88 * profile + 8 * level)


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.golomb()
                continue
            for _ in range(min(64, 16 << 2 * size) + (size > 1)):
                bits.golomb()


def _read_picture_set(bits: Bits) -> _PictureSet:
    """What follows the set's own number."""
    sequence = bits.golomb()
    bits.number(1)
    output_flag, extra_bits = bits.flag(), bits.number(3)
    bits.number(2)
    for _ in range(2):
        bits.golomb()
    return _PictureSet(sequence, output_flag, extra_bits, 26 + bits.signed_golomb())


def _read_slice(bits: Bits, sequences: dict[int, _SequenceSet], pictures: dict[int, _PictureSet]) -> int | None:
    first = bits.flag()
    bits.number(1)
    picture = pictures.get(bits.golomb())
    sequence = None if picture is None else sequences.get(picture.sequence)
    if picture is None or sequence is None or not first:
        return None
    bits.number(picture.extra_bits)
    if bits.golomb() != _INTRA:
        return None
    bits.number(picture.output_flag + 2 * sequence.planes_apart)
    if sequence.offsets:
        bits.number(1 + sequence.chroma)
    return picture.quantiser + bits.signed_golomb()
