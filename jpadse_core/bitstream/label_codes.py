"""The ways in which a map of ranks is coded, and the choice between them."""

from __future__ import annotations

import lzma
import zlib
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.jpegxl_size import bare_codestream, codestream_size
from jpadse_core.bitstream.repeats import read_lengths, without_repeats, write_lengths
from jpadse_core.bitstream.varint import Reader
from jpadse_core.bitstream.wavefront.coder import decode_ranks, encode_ranks
from jpadse_core.bitstream.wavefront.network import load_model
from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamUnsupported
from jpadse_core.interfaces.labels import LabelArray

MODEL = 3
"""The model of the wavefront coder that maps are coded with; older ones are decoded."""
MODELS = (1, 2, 3)
_LARGEST_COUNT = 256
_LARGEST_AREA, _LARGEST_WAVES, _LARGEST_SKEW = 1 << 24, 1 << 17, 8
_BUSIEST = 0.35
_LARGEST_SHARE = 0.55
_TINY = 256
_LZMA = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 24}
_SMALLEST_WINDOW = 1 << 12


class Method(IntEnum):
    """The first byte of a code."""

    CONSTANT = 0
    DEFLATE = 1
    JPEG_XL = 2
    WAVEFRONT = 3
    REPEATED = 4
    LZMA = 5
    RAW_JPEG_XL = 6
    WAVEFRONT_2 = 7
    RAW_LZMA = 8
    WAVEFRONT_3 = 9
    SMALL_WAVEFRONT_3 = 10


def encode_best(ranks: LabelArray, count: int) -> bytes:
    """The shortest code of a map of ranks below `count`, 2 or more; its first byte is the method.

    General coders are slow on maps that they cannot win: they are left out where the wavefront coder takes less than
    `_LARGEST_SHARE` of what quick LZMA does, where none of them won on anything measured: label maps at any size take
    .37 to .48 of it, patterns that JPEG XL or thorough LZMA wins take .75 at least.
    """
    candidates = []
    inner, rows, columns = without_repeats(ranks)
    if 2 * inner.size <= ranks.size:
        prefix = bytes([Method.REPEATED]) + write_lengths(rows) + write_lengths(columns)
        candidates.append(prefix + encode_best(inner, count))
    if suits_waves(ranks, count):
        code = encode_ranks(ranks.astype(np.uint8), count, load_model(MODEL))
        candidates.append(bytes([Method.WAVEFRONT_3]) + code)
    samples = _samples(ranks)
    if not candidates or min(map(len, candidates)) > _LARGEST_SHARE * len(_lzma(samples, 1)):
        candidates += [bytes([Method.LZMA]) + thorough_lzma(ranks), bytes([Method.DEFLATE]) + zlib.compress(samples, 9)]
        codestream = jpeg_xl(ranks)
        if codestream is not None:
            candidates.append(bytes([Method.JPEG_XL]) + codestream)
    return min(candidates, key=len)


def thorough_lzma(labels: LabelArray) -> bytes:
    """Raw LZMA2 of the labels, little-endian."""
    return _lzma(_samples(labels), 9 | lzma.PRESET_EXTREME)


def decode_lzma(data: bytes, dtype: np.dtype[Any], shape: tuple[int, int]) -> npt.NDArray[np.integer]:
    """Undo `thorough_lzma`; no more is expanded than the shape has room for.

    Raises:
        LZMAError, ValueError: these are not such bytes.
    """
    expander = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_LZMA])
    size = shape[0] * shape[1] * dtype.itemsize
    return np.frombuffer(expander.decompress(data, size), dtype).reshape(shape)


def _samples(labels: LabelArray) -> bytes:
    return labels.astype(labels.dtype.newbyteorder("<")).tobytes()


def _lzma(samples: bytes, preset: int) -> bytes:
    # A window no larger than it has to be: setting up one of 16 MB takes longer than coding a small map.
    window = min(max(1 << (len(samples) - 1).bit_length(), _SMALLEST_WINDOW), int(_LZMA["dict_size"]))
    return lzma.compress(samples, lzma.FORMAT_RAW, filters=[_LZMA | {"dict_size": window, "preset": preset}])


