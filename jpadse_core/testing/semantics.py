"""The suite for segmentation backbones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpadse_core.bitstream.label_map import decode_labels, encode_labels
from jpadse_core.calling import extract_with
from jpadse_core.interfaces.labels import LabelArray, LabelSet
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.pipeline import build_pipeline
from jpadse_core.testing.component import ComponentTests
from jpadse_core.testing.pictures import EXTREMES, SHAPES, extremes, textured
from jpadse_core.testing.stand_ins import BlurEnhancer


class SemanticExtractorTests(ComponentTests):
    """Holds an extractor to its contract: see `jpadse_core.interfaces.SemanticExtractor`."""

    kind = "semantics"

    @staticmethod
    def exercise(component: Any, rgb: RgbImage) -> bytes:
        """The labels."""
        return bytes(component.extract(rgb).labels.tobytes())

    def golden_inputs(self, component: Any) -> Iterator[tuple[str, bytes]]:
        """Two pictures as PNG."""
        for height, width in ((96, 128), (17, 31)):
            yield f"{component.name}-{height}x{width}.png", png(textured(height, width))

    def golden_outcome(self, component: Any, path: Path) -> LabelArray:
        """The picture's labels."""
        return extract_with(component, np.array(Image.open(path))).labels

    def test_the_label_set_is_declared(self, subject: SemanticExtractor) -> None:
        assert isinstance(subject.labels, LabelSet), "labels is no jpadse_core.LabelSet"

    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
    def test_every_shape_has_one_class_per_pixel(self, subject: SemanticExtractor, shape: tuple[int, int]) -> None:
        extract_with(subject, textured(*shape))

    @pytest.mark.parametrize("picture", EXTREMES)
    def test_every_extreme_has_one_class_per_pixel(self, subject: SemanticExtractor, picture: str) -> None:
        extract_with(subject, extremes()[picture])

    def test_the_ids_are_classes_or_void(self, subject: SemanticExtractor) -> None:
        labels = extract_with(subject, textured(96, 128)).labels
        known = np.count_nonzero(labels < len(subject.labels.classes))
        assert known, f"every id lies beyond the {len(subject.labels.classes)} classes of {subject.labels.name}"

    def test_the_map_survives_the_file(self, subject: SemanticExtractor) -> None:
        rgb = textured(64, 96)
        labels = extract_with(subject, rgb).labels
        assert np.array_equal(decode_labels(encode_labels(labels)), labels), "the label map's coder changed the map"
        pipeline = build_pipeline("jpeg", subject, BlurEnhancer(), divisor=1)
        file = pipeline.encode(rgb)
        assert file.label_map is not None
        assert np.array_equal(file.label_map.labels, labels), "the map that was sent is not the map that was extracted"
        assert pipeline.decode(file).shape == rgb.shape


def png(rgb: RgbImage) -> bytes:
    """A picture as PNG."""
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "PNG")
    return target.getvalue()
