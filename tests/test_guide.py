"""The guide: coded in a few bytes, and never leaving a tile further from the original than the plain picture."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jpadse_core import BitstreamCorrupt, BitstreamError, RgbImage
from jpadse_core.bitstream.guide import (
    FULL,
    QUARTERS,
    Guide,
    blend,
    choose_guide,
    full_strength,
    read_guide,
    write_guide,
)

_SEEDS = st.integers(0, 2**32 - 1)


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


def test_a_uniform_guide_costs_three_bytes_and_a_kodak_sized_one_few() -> None:
    assert len(write_guide(full_strength((512, 768)))) == 3
    levels = np.random.default_rng(1).integers(0, 4, (8, 12)).astype(np.uint8)
    assert len(write_guide(Guide(6, levels))) < 40


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
def test_a_body_that_is_no_guide_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(BitstreamError):
        read_guide(body, (512, 768))


def test_a_guide_for_a_smaller_picture_is_corrupt() -> None:
    levels = np.random.default_rng(1).integers(0, 4, (8, 12)).astype(np.uint8)
    with pytest.raises(BitstreamCorrupt, match="too few tiles"):
        read_guide(write_guide(Guide(6, levels)), (5120, 7680))


@given(st.binary(max_size=60))
def test_noise_is_a_guide_or_a_typed_error(noise: bytes) -> None:
    with contextlib.suppress(BitstreamError):
        assert read_guide(noise, (300, 400)).levels.max() < len(QUARTERS)
