"""The other components of a pipeline while one is under test: small, and exact in integers."""

from __future__ import annotations

import numpy as np

from jpadse_core.interfaces.enhancer import Hints, Preference
from jpadse_core.interfaces.labels import LabelSet, SemanticMap
from jpadse_core.interfaces.picture import RgbImage

BANDS = LabelSet("brightness-3", ("dark", "middle", "bright"), ("road", "vegetation", "sky"))


class BandExtractor:
    """Three classes by brightness, in a label set that no installation knows by name."""

    name = "stand-in-bands"
    labels = BANDS

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`."""
        return SemanticMap((rgb.sum(axis=2, dtype=np.uint16) // 256).astype(np.uint8), BANDS)


class BlurEnhancer:
    """The rounded mean of each sample and its neighbour below."""

    name = "stand-in-blur"

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        """See `Enhancer.enhance`."""
        below = np.concatenate([rgb[1:], rgb[-1:]])
        return np.asarray((rgb.astype(np.uint16) + below + 1) // 2, np.uint8)
