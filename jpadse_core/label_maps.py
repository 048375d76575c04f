"""Label maps on their own, without a picture: for segmentation data sets.

A map is the block of `jpadse_core.bitstream.label_map`. With instances it is: 0x80, the length of that block (varint),
the block, and the layer of `jpadse_core.bitstream.instances`. There is no checksum: containers bring theirs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.instances import colour_instances, decode_colours, encode_colours
from jpadse_core.bitstream.label_map import decode_labels, encode_labels
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamError, SemanticsError
from jpadse_core.interfaces.labels import LabelArray

_WITH_INSTANCES = 0x80


def encode_label_map(labels: LabelArray, instances: npt.NDArray[np.integer] | None = None) -> bytes:
    """Code a label map without loss, in fewer bytes than general lossless coders need.

    Args:
        labels: uint8 or uint16 `[H, W]`, one class id per pixel.
        instances: integers `[H, W]`; pixels of one class and one number are one instance. What is kept of them are the
            boundaries between touching instances of a class.

    Returns:
        The code, the same bytes on every machine.

    Raises:
        SemanticsError: the arrays are not of that kind or have no pixel.
    """
    if not (
        isinstance(labels, np.ndarray)
        and labels.ndim == 2
        and labels.dtype.newbyteorder("=") in (np.uint8, np.uint16)
        and labels.size
    ):
        raise SemanticsError("a label map is a uint8 or uint16 array of shape [height, width], with a pixel at least")
    # Pillow reads a TIFF file of 16 bits in the file's byte order.
    labels = np.asarray(labels, np.uint8) if labels.itemsize == 1 else np.asarray(labels, np.uint16)
    block = encode_labels(labels)
    if instances is None:
        return block
    instances = np.asarray(instances)
    if instances.shape != labels.shape or not np.issubdtype(instances.dtype, np.integer):
        raise SemanticsError("instances are integers of the label map's shape")
    layer = encode_colours(labels, colour_instances(labels, instances))
    return bytes([_WITH_INSTANCES]) + write_varint(len(block)) + block + layer


def decode_label_map(data: bytes) -> LabelArray:
    """The labels of `encode_label_map`, `[H, W]`: uint8 where all ids are below 256, otherwise uint16.

    Memory is bounded by the declared size, at most 2**28 labels.

    Raises:
        BitstreamError: these are not such bytes, they are damaged, or a newer version wrote them.
    """
    block, _ = _split(data)
    return decode_labels(block)


def decode_instances(data: bytes) -> npt.NDArray[np.uint8] | None:
    """The instances of `encode_label_map` as colours, uint8 `[H, W]`; None where there are none.

    Neighbours of one class and different colours belong to different instances; colours mean nothing else.

    Raises:
        BitstreamError: as `decode_label_map`.
    """
    block, layer = _split(data)
    labels = decode_labels(block)
    return None if layer is None else decode_colours(layer, labels)


def _split(data: bytes) -> tuple[bytes, bytes | None]:
    if not isinstance(data, bytes | bytearray | memoryview):
        raise BitstreamError(f"a label map is coded as bytes, not as {type(data).__name__}")
    if data[:1] != bytes([_WITH_INSTANCES]):
        return data, None
    reader = Reader(data[1:], "label map")
    return reader.block(reader.varint()), reader.rest()
