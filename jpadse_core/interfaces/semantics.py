"""What the author of a segmentation backbone implements."""

from __future__ import annotations

from pathlib import Path
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
    apart, and decoders whether they derive the map that the encoder had.

    A class may have `Options`, a pydantic model, whose instance its constructor takes: `build_pipeline` and
    `--semantics-option` fill it. An extractor that wants to know the picture's file is a `FileExtractor`.

    An extractor may also have `check_weights()`, which downloads nothing, and raises `WeightsMissing` or
    `WeightsChecksum` where its weights are not there or not the right ones.
    """

    name: str
    labels: LabelSet

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """One class id per pixel of uint8 `[H, W, 3]`: a map of shape `[H, W]` in the label set `labels`."""


@runtime_checkable
class FileExtractor(SemanticExtractor, Protocol):
    """An extractor that looks at the picture's file too; JPADSE calls its `extract_from` in place of `extract`."""

    def extract_from(self, rgb: RgbImage, file: Path | None) -> SemanticMap:
        """As `extract`, for a picture that was read from `file`; None where it came from memory."""