def decode_method(method: int, reader: Reader, shape: tuple[int, int], count: int) -> npt.NDArray[np.integer]:
    """Undo `encode_best`, behind its first byte.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: these are not such bytes.
        BitstreamUnsupported: a newer version wrote them.
    """
    dtype = np.dtype("u1" if count <= 256 else "<u2")
    size = shape[0] * shape[1] * dtype.itemsize
    if method == Method.REPEATED:
        rows, columns = read_lengths(reader, shape[0]), read_lengths(reader, shape[1])
        inner_method = reader.byte()
        if inner_method == Method.REPEATED:
            raise BitstreamCorrupt("the label map repeats what is repeated")
        inner = decode_method(inner_method, reader, (rows.size, columns.size), count)
        if inner.shape != (rows.size, columns.size):
            raise BitstreamCorrupt("the label map without its repeats has another size than it declares")
        return np.repeat(np.repeat(inner, rows, axis=0), columns, axis=1)
    if method == Method.WAVEFRONT:
        return _decode_waves(reader.byte(), reader, shape, count)
    if method == Method.WAVEFRONT_2:
        return _decode_waves(2, reader, shape, count)
    if method in (Method.WAVEFRONT_3, Method.SMALL_WAVEFRONT_3):
        return _decode_waves(3, reader, shape, count)
    data = reader.rest()
    try:
        if method == Method.DEFLATE:
            return np.frombuffer(zlib.decompressobj().decompress(data, size), dtype).reshape(shape)
        if method == Method.LZMA:
            return decode_lzma(data, dtype, shape)
        if method == Method.JPEG_XL:
            return decode_jpeg_xl(data, shape)
    except BitstreamError:
        raise
    except Exception as error:
        raise BitstreamCorrupt(f"the label map cannot be decoded: {error}") from error
    raise BitstreamUnsupported(f"the label map uses method {method}: pip install --upgrade jpadse")


def jpeg_xl(labels: LabelArray) -> bytes | None:
    """A lossless codestream; None where the format or its coder cannot hold the map."""
    if min(labels.shape) == 1:
        return None
    import imagecodecs

    codestream = bytes(imagecodecs.jpegxl_encode(labels, lossless=True, effort=8, numthreads=1))
    # Effort 9 took 100 times as long as effort 8 on diagonal stripes, and won nothing.
    if len(codestream) > _TINY or int(labels.max()) <= 1:
        codestream = bytes(imagecodecs.jpegxl_encode(labels, lossless=True, effort=9, numthreads=1))
    return bare_codestream(codestream)


def decode_jpeg_xl(data: bytes, shape: tuple[int, int]) -> npt.NDArray[np.integer]:
    """Undo `jpeg_xl`; a codestream of another size is refused before it is decoded."""
    if codestream_size(data) != shape:
        raise BitstreamCorrupt("the label map's codestream has another size than it declares")
    import imagecodecs

    decoded: npt.NDArray[np.integer] = np.asarray(imagecodecs.jpegxl_decode(data, numthreads=1))
    return decoded


def suits_waves(ranks: LabelArray, count: int, most_changes: float = _BUSIEST) -> bool:
    """Whether the wavefront coder codes a map in reasonable time, and the map is not mere noise.

    Args:
        ranks: the map.
        count: number of labels.
        most_changes: the largest share of neighbours that differ.
    """
    height, width = ranks.shape
    if count > _LARGEST_COUNT or not _in_bounds(ranks.shape):
        return False
    changes = np.count_nonzero(ranks[1:] != ranks[:-1]) + np.count_nonzero(ranks[:, 1:] != ranks[:, :-1])
    return bool(changes <= most_changes * 2 * height * width)


def _in_bounds(shape: tuple[int, ...]) -> bool:
    return shape[0] * shape[1] <= _LARGEST_AREA and shape[1] + _LARGEST_SKEW * shape[0] <= _LARGEST_WAVES


def _decode_waves(model: int, reader: Reader, shape: tuple[int, int], count: int) -> npt.NDArray[np.integer]:
    if model not in MODELS:
        raise BitstreamUnsupported(f"the label map uses model {model}: pip install --upgrade jpadse")
    first = reader.byte() if model == 1 else None
    if (first or 0) >= count or count > _LARGEST_COUNT or not _in_bounds(shape):
        raise BitstreamCorrupt("the label map is larger than its method allows")
    return decode_ranks(reader.rest(), shape, count, load_model(model), first=first)
