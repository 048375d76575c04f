"""What the author of a segmentation backbone implements."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jpadse_core.interfaces.labels import LabelSet, SemanticMap
from jpadse_core.interfaces.picture import RgbImage


@runtime_checkable
class SemanticExtractor(Protocol):
    """Makes a label map from a picture.

    Attributes:
        name: as on the command line.
        labels: the label set of the maps it makes.

    An extractor may also have `digest: str`, the sha256 of its weights in hex, by which measurements tell its versions
    apart.
    """

    name: str
    labels: LabelSet

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """One class id per pixel of uint8 `[H, W, 3]`: a map of shape `[H, W]` in the label set `labels`."""
