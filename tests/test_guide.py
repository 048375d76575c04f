"""The guide: coded in a few bytes, and never leaving a tile further from the original than the plain picture."""

from __future__ import annotations

import contextlib
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jpadse_core import BitstreamCorrupt, BitstreamError, RgbImage
from jpadse_core.bitstream.binary_coder import BinaryDecoder, BinaryEncoder
from jpadse_core.bitstream.guide import (
    FULL,
    QUARTERS,
    Guide,
    blend,
    choose_guide,
    full_strength,
    read_guide,
    read_guide_of_version_1,
    write_guide,
)

_SEEDS = st.integers(0, 2**32 - 1)


def deflated(packed: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(packed) + deflater.flush()


def pictures(seed: int, shape: tuple[int, int]) -> tuple[RgbImage, RgbImage, RgbImage]:
    """An original and two versions of it, one of them better here and worse there."""
    random = np.random.default_rng(seed)
    original = random.integers(0, 256, (*shape, 3), np.uint8)
    noise = random.integers(-20, 21, original.shape)
    base = np.clip(original + noise, 0, 255).astype(np.uint8)
    pull = np.where(np.arange(shape[1]) // 64 % 2, 0.4, -0.8)[None, :, None]
    enhanced = np.clip(base - noise * pull, 0, 255).astype(np.uint8)
    return original, base, enhanced


def tile_errors(original: RgbImage, picture: RgbImage, side: int) -> np.ndarray:
    error = (original.astype(np.int64) - picture) ** 2
    rows, columns = (np.arange(0, length, side) for length in original.shape[:2])
    return np.add.reduceat(np.add.reduceat(error.sum(axis=2), rows, axis=0), columns, axis=1)


@given(seed=_SEEDS, height=st.integers(1, 150), width=st.integers(1, 150))
def test_no_tile_is_further_from_the_original_than_in_the_plain_picture(seed: int, height: int, width: int) -> None:
    original, base, enhanced = pictures(seed, (height, width))
    guide = choose_guide(original, base, enhanced)
    side = 1 << guide.tile_log2
    blended = blend(base, enhanced, guide)
    assert (tile_errors(original, blended, side) <= tile_errors(original, base, side)).all()


@given(original=arrays(np.uint8, (5, 70, 3)), base=arrays(np.uint8, (5, 70, 3)), enhanced=arrays(np.uint8, (5, 70, 3)))
def test_no_harm_whatever_the_three_pictures(original: RgbImage, base: RgbImage, enhanced: RgbImage) -> None:
    guide = choose_guide(original, base, enhanced)
    blended = blend(base, enhanced, guide)
    side = 1 << guide.tile_log2
    assert (tile_errors(original, blended, side) <= tile_errors(original, base, side)).all()


def test_a_perfect_enhancer_gets_full_strength_and_a_harmful_one_none(coffee: RgbImage) -> None:
    base = np.clip(coffee.astype(np.int16) + 20, 0, 255).astype(np.uint8)
    assert (choose_guide(coffee, base, coffee).levels == FULL).all()
    assert (choose_guide(coffee, base, 255 - coffee).levels == 0).all()


def test_strength_follows_each_tile(coffee: RgbImage) -> None:
    base = np.clip(coffee.astype(np.int16) + 20, 0, 255).astype(np.uint8)
    enhanced = coffee.copy()
    enhanced[:64, :64] = 255 - base[:64, :64]
    levels = choose_guide(coffee, base, enhanced).levels
    assert levels[0, 0] == 0
    assert (levels.ravel()[1:] == FULL).all()


def test_blending_at_no_strength_is_the_base_and_at_full_strength_the_enhanced_picture(coffee: RgbImage) -> None:
    enhanced = 255 - coffee
    nothing = Guide(6, np.zeros_like(full_strength(coffee.shape[:2]).levels))
    assert np.array_equal(blend(coffee, enhanced, nothing), coffee)
    assert np.array_equal(blend(coffee, enhanced, full_strength(coffee.shape[:2])), enhanced)


def test_blending_past_the_enhanced_picture_is_clipped_not_wrapped() -> None:
    base, enhanced = np.full((8, 8, 3), 20, np.uint8), np.zeros((8, 8, 3), np.uint8)
    past = Guide(3, np.full((1, 1), len(QUARTERS) - 1, np.uint8))
    assert (blend(base, enhanced, past) == 0).all()


@given(seed=_SEEDS, height=st.integers(1, 900), width=st.integers(1, 900), tile_log2=st.integers(3, 12))
def test_every_guide_comes_back(seed: int, height: int, width: int, tile_log2: int) -> None:
    counts = -(-height // (1 << tile_log2)), -(-width // (1 << tile_log2))
    levels = np.random.default_rng(seed).integers(0, 4, counts).astype(np.uint8)
    decoded = read_guide(write_guide(Guide(tile_log2, levels)), (height, width))
    assert decoded.tile_log2 == tile_log2
    assert np.array_equal(decoded.levels, levels)


def test_guides_cost_few_bytes() -> None:
    assert [len(write_guide(Guide(6, np.full((8, 12), level, np.uint8)))) for level in range(4)] == [7, 4, 1, 3]
    levels = np.random.default_rng(1).integers(0, 4, (8, 12)).astype(np.uint8)
    assert len(write_guide(Guide(6, levels))) < 34  # noise, which the code is not made for


def test_a_guide_is_always_written_in_these_bytes() -> None:
    rows = ["222222223333", "222122233333", "221112222232", "221101122222", "211000122222", "221112222222", "2" * 12]
    levels = np.array([[int(level) for level in row] for row in rows], np.uint8)
    assert write_guide(Guide(6, levels)).hex() == "2f30e0af245004d4bde6"
    assert write_guide(Guide(3, levels)).hex() == "ffffe5c99b2dbf481dd565b8"


@pytest.mark.parametrize("body", [b"\xff" * 12, b"\0" * 6 + b"\1"])
def test_a_body_that_is_no_guide_is_corrupt(body: bytes) -> None:
    with pytest.raises(BitstreamCorrupt):
        read_guide(body, (64, 64))


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        (b"\x06\x00\x03", [[3, 3], [3, 3]]),
        (b"\x06\x01" + deflated(bytes([0b11100100])), [[0, 1], [2, 3]]),
        (b"\x07\x01" + deflated(b"\2"), [[2]]),
    ],
)
def test_a_guide_of_version_1_is_read(body: bytes, levels: list[list[int]]) -> None:
    guide = read_guide_of_version_1(body, (100, 128))
    assert guide.tile_log2 == body[0]
    assert guide.levels.tolist() == levels


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x06",
        b"\x06\x00",
        b"\x06\x00\x04",
        b"\x02\x00\x01",
        b"\x0d\x00\x01",
        b"\x06\x02\x01",
        b"\x06\x01\xff\xff",
    ],
)
def test_a_body_that_is_no_guide_of_version_1_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(BitstreamError):
        read_guide_of_version_1(body, (512, 768))


def test_a_guide_of_version_1_for_a_smaller_picture_is_corrupt() -> None:
    with pytest.raises(BitstreamCorrupt, match="too few tiles"):
        read_guide_of_version_1(b"\x06\x01" + deflated(bytes(24)), (5120, 7680))


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([1, 300, 32_768, 65_000, 65_535]) | st.integers(1, 65_535)),
        max_size=200,
    )
)
def test_any_bits_of_any_probability_come_back_from_the_range_coder(bits: list[tuple[bool, int]]) -> None:
    encoder = BinaryEncoder()
    for bit, probability in bits:
        encoder.code(bit, probability)
    decoder = BinaryDecoder(encoder.finish())
    assert [decoder.code(False, probability) for _, probability in bits] == [bit for bit, _ in bits]
    assert not decoder.overlong


@given(st.binary(max_size=60))
def test_noise_is_a_guide_or_a_typed_error(noise: bytes) -> None:
    for read in (read_guide, read_guide_of_version_1):
        with contextlib.suppress(BitstreamError):
            assert read(noise, (300, 400)).levels.max() < len(QUARTERS)
