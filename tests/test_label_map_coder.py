"""The label map's lossless coding: every map comes back, and no bytes do harm."""

from __future__ import annotations

import contextlib
import itertools
import tracemalloc
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, BitstreamUnsupported, RgbImage
from jpadse_core.bitstream.label_map import decode_labels, encode_labels, label_ids
from jpadse_core.bitstream.varint import Reader, write_varint

_MAPS = st.one_of(
    arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 255)),
    arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.sampled_from([0, 3, 200])),
    arrays(np.uint16, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 65535)),
)


def block(method: int, width: int, height: int, ids: list[int], data: bytes = b"") -> bytes:
    """A label map block put together by hand."""
    steps = [ids[0], *(second - first for first, second in itertools.pairwise(ids))] if ids else []
    return bytes([method]) + b"".join(map(write_varint, (width, height, len(ids), *steps))) + data


def bands(picture: RgbImage) -> np.ndarray:
    return (picture.mean(axis=2) // 40).astype(np.uint8)


@given(_MAPS)
def test_every_map_comes_back_as_it_was(labels: np.ndarray) -> None:
    decoded = decode_labels(encode_labels(labels))
    assert np.array_equal(decoded, labels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (129, 257)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_maps_of_odd_shapes_come_back(shape: tuple[int, int], dtype: type) -> None:
    labels = np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape, endpoint=True).astype(dtype)
    assert np.array_equal(decode_labels(encode_labels(labels)), labels)


def test_more_classes_than_a_byte_counts_come_back() -> None:
    labels = np.arange(70_000, dtype=np.uint32).reshape(250, 280).astype(np.uint16)
    assert np.array_equal(decode_labels(encode_labels(labels)), labels)


def test_a_map_of_one_class_costs_a_handful_of_bytes() -> None:
    labels = np.full((500, 700), 19, np.uint8)
    coded = encode_labels(labels)
    assert len(coded) <= 8
    assert np.array_equal(decode_labels(coded), labels)


def test_a_photographs_map_is_smaller_than_deflate_makes_it(astronaut: RgbImage) -> None:
    labels = bands(astronaut)
    assert len(encode_labels(labels)) < 0.8 * len(zlib.compress(labels.tobytes(), 9))


def test_a_map_that_is_not_contiguous_comes_back(astronaut: RgbImage) -> None:
    labels = bands(astronaut)[::2, ::-3]
    assert np.array_equal(decode_labels(encode_labels(labels)), labels)


def test_coding_is_deterministic(astronaut: RgbImage) -> None:
    assert encode_labels(bands(astronaut)) == encode_labels(bands(astronaut))


def test_no_truncation_gives_another_map(coffee: RgbImage) -> None:
    for labels in (bands(coffee)[::4, ::4], bands(coffee)[:1], np.full((9, 9), 200, np.uint8)):
        coded = encode_labels(labels)
        refused = 0
        for length in range(0, len(coded), max(len(coded) // 60, 1)):
            try:
                assert np.array_equal(decode_labels(coded[:length]), labels)
            except BitstreamError:
                refused += 1
        assert refused > min(len(coded), 60) * 0.8


def test_flipped_bytes_are_a_typed_error_or_another_map_of_bounded_size(coffee: RgbImage) -> None:
    coded = encode_labels(bands(coffee)[::4, ::4])
    refused = 0
    for position in range(0, len(coded), 3):
        damaged = bytearray(coded)
        damaged[position] ^= 0x41
        try:
            assert decode_labels(bytes(damaged)).size <= 1 << 28
        except BitstreamError:
            refused += 1
    assert refused


@given(st.binary(max_size=60), st.integers(0, 3))
def test_noise_is_a_typed_error_or_a_map(noise: bytes, method: int) -> None:
    reader = Reader(noise, "noise")
    try:
        area = reader.varint() * reader.varint()
    except BitstreamError:
        area = 0
    assume(area <= 1 << 20)
    with contextlib.suppress(BitstreamError):
        assert decode_labels(bytes([method]) + noise).ndim == 2


@pytest.mark.parametrize("method", [0, 1, 2])
def test_a_giant_declared_size_is_refused_before_memory_is_asked_for(method: int) -> None:
    hostile = block(method, 1 << 20, 1 << 20, [0, 1], b"\xff\x0a" + bytes(50))
    tracemalloc.start()
    with pytest.raises(BitstreamCorrupt, match="declares"):
        decode_labels(hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_codestream_larger_than_declared_is_refused_before_it_is_decoded() -> None:
    large = bytes(imagecodecs.jpegxl_encode(np.zeros((3000, 3000), np.uint8), lossless=True, numthreads=1))
    with pytest.raises(BitstreamCorrupt, match="another size"):
        decode_labels(block(2, 8, 8, [0, 1], large))


def test_an_inflated_map_stops_at_the_declared_size() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    tracemalloc.start()
    decoded = decode_labels(block(1, 8, 8, [5, 6], bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert decoded.shape == (8, 8)
    assert peak < 1 << 20


@pytest.mark.parametrize(
    "hostile",
    [
        block(0, 0, 4, [1]),
        block(0, 4, 4, []),
        block(0, 2, 1, [0, 1, 2]),
        block(0, 4, 4, [70_000]),
        block(1, 2, 2, [0, 1], zlib.compress(bytes([0, 1, 2, 0]))),
        block(1, 2, 2, [0, 1], zlib.compress(bytes(3))),
        block(1, 2, 2, [0, 1], b"not deflated"),
        block(2, 2, 2, [0, 1], b"not a codestream"),
        b"\x08\x01\x01\x03" + bytes(20),
        b"\x08\x01\x01\x01not LZMA",
    ],
    ids=["no-width", "no-class", "more-classes-than-labels", "id-beyond-65535", "undeclared-rank", "too-short",
         "no-deflate", "no-codestream", "ids-of-three-bytes", "no-lzma"],
)  # fmt: skip
def test_a_block_that_contradicts_itself_is_corrupt(hostile: bytes) -> None:
    with pytest.raises(BitstreamCorrupt):
        decode_labels(hostile)


def test_a_codestream_of_floats_is_corrupt() -> None:
    floats = bytes(imagecodecs.jpegxl_encode(np.zeros((4, 4), np.float32), lossless=True, numthreads=1))
    with pytest.raises(BitstreamCorrupt):
        decode_labels(block(2, 4, 4, [0, 1], floats))


def test_class_ids_that_overflow_are_corrupt() -> None:
    steps = b"".join(map(write_varint, (4, 4, 3, (1 << 63) - 1, 2, 7)))
    with pytest.raises(BitstreamCorrupt, match="beyond 65535"):
        decode_labels(b"\x01" + steps + zlib.compress(bytes(16)))


def test_a_method_of_the_future_says_what_to_upgrade() -> None:
    with pytest.raises(BitstreamUnsupported, match="pip install --upgrade jpadse"):
        decode_labels(block(99, 4, 4, [1]))


def test_an_empty_block_is_truncated() -> None:
    with pytest.raises(BitstreamTruncated):
        decode_labels(b"")


@pytest.mark.parametrize("labels", [np.zeros((40, 30), np.uint8), np.arange(1200, dtype=np.uint16).reshape(40, 30)])
def test_a_map_of_another_size_than_its_picture_asks_for_is_not_decoded(labels: NDArray[Any]) -> None:
    block = encode_labels(labels)
    assert label_ids(block, (40, 30)) == tuple(np.unique(labels).tolist())
    for read in (label_ids, decode_labels):
        with pytest.raises(BitstreamCorrupt, match="is 40 x 30 where 30 x 40 was due"):
            read(block, (30, 40))
