"""Lossless coding of label maps.

The block is: method (1 byte), width, height, number of classes that occur, their ids as differences (varints), then the
method's data: nothing for one class, otherwise the map with ids replaced by their rank.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.jpegxl_size import codestream_size, is_codestream
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamUnsupported
from jpadse_core.interfaces.labels import LabelArray

_LARGEST_AREA = 1 << 28


class _Method(IntEnum):
    CONSTANT = 0
    DEFLATE = 1
    JPEG_XL = 2


def encode_labels(labels: LabelArray) -> bytes:
    """Code a map without loss, by whichever method is shortest.

    Args:
        labels: uint8 or uint16 `[h, w]`.
    """
    ids, ranks = np.unique(labels, return_inverse=True)
    indices = ranks.reshape(labels.shape).astype(np.uint8 if ids.size <= 256 else np.uint16)
    height, width = labels.shape
    steps = np.diff(ids.astype(np.int64), prepend=0)
    prefix = b"".join(write_varint(int(number)) for number in (width, height, ids.size, *steps))
    if ids.size == 1:
        return bytes([_Method.CONSTANT]) + prefix
    candidates = {_Method.DEFLATE: zlib.compress(indices.astype(indices.dtype.newbyteorder("<")).tobytes(), 9)}
    if min(labels.shape) > 1:
        import imagecodecs

        codestream = bytes(imagecodecs.jpegxl_encode(indices, lossless=True, effort=9, numthreads=1))
        if is_codestream(codestream):
            candidates[_Method.JPEG_XL] = codestream
    method = min(candidates, key=lambda candidate: len(candidates[candidate]))
    return bytes([method]) + prefix + candidates[method]


@dataclass(frozen=True)
class _Prefix:
    method: _Method
    shape: tuple[int, int]
    ids: tuple[int, ...]


def _read_prefix(reader: Reader) -> _Prefix:
    number = reader.byte()
    if number not in list(_Method):
        raise BitstreamUnsupported(f"the label map uses method {number}: pip install --upgrade jpadse")
    width, height, count = reader.varint(), reader.varint(), reader.varint()
    if not 0 < width * height <= _LARGEST_AREA or not 0 < count <= min(width * height, 0x10000):
        raise BitstreamCorrupt(f"the label map declares {count} classes on {width} x {height}")
    ids = tuple(accumulate(reader.varint() for _ in range(count)))
    if ids[-1] > 0xFFFF:
        raise BitstreamCorrupt("the label map declares a class id beyond 65535")
    return _Prefix(_Method(number), (height, width), ids)


def label_ids(data: bytes) -> tuple[int, ...]:
    """The class ids that occur in a map, rising, read without decoding it.

    Raises:
        BitstreamError: as `decode_labels`.
    """
    return _read_prefix(Reader(data, "label map")).ids


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
    height, width = block.shape
    if shape is not None and block.shape != shape:
        raise BitstreamCorrupt(f"the label map is {height} x {width} where {shape[0]} x {shape[1]} was due")
    count = len(block.ids)
    lookup = np.array(block.ids, np.uint16 if block.ids[-1] > 0xFF else np.uint8)
    if block.method is _Method.CONSTANT:
        return np.full(block.shape, lookup[0])
    indices = _indices(block.method, reader.rest(), block.shape, count)
    due = np.uint8 if count <= 256 else np.uint16
    if indices.dtype != due or indices.shape != (height, width) or int(indices.max()) >= count:
        raise BitstreamCorrupt("the label map holds other labels than it declares")
    labels: LabelArray = lookup[indices]
    return labels


def _indices(method: _Method, data: bytes, shape: tuple[int, int], count: int) -> npt.NDArray[np.integer]:
    dtype = np.dtype("u1" if count <= 256 else "<u2")
    try:
        if method is _Method.DEFLATE:
            size = shape[0] * shape[1] * dtype.itemsize
            inflater = zlib.decompressobj()
            return np.frombuffer(inflater.decompress(data, size), dtype).reshape(shape)
        if codestream_size(data) != shape:
            raise BitstreamCorrupt("the label map's codestream has another size than it declares")
        import imagecodecs

        decoded: npt.NDArray[np.integer] = np.asarray(imagecodecs.jpegxl_decode(data, numthreads=1))
        return decoded
    except BitstreamError:
        raise
    except Exception as error:
        raise BitstreamCorrupt(f"the label map cannot be decoded: {error}") from error
