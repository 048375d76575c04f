"""The extractor `litert`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from jpadse_core import LabelSet, RgbImage, SemanticMap, SemanticsError
from jpadse_core.interfaces.label_sets.reading import label_set_from
from jpadse_plugin_litert.network import FloatRange, Network
from jpadse_plugin_litert.windows import squeezed, tiled


class LiteRtExtractor:
    """Label maps from any `.tflite` segmentation model, on the processor.

    Raises:
        WeightsMissing: there is no such model.
        SemanticsError: the file is no segmentation model, or does not go with the label set.
    """

    name = "litert"
    labels: LabelSet

    class Options(BaseModel):
        """What the model is."""

        model: Path = Field(description="the .tflite file")
        labels: str = Field(description="its classes: a known label set's name, or a .json file that declares one")
        fit: Literal["squeeze", "tile"] = Field(
            "squeeze",
            description="how the picture gets to the model's size: scaled to it, or, with its proportions kept, in "
            "windows along its longer side",
        )
        float_range: FloatRange = Field("-1..1", description="black and white for a model of floating point input")

    def __init__(self, options: Options) -> None:
        self._options = options
        self.labels = label_set_from(options.labels)
        self._network = Network(options.model, self.labels, options.float_range)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._options,)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`.

        Raises:
            SemanticsError: the model predicts a class that the label set does not have.
        """
        fit = tiled if self._options.fit == "tile" else squeezed
        ids = fit(rgb, self._network.height, self._network.width, self._network.ids)
        legal = (ids >= 0) & (ids < len(self.labels.classes))
        if self.labels.void is not None:
            legal |= ids == self.labels.void
        if not legal.all():
            raise SemanticsError(
                f"{self._options.model}: predicts class {ids[~legal][0]}, and {self.labels.name} has classes 0 to "
                f"{len(self.labels.classes) - 1}: choose its own label set"
            )
        wide = max(len(self.labels.classes) - 1, self.labels.void or 0) > 0xFF
        return SemanticMap(ids.astype(np.uint16) if wide else ids.astype(np.uint8), self.labels)
