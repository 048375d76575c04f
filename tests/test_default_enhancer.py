"""The shipped enhancer: seamless tiles, any size, grey stays grey, and it serves without semantics."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from toys import ToyExtractor

from jpadse_core import Hints, Preference, RgbImage
from jpadse_core.builtin import network_enhancer
from jpadse_core.builtin.conditioning import HINT_SIZE, hint_vector
from jpadse_core.builtin.default_enhancer import DefaultEnhancer
from jpadse_core.builtin.jpeg import JpegCodec, JpegOptions
from jpadse_core.distortion import psnr

HINTS = Hints("jpeg", 0.3, 9 / 99)
CORNERS = [Preference(0, 0, 1), Preference(1, 0, 0), Preference(0, 1, 0)]


def coded(picture: RgbImage) -> RgbImage:
    codec = JpegCodec()
    return codec.decode(codec.encode(picture, JpegOptions(quality=10)))


@pytest.mark.parametrize("preference", CORNERS, ids=["distortion", "perception", "accuracy"])
def test_tiles_have_no_seams(rocket: RgbImage, preference: Preference, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = coded(np.tile(rocket, (2, 2, 1)))
    semantics = ToyExtractor().extract(picture)
    whole = DefaultEnhancer().enhance(picture, semantics, HINTS, preference)
    monkeypatch.setattr(network_enhancer, "_TILE", 128)
    tiled = DefaultEnhancer().enhance(picture, semantics, HINTS, preference)
    assert np.abs(whole.astype(int) - tiled).max() <= 1
    assert (whole != tiled).mean() < 0.001


@pytest.mark.parametrize("with_map", [True, False])
def test_grey_stays_grey(coffee: RgbImage, with_map: bool) -> None:
    grey = coded(np.repeat(coffee[..., 1:2], 3, axis=2))
    semantics = ToyExtractor().extract(grey) if with_map else None
    enhanced = DefaultEnhancer().enhance(grey, semantics, HINTS, CORNERS[0])
    assert (enhanced[..., :1] == enhanced).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 1500), (1500, 1), (17, 33), (64, 64), (99, 131)])
@pytest.mark.parametrize("with_map", [True, False])
def test_any_size_with_and_without_semantics(shape: tuple[int, int], with_map: bool) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    semantics = ToyExtractor().extract(picture) if with_map else None
    enhanced = DefaultEnhancer().enhance(picture, semantics, HINTS, CORNERS[0])
    assert enhanced.shape == picture.shape
    assert enhanced.dtype == np.uint8
    assert enhanced.flags.c_contiguous


@pytest.mark.parametrize(
    "hints",
    [Hints(), Hints("a-codec-of-tomorrow", 0.2), Hints("webp", None, 0.1), Hints("jpeg", 0.0, 2.0)],
    ids=["none", "unknown-codec", "no-rate", "strange-values"],
)
def test_it_serves_a_codec_it_has_never_seen(coffee: RgbImage, hints: Hints) -> None:
    base = coded(coffee)
    enhanced = DefaultEnhancer().enhance(base, None, hints, CORNERS[0])
    assert np.abs(enhanced.astype(int) - base).mean() < 20


def test_it_brings_a_coarse_jpeg_nearer_to_the_original(astronaut: RgbImage, rocket: RgbImage) -> None:
    for original in (astronaut, rocket):
        base = coded(original)
        hints = replace(HINTS, bits_per_pixel=0.5)
        assert psnr(original, DefaultEnhancer().enhance(base, None, hints, CORNERS[0])) > psnr(original, base) + 0.3


def test_it_is_deterministic_and_leaves_its_input_alone(coffee: RgbImage) -> None:
    base = coded(coffee)
    before = base.copy()
    first, second = (DefaultEnhancer().enhance(base, None, HINTS, CORNERS[0]) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(base, before)


def test_the_corners_of_the_dial_are_three_pictures(coffee: RgbImage) -> None:
    base = coded(coffee)
    pictures = {DefaultEnhancer().enhance(base, None, HINTS, corner).tobytes() for corner in CORNERS}
    assert len(pictures) == 3


def test_the_digest_is_that_of_the_weights() -> None:
    assert len(DefaultEnhancer().digest) == 64
    assert int(DefaultEnhancer().digest, 16)


def test_hints_become_a_vector_with_flags_for_what_is_known() -> None:
    assert hint_vector(None, None, None).tolist() == [1] + [0] * (HINT_SIZE - 1)
    vector = hint_vector("jpeg", 1.0, 0.25)
    assert vector.dtype == np.float32
    assert vector[:8].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert vector[-4:].tolist() == [1, 0.25, 1, 0]
    assert hint_vector("jpeg", 1e-9, None)[-1] == -1.5


class OlderSession:
    """A graph whose dial has one point, as `jpadse export` wrote it before it had several."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="dial", shape=[1, 2])]

    def run(self, outputs: list[str], inputs: dict[str, Any]) -> Any:
        assert inputs["dial"].shape == (1, 2)
        return self.session.run(outputs, inputs)


def test_an_older_graph_makes_one_point_at_a_time(coffee: RgbImage, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, enhancer = coded(coffee), DefaultEnhancer()
    together = enhancer.enhance_all(picture, None, HINTS, CORNERS)
    older = SimpleNamespace(session=OlderSession(enhancer.network().session))
    monkeypatch.setattr(DefaultEnhancer, "network", lambda self: older)
    one_by_one = enhancer.enhance_all(picture, None, HINTS, CORNERS)
    for first, second in zip(together, one_by_one, strict=True):
        assert np.abs(first.astype(int) - second).max() <= 1
