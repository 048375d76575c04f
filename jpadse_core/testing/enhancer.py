"""The suite for enhancers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpadse_core.calling import enhance_all_with, enhance_with
from jpadse_core.distortion import psnr
from jpadse_core.interfaces.enhancer import DialEnhancer, Enhancer, Hints, Preference
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.pipeline import build_pipeline
from jpadse_core.testing.component import ComponentTests
from jpadse_core.testing.pictures import EXTREMES, SHAPES, extremes, textured
from jpadse_core.testing.semantics import png
from jpadse_core.testing.stand_ins import BANDS, BandExtractor

_DISTORTION = Preference(0, 0, 1)
_HINTS = Hints("jpeg", 0.4, 0.1, {"quality": 10})
_PREFERENCES = {
    "distortion": _DISTORTION,
    "perception": Preference(1, 0, 0),
    "accuracy": Preference(0, 1, 0),
    "inside": Preference(0.25, 0.25, 0.5),
}


class EnhancerTests(ComponentTests):
    """Holds an enhancer to its contract: see `jpadse_core.interfaces.Enhancer`."""

    kind = "enhancer"

    @staticmethod
    def exercise(component: Any, rgb: RgbImage) -> bytes:
        """The enhanced samples."""
        semantics = BandExtractor().extract(rgb)
        return bytes(component.enhance(rgb, semantics, _HINTS, _DISTORTION).tobytes())

    def golden_inputs(self, component: Any) -> Iterator[tuple[str, bytes]]:
        """Two pictures as PNG."""
        for height, width in ((96, 128), (17, 31)):
            yield f"{component.name}-{height}x{width}.png", png(textured(height, width))

    def golden_outcome(self, component: Any, path: Path) -> RgbImage:
        """The picture enhanced without semantics."""
        return enhance_with(component, np.array(Image.open(path)), None, Hints(), _DISTORTION)

    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
    def test_every_shape_comes_back(self, subject: Enhancer, shape: tuple[int, int]) -> None:
        rgb = textured(*shape)
        enhance_with(subject, rgb, BandExtractor().extract(rgb), _HINTS, _DISTORTION)

    @pytest.mark.parametrize("picture", EXTREMES)
    def test_every_extreme_comes_back(self, subject: Enhancer, picture: str) -> None:
        enhance_with(subject, extremes()[picture], None, _HINTS, _DISTORTION)

    @pytest.mark.parametrize("preference", _PREFERENCES)
    def test_every_point_of_the_triangle_works_with_and_without_semantics(
        self, subject: Enhancer, preference: str
    ) -> None:
        rgb = textured(40, 56)
        for semantics in (None, BandExtractor().extract(rgb)):
            enhance_with(subject, rgb, semantics, _HINTS, _PREFERENCES[preference])

    def test_several_points_at_once_are_as_one_by_one(self, subject: Enhancer) -> None:
        if not isinstance(subject, DialEnhancer):
            pytest.skip("this enhancer has no enhance_all: it is asked for one point at a time")
        rgb, points = textured(40, 56), list(_PREFERENCES.values())
        together = enhance_all_with(subject, rgb, None, _HINTS, points)
        for picture, point in zip(together, points, strict=True):
            alone = enhance_with(subject, rgb, None, _HINTS, point)
            assert np.abs(picture.astype(int) - alone).max() <= 1, f"enhance_all differs from enhance at {point}"

    @pytest.mark.parametrize("divisor", [1, 2, 4, 8])
    def test_a_map_of_every_resolution_works_and_void_labels_too(self, subject: Enhancer, divisor: int) -> None:
        rgb = textured(41, 59)
        labels = BandExtractor().extract(rgb).labels[::divisor, ::divisor].copy()
        labels[0, 0] = 200
        enhance_with(subject, rgb, SemanticMap(labels, BANDS), _HINTS, _DISTORTION)

    @pytest.mark.parametrize(
        "hints",
        [Hints(), Hints("a-codec-never-seen", 3.0, 1.0, {"knob": "x"}), Hints("jpeg", 0.001, 0.0)],
        ids=["unknown", "stranger", "starved"],
    )
    def test_it_works_on_a_codec_it_has_never_seen(self, subject: Enhancer, hints: Hints) -> None:
        enhance_with(subject, textured(40, 56), None, hints, _DISTORTION)

    def test_the_digest_of_its_weights_is_a_sha256(self, subject: Enhancer) -> None:
        digest = getattr(subject, "digest", None)
        if digest is None:
            pytest.skip("this enhancer has no digest, so files do not say with which weights they were measured")
        assert re.fullmatch("[0-9a-f]{64}", str(digest)), f"digest {digest!r} is no sha256 in hex"

    def test_files_made_with_it_are_never_further_from_the_original(self, subject: Enhancer) -> None:
        rgb = textured(96, 128)
        pipeline = build_pipeline("jpeg", BandExtractor(), subject, quality=10)
        file = pipeline.encode(rgb)
        assert file.base_psnr is not None
        assert file.enhanced_psnr is not None
        assert file.enhanced_psnr >= file.base_psnr, "the guide let harm through"
        shown = psnr(rgb, pipeline.decode(file))
        assert shown == pytest.approx(file.enhanced_psnr), (
            f"the decoder shows {shown:.2f} dB where the encoder saw {file.enhanced_psnr:.2f}: "
            "enhance() made another picture of the same arguments"
        )
