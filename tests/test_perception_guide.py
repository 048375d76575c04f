"""The perception guide: coded in a few bytes, applied evenly, and chosen so that texture is as strong as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Finished
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from test_memory import peak_of
from toys import ToyEnhancer

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    DialEnhancer,
    EnhancementLost,
    EnhancerError,
    Hints,
    Pipeline,
    Preference,
    RgbImage,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.bitstream.binary_coder import BinaryEncoder
from jpadse_core.bitstream.perception_guide import (
    WHOLE,
    PerceptionGuide,
    cheapest,
    read_perception_guide,
    weave,
    write_perception_guide,
)
from jpadse_core.bitstream.tiles import code_tile_size
from jpadse_core.builtin.default_enhancer import DefaultEnhancer
from jpadse_core.texture_choice import choose_perception_guide

_PICTURES = arrays(np.uint8, (40, 70, 3))


def noisy(rgb: RgbImage, strength: int) -> RgbImage:
    noise = np.random.default_rng(1).integers(-strength, strength + 1, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


@given(
    seed=st.integers(0, 2**32 - 1), height=st.integers(1, 150), width=st.integers(1, 150), tile_log2=st.integers(3, 12)
)
def test_every_guide_comes_back(seed: int, height: int, width: int, tile_log2: int) -> None:
    side = 1 << tile_log2
    levels = np.random.default_rng(seed).integers(0, 3, (-(-height // side), -(-width // side))).astype(np.uint8)
    body = write_perception_guide(PerceptionGuide(tile_log2, levels))
    decoded = read_perception_guide(body, (height, width))
    assert (decoded.tile_log2, decoded.levels.tolist()) == (tile_log2, levels.tolist())


def test_a_guide_is_always_written_in_these_bytes() -> None:
    levels = np.arange(35).reshape(5, 7).astype(np.uint8) % 3
    assert write_perception_guide(PerceptionGuide(5, levels)).hex() == "fe34a3f9fab15c96"
    assert write_perception_guide(PerceptionGuide(4, levels)).hex() == "fffeff480931ca5b061cab"


def test_guides_cost_few_bytes() -> None:
    alike = [PerceptionGuide(5, np.full((16, 24), level, np.uint8)) for level in range(WHOLE + 1)]
    assert [len(write_perception_guide(guide)) for guide in alike] == [6, 5, 1]


@given(noise=st.binary(max_size=40))
def test_noise_is_a_guide_or_a_typed_error(noise: bytes) -> None:
    try:
        guide = read_perception_guide(noise, (100, 128))
    except BitstreamError:
        return
    assert guide.levels.max() <= WHOLE


def test_a_body_that_is_no_guide_is_corrupt() -> None:
    encoder = BinaryEncoder()
    code_tile_size(encoder, 13, 5)
    with pytest.raises(BitstreamCorrupt, match="perception guide's tile size"):
        read_perception_guide(encoder.finish(), (64, 64))
    with pytest.raises(BitstreamCorrupt, match="perception guide has more bytes"):
        read_perception_guide(bytes(33), (64, 64))


@given(calm=_PICTURES, textured=_PICTURES, levels=arrays(np.uint8, (2, 3), elements=st.integers(0, 2)))
def test_the_woven_picture_lies_between_the_two(calm: RgbImage, textured: RgbImage, levels: Any) -> None:
    woven = weave(calm, textured, PerceptionGuide(5, levels))
    assert (woven >= np.minimum(calm, textured)).all()
    assert (woven <= np.maximum(calm, textured)).all()
    for level, picture in ((0, calm), (WHOLE, textured)):
        assert (weave(calm, textured, PerceptionGuide(5, np.full((2, 3), level, np.uint8))) == picture).all()


def test_the_share_runs_evenly_from_tile_to_tile() -> None:
    calm, textured = np.zeros((64, 96, 3), np.uint8), np.full((64, 96, 3), 200, np.uint8)
    woven = weave(calm, textured, PerceptionGuide(5, np.array([[0, 2, 0], [0, 2, 1]], np.uint8)))
    for axis in (0, 1):
        assert np.abs(np.diff(woven.astype(int), axis=axis)).max() <= 200 / 32 + 1


def levels_of(original: RgbImage, calm: RgbImage, textured: RgbImage, size: int = 20_000) -> Any:
    body = choose_perception_guide(original, calm, textured, size)
    assert body is not None
    return read_perception_guide(body, original.shape[:2]).levels


def test_texture_that_the_original_has_is_taken_and_other_is_left(coffee: RgbImage) -> None:
    textured = noisy(coffee, 20)
    assert choose_perception_guide(textured, coffee, textured, 20_000) is None
    assert (levels_of(coffee, coffee, textured) == 0).all()
    original = coffee.copy()
    original[:, :64] = textured[:, :64]
    levels = levels_of(original, coffee, textured)
    assert (levels[:, :2] == WHOLE).all()
    assert (levels[:, 2:] == 0).all()


def test_half_a_texture_is_half_a_share(coffee: RgbImage) -> None:
    calm = np.full_like(coffee, 128)
    assert (levels_of(noisy(calm, 20), calm, noisy(calm, 40)) == 1).all()


def test_what_a_file_of_so_many_bytes_can_pay_for_is_sent(coffee: RgbImage) -> None:
    textured = noisy(coffee, 20)
    original = coffee.copy()
    original[:, 64:96] = textured[:, 64:96]
    assert choose_perception_guide(original, coffee, textured, 20) is None
    assert (levels_of(original, coffee, textured, 20_000)[:, 2] == WHOLE).all()


def test_a_bit_is_spent_where_it_brings_more_than_it_costs() -> None:
    errors = np.zeros((3, 6, 6))
    errors[WHOLE, 2, 2] = 0.1
    assert cheapest(errors, 0.001).levels[2, 2] == 1
    assert (cheapest(errors, 1.0).levels == WHOLE).all()


@pytest.mark.parametrize("shape", [(1, 100), (2, 2), (33, 31), (34, 66)])
def test_pictures_of_any_size(shape: tuple[int, int]) -> None:
    calm = np.full((*shape, 3), 128, np.uint8)
    body = choose_perception_guide(calm, calm, noisy(calm, 90), 1000)
    assert body is not None
    guide = read_perception_guide(body, shape)
    assert guide.levels.tolist() == np.zeros((-(-shape[0] // 32), -(-shape[1] // 32))).tolist()
    assert (weave(calm, noisy(calm, 90), guide) == calm).all()


def test_a_picture_of_one_pixel_has_no_texture() -> None:
    calm = np.full((1, 1, 3), 128, np.uint8)
    assert choose_perception_guide(calm, calm, calm + 60, 1000) is None


def test_choosing_and_weaving_cost_less_memory_than_the_picture_again() -> None:
    calm = np.random.default_rng(0).integers(0, 256, (2000, 1500, 3), np.uint8)
    assert peak_of(lambda: choose_perception_guide(calm, calm, calm, 1000)) < calm.size / 2
    guide = PerceptionGuide(5, np.ones((63, 47), np.uint8))
    assert peak_of(lambda: weave(calm, calm, guide)) < calm.size * 1.5


class TextureEnhancer:
    """Knows the original, and weaves noise into it for perception, all at once or one by one."""

    name = "texture"

    def __init__(self, original: RgbImage) -> None:
        self.original = original
        self.asked: list[int] = []

    def enhance(self, rgb: RgbImage, semantics: object, hints: object, preference: Preference) -> RgbImage:
        self.asked.append(1)
        return noisy(self.original, round(40 * preference.perception))

    def enhance_all(
        self, rgb: RgbImage, semantics: object, hints: object, preferences: Sequence[Preference]
    ) -> list[RgbImage]:
        self.asked.append(len(preferences))
        return [noisy(self.original, round(40 * preference.perception)) for preference in preferences]


def textured_pipeline(original: RgbImage) -> Pipeline:
    return build_pipeline("jpeg", None, TextureEnhancer(original), quality=10)


def test_a_picture_without_texture_is_left_without(coffee: RgbImage) -> None:
    pipeline = textured_pipeline(coffee)
    file = pipeline.encode(coffee)
    assert file.sections["perception_guide"] < 16
    assert (pipeline.decode(file, "perception") == coffee).all()


def test_one_call_makes_both_pictures_where_the_enhancer_can(coffee: RgbImage) -> None:
    pipeline = textured_pipeline(coffee)
    enhancer = pipeline.enhancer
    assert isinstance(enhancer, TextureEnhancer)
    assert isinstance(enhancer, DialEnhancer)
    file = pipeline.encode(coffee)
    for preference in ("distortion", "accuracy", (0.5, 0.5, 0.0)):
        pipeline.decode(file, preference)
    assert enhancer.asked == [2, 1, 1, 2]


def test_too_few_pictures_are_a_typed_error(coffee: RgbImage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextureEnhancer, "enhance_all", lambda self, rgb, *_: [rgb])
    with pytest.raises(EnhancerError, match='"texture" returned 1 pictures where 2 were due'):
        textured_pipeline(coffee).encode(coffee)


def test_several_points_at_once_are_the_same_as_one_by_one(coffee: RgbImage) -> None:
    enhancer, hints = DefaultEnhancer(), Hints("jpeg", 0.3, 9 / 99)
    points = [Preference.of(point) for point in ("distortion", "perception", (0.2, 0.5, 0.3))]
    assert isinstance(enhancer, DialEnhancer)
    together = enhancer.enhance_all(coffee, None, hints, points)
    for picture, point in zip(together, points, strict=True):
        assert np.abs(picture.astype(int) - enhancer.enhance(coffee, None, hints, point)).max() <= 1


def test_the_other_corners_do_not_see_it_and_a_file_can_do_without(coffee: RgbImage) -> None:
    with_it = build_pipeline("jpeg", None, quality=5).encode(coffee)
    without = build_pipeline("jpeg", None, quality=5, perception_guide=False).encode(coffee)
    assert "perception_guide" not in without.sections
    assert 8 <= len(with_it) - len(without) == with_it.sections["perception_guide"] + 1 < 60
    for corner in ("distortion", "accuracy"):
        assert (decode(with_it, corner) == decode(without, corner)).all()
    assert (decode(with_it, "perception") != decode(without, "perception")).any()


def test_perceptions_texture_is_as_strong_as_the_originals(coffee: RgbImage) -> None:
    """Tile by tile, by a measure of the test's own: spread within blocks of 4 by 4."""

    def contrast(rgb: RgbImage) -> Any:
        grey = rgb[: rgb.shape[0] // 4 * 4, : rgb.shape[1] // 4 * 4].mean(axis=2)
        blocks = grey.reshape(grey.shape[0] // 4, 4, -1, 4)
        return np.log(blocks.std(axis=(1, 3)) + 2)

    errors = []
    for guided in (True, False):
        file = build_pipeline("jpeg", None, quality=5, perception_guide=guided).encode(coffee)
        errors.append(np.abs(contrast(decode(file, "perception")) - contrast(coffee)).mean())
    assert errors[0] < 0.97 * errors[1]


def test_a_damaged_one_costs_the_enhancement_never_the_picture(coffee: RgbImage) -> None:
    file = bytearray(build_pipeline("jpeg", None, quality=5).encode(coffee))
    section = file.index(b"JPSE\0") + 7
    tail = file.index(b"\x82", section + 10)
    file[tail + 8] ^= 1
    with pytest.warns(EnhancementLost, match="perception_guide"):
        assert (decode(bytes(file), "perception") == decode(bytes(file), enhance=False)).all()


def test_the_command_line_leaves_it_out(jpadse: Callable[..., Finished], coffee: RgbImage, tmp_path: Path) -> None:
    photo, sizes = tmp_path / "photo.png", []
    Image.fromarray(coffee).save(photo)
    for option in ((), ("--no-perception-guide",)):
        target = tmp_path / "a.jpg"
        assert jpadse("encode", photo, "-o", target, "--semantics", "none", "-q", "5", *option).code == 0
        assert ("perception_guide" in {section.name for section in read_info(target).sections}) == (not option)
        sizes.append(target.stat().st_size)
    assert sizes[0] > sizes[1]


def test_an_enhancer_of_one_point_at_a_time_serves_too(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, ToyEnhancer(), quality=10)
    file = pipeline.encode(coffee)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pipeline.decode(file, "perception").shape == coffee.shape
