"""Lossless coding of label maps.

A block is: method (1 byte), width and height (less one in later methods), the class ids that occur, and the
method's code of the map with ids replaced by their ranks. Nothing follows the ids of a map of one class. Raw JPEG XL is
nothing but a codestream of the ids; raw LZMA has, in place of the ids that occur, the bytes that each id takes, 1 or 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.jpegxl_size import codestream_size
from jpadse_core.bitstream.label_codes import (
    Method,
    decode_jpeg_xl,
    decode_lzma,
    decode_method,
    encode_best,
    jpeg_xl,
    thorough_lzma,
)
from jpadse_core.bitstream.label_ids import read_ids, read_packed_ids, write_ids, write_packed_ids
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamUnsupported
from jpadse_core.interfaces.labels import LabelArray

_LARGEST_AREA = 1 << 28
_LISTING = (Method.CONSTANT, Method.DEFLATE, Method.JPEG_XL)
"""The methods of format 1.0, whose ids are a count and differences."""
_PACKING = (Method.WAVEFRONT_3, Method.SMALL_WAVEFRONT_3)
"""The methods whose ids are packed."""
_SIDES_LESS_ONE = (Method.WAVEFRONT_2, Method.RAW_LZMA, Method.WAVEFRONT_3)
"""The methods that write a side of 128 in one byte."""
_SMALL = 256
"""The longest side that takes one byte in the method for small maps."""
_RAW = (Method.RAW_JPEG_XL, Method.RAW_LZMA)
"""The methods that code ids, not ranks."""
_BY_SIZE: dict[int, np.dtype[Any]] = {1: np.dtype("u1"), 2: np.dtype("<u2")}


def encode_labels(labels: LabelArray) -> bytes:
    """Code a map without loss, by whichever method is shortest.

    Args:
        labels: uint8 or uint16 `[h, w]`.
    """
    ids = np.bincount(labels.ravel()).nonzero()[0]
    # Not np.unique, which sorts all labels and imports numpy.ma.
    ranks = np.zeros(int(ids[-1]) + 1, np.uint16)
    ranks[ids] = np.arange(ids.size)
    indices: LabelArray = (ranks.astype(np.uint8) if ids.size <= 256 else ranks).take(labels)
    if ids.size == 1:
        return bytes([Method.CONSTANT]) + _size(labels, Method.CONSTANT) + write_varint(1) + write_varint(int(ids[0]))
    code = encode_best(indices, ids.size)
    method = Method(code[0])
    if method == Method.WAVEFRONT_3 and max(labels.shape) <= _SMALL:
        method = Method.SMALL_WAVEFRONT_3
    block = bytes([method]) + _size(labels, method) + _listed(ids, method) + code[1:]
    if method in (*_PACKING, Method.REPEATED):
        return block
    blocks = [
        block,
        bytes([Method.RAW_LZMA]) + _size(labels, Method.RAW_LZMA) + bytes([labels.itemsize]) + thorough_lzma(labels),
    ]
    codestream = jpeg_xl(labels)
    if codestream is not None:
        blocks.append(bytes([Method.RAW_JPEG_XL]) + codestream)
    return min(blocks, key=len)


@dataclass(frozen=True)
class _Prefix:
    method: int
    shape: tuple[int, int]
    ids: tuple[int, ...]


def _size(labels: LabelArray, method: Method) -> bytes:
    if method == Method.SMALL_WAVEFRONT_3:
        return bytes(side - 1 for side in labels.shape[::-1])
    return b"".join(write_varint(side - (method in _SIDES_LESS_ONE)) for side in labels.shape[::-1])


def _listed(ids: npt.NDArray[Any], method: Method) -> bytes:
    if method not in _LISTING:
        return write_packed_ids(ids) if method in _PACKING else write_ids(ids)
    steps = np.diff(ids.astype(np.int64), prepend=0)
    return b"".join(write_varint(int(number)) for number in (ids.size, *steps))


def _read_prefix(reader: Reader) -> _Prefix:
    method = reader.byte()
    if method not in list(Method):
        raise BitstreamUnsupported(f"the label map uses method {method}: pip install --upgrade jpadse")
    if method == Method.RAW_JPEG_XL:
        height, width = codestream_size(reader.rest())
    elif method == Method.SMALL_WAVEFRONT_3:
        width, height = reader.byte() + 1, reader.byte() + 1
    else:
        width, height = (reader.varint() + (method in _SIDES_LESS_ONE) for _ in range(2))
    if not 0 < width * height <= _LARGEST_AREA:
        raise BitstreamCorrupt(f"the label map declares {width} x {height} labels")
    if method in _RAW:
        return _Prefix(method, (height, width), ())
    if method in _LISTING:
        ids = _read_listed(reader, width * height)
    else:
        ids = read_packed_ids(reader) if method in _PACKING else read_ids(reader)
    if len(ids) > width * height:
        raise BitstreamCorrupt(f"the label map declares {len(ids)} classes on {width} x {height}")
    return _Prefix(method, (height, width), ids)


def _read_listed(reader: Reader, area: int) -> tuple[int, ...]:
    count = reader.varint()
    if not 0 < count <= min(area, 0x10000):
        raise BitstreamCorrupt(f"the label map declares {count} classes on {area} labels")
    ids = tuple(accumulate(reader.varint() for _ in range(count)))
    if ids[-1] > 0xFFFF:
        raise BitstreamCorrupt("the label map declares a class id beyond 65535")
    return ids


def label_ids(data: bytes, shape: tuple[int, int]) -> tuple[int, ...]:
    """The class ids that occur in a map, rising; read without decoding it, but for raw ids.

    Args:
        data, shape: as `decode_labels`.

    Raises:
        BitstreamError: as `decode_labels`.
    """
    prefix = _read_prefix(Reader(data, "label map"))
    _require_shape(prefix, shape)
    if prefix.method in _RAW:
        return tuple(np.unique(decode_labels(data)).tolist())
    return prefix.ids


def _require_shape(prefix: _Prefix, due: tuple[int, int]) -> None:
    if prefix.shape != due:
        height, width = prefix.shape
        raise BitstreamCorrupt(f"the label map is {height} x {width} where {due[0]} x {due[1]} was due")


def decode_labels(data: bytes, shape: tuple[int, int] | None = None) -> LabelArray:
    """Undo `encode_labels`; memory is bounded by the size that the block declares, at most 2**28 labels.

    Args:
        data: the block.
        shape: height and width that it must have, checked before anything is decoded.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the block contradicts itself or ends early.
        BitstreamUnsupported: a newer version wrote it.
    """
    reader = Reader(data, "label map")
    block = _read_prefix(reader)
    if shape is not None:
        _require_shape(block, shape)
    if block.method in _RAW:
        return _raw(block, reader, data)
    count = len(block.ids)
    lookup = np.array(block.ids, np.uint16 if block.ids[-1] > 0xFF else np.uint8)
    if block.method == Method.CONSTANT:
        return np.full(block.shape, lookup[0])
    indices = decode_method(block.method, reader, block.shape, count)
    due = np.uint8 if count <= 256 else np.uint16
    if indices.dtype != due or indices.shape != block.shape or int(indices.max()) >= count:
        raise BitstreamCorrupt("the label map holds other labels than it declares")
    labels: LabelArray = lookup[indices]
    return labels


def _raw(block: _Prefix, reader: Reader, data: bytes) -> LabelArray:
    try:
        if block.method == Method.RAW_LZMA:
            labels = decode_lzma(dtype=_BY_SIZE[reader.byte()], data=reader.rest(), shape=block.shape)
        else:
            labels = decode_jpeg_xl(data[1:], block.shape)
    except BitstreamError:
        raise
    except Exception as error:
        raise BitstreamCorrupt(f"the label map cannot be decoded: {error}") from error
    if labels.dtype not in (np.uint8, np.uint16) or labels.shape != block.shape:
        raise BitstreamCorrupt("the label map holds something else than labels")
    found: LabelArray = labels.astype(np.uint8) if int(labels.max()) <= 0xFF else labels.astype(np.uint16)
    return found
