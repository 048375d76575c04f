"""How coarsely an AV1 still picture is quantised, read off its headers.

Source: AV1 Bitstream & Decoding Process Specification 1.0.0 with errata 1, sections 5.3 to 5.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core import BitstreamCorrupt, BitstreamTruncated
from jpadse_core.formats.bits import Bits

_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
_KEY_FRAME = 0
_LONGEST_HEADER = 4096
_MOST_UNITS = 1 << 12
_CHOSEN_PER_FRAME = 2


@dataclass(frozen=True)
class _Sequence:
    """What a frame's header depends on; the names are the specification's, shortened."""

    reduced: bool
    size_bits: tuple[int, int]
    size: tuple[int, int]
    frame_id_bits: int
    superblock_shift: int
    screen_content_tools: int
    integer_mv: int
    order_hint_bits: int
    superres: bool


def base_quantiser(item: bytes) -> int | None:
    """Index of the quantiser of an AV1 picture, `base_q_idx`: 0 (lossless) to 255.

    Args:
        item: open bitstream units, as in an AVIF file.

    Returns:
        None where the picture is more than one key frame, as layered ones are, or timed, as only films are.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is cut or damaged.
    """
    sequence: _Sequence | None = None
    frames = []
    for kind, body in _units(item):
        if kind == _SEQUENCE_HEADER:
            sequence = _read_sequence(Bits(body))
        elif kind in (_FRAME_HEADER, _FRAME):
            frames.append(body)
    return _read_quantiser(Bits(frames[0]), sequence) if sequence is not None and len(frames) == 1 else None


def _units(item: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of each unit; of a long body, the beginning."""
    position = 0
    for _ in range(_MOST_UNITS):
        if position >= len(item):
            return
        header = item[position]
        position += 2 if header & 4 else 1
        end = len(item)
        if header & 2:
            size, position = _leb128(item, position)
            end = position + size
        if end > len(item):
            raise BitstreamTruncated("the AV1 picture ends inside a unit")
        yield header >> 3 & 15, item[position : min(end, position + _LONGEST_HEADER)]
        position = end
    raise BitstreamCorrupt(f"the AV1 picture has more than {_MOST_UNITS} units")


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """A number, and the position behind it."""
    number = 0
    for index, byte in enumerate(data[position : position + 8]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, position + index + 1
    raise BitstreamCorrupt("a size in the AV1 picture does not end")


def _read_sequence(bits: Bits) -> _Sequence | None:
    bits.number(3 + 1)
    reduced = bits.flag()
    if reduced:
        bits.number(5)
    elif bits.flag():
        return None
    else:
        _skip_operating_points(bits)
    size_bits = bits.number(4) + 1, bits.number(4) + 1
    size = bits.number(size_bits[0]) + 1, bits.number(size_bits[1]) + 1
    frame_id_bits = 0
    if not reduced and bits.flag():
        frame_id_bits = bits.number(4) + 2 + bits.number(3) + 1
    superblock_shift = 5 if bits.flag() else 4
    bits.number(2)
    screen_content_tools = integer_mv = _CHOSEN_PER_FRAME
    order_hint_bits = 0
    if not reduced:
        bits.number(4)
        ordered = bits.flag()
        if ordered:
            bits.number(2)
        if not bits.flag():
            screen_content_tools = bits.number(1)
        if screen_content_tools and not bits.flag():
            integer_mv = bits.number(1)
        if ordered:
            order_hint_bits = bits.number(3) + 1
    return _Sequence(
        reduced,
        size_bits,
        size,
        frame_id_bits,
        superblock_shift,
        screen_content_tools,
        integer_mv,
        order_hint_bits,
        superres=bits.flag(),
    )


def _skip_operating_points(bits: Bits) -> None:
    delayed = bits.flag()
    for _ in range(bits.number(5) + 1):
        bits.number(12)
        if bits.number(5) > 7:
            bits.number(1)
        if delayed and bits.flag():
            bits.number(4)


def _read_quantiser(bits: Bits, sequence: _Sequence) -> int | None:
    if not sequence.reduced:
        shown_again = bits.flag()
        if shown_again or bits.number(2) != _KEY_FRAME or not bits.flag():
            return None
    no_cdf_update = bits.flag()
    screen_content_tools = sequence.screen_content_tools
    if screen_content_tools == _CHOSEN_PER_FRAME:
        screen_content_tools = bits.number(1)
    if screen_content_tools and sequence.integer_mv == _CHOSEN_PER_FRAME:
        bits.number(1)
    bits.number(sequence.frame_id_bits)
    size = sequence.size
    other_size = not sequence.reduced and bits.flag()
    bits.number(sequence.order_hint_bits)
    if other_size:
        size = bits.number(sequence.size_bits[0]) + 1, bits.number(sequence.size_bits[1]) + 1
    scaled = sequence.superres and bits.flag()
    if scaled:
        denominator = bits.number(3) + 9
        size = (size[0] * 8 + denominator // 2) // denominator, size[1]
    if bits.flag():
        bits.number(16 + 16)
    if screen_content_tools and not scaled:
        bits.number(1)
    if not (sequence.reduced or no_cdf_update):
        bits.number(1)
    _skip_tiles(bits, size, sequence.superblock_shift)
    return bits.number(8)


def _skip_tiles(bits: Bits, size: tuple[int, int], shift: int) -> None:
    """The layout of the tiles, which takes a few bits where the picture has one."""
    columns, rows = (((pixels + 7) // 8 * 2 + (1 << shift) - 1) >> shift for pixels in size)
    widest, largest = 4096 >> shift + 2, 4096 * 2304 >> 2 * (shift + 2)
    least_columns = _log2(widest, columns)
    least = max(least_columns, _log2(largest, rows * columns))
    if bits.flag():
        columns_log2 = _counted(bits, least_columns, _log2(1, min(columns, 64)))
        rows_log2 = _counted(bits, max(least - columns_log2, 0), _log2(1, min(rows, 64)))
    else:
        widths = _spelled_out(bits, columns, widest)
        area = rows * columns >> least + 1 if least else rows * columns
        heights = _spelled_out(bits, rows, max(area // max(widths), 1))
        columns_log2, rows_log2 = _log2(1, len(widths)), _log2(1, len(heights))
    if columns_log2 + rows_log2:
        bits.number(columns_log2 + rows_log2 + 2)


def _log2(unit: int, target: int) -> int:
    """The least k for which `unit` times 2 to the k is at least `target`."""
    return max(-(-target // unit) - 1, 0).bit_length()


def _counted(bits: Bits, least: int, most: int) -> int:
    while least < most and bits.flag():
        least += 1
    return least


def _spelled_out(bits: Bits, total: int, largest: int) -> list[int]:
    sizes: list[int] = []
    while (left := total - sum(sizes)) > 0:
        sizes.append(bits.below(min(left, largest)) + 1)
    return sizes
