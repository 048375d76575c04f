"""The extractor `transformers`."""

from __future__ import annotations

import math
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, Field

from jpadse_core import LabelSet, RgbImage, SemanticMap, SemanticsError, resized_ids
from jpadse_core.interfaces.label_sets.reading import label_set_from
from jpadse_plugin_transformers.loading import label_set_of, load_model

MOST_PIXELS_IN = 1 << 22
"""A larger picture is scaled down to this many pixels before the model's own preprocessing sees it."""
MOST_PIXELS_OUT = 1 << 18
"""Scores of all classes are kept at this many pixels at the most; their class ids are scaled to the picture."""
MOST_ELONGATED = 4
"""A longer picture is squeezed to this many times its shorter side where that side alone decides the size."""


class TransformersExtractor:
    """Label maps from SegFormer, Mask2Former, OneFormer and whatever else `AutoModelForSemanticSegmentation` or
    `AutoModelForUniversalSegmentation` loads.

    Raises:
        WeightsError: the model is not there, or cannot be loaded.
        SemanticsError: it is no segmentation model, or does not go with the label set.
    """

    name = "transformers"
    labels: LabelSet

    class Options(BaseModel):
        """Which model."""

        model: str = Field(description="a local folder, or an id on Hugging Face's hub")
        revision: str = Field("main", description="branch, tag or commit on the hub")
        labels: str = Field(
            "", description="its classes: a known label set's name, or a .json file; by default, its own names for them"
        )
        device: str = Field("cpu", description="where it runs, as torch names it")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._turn = Lock()
        self._model = load_model(options.model, options.revision, options.device)
        self.labels = label_set_from(options.labels) if options.labels else label_set_of(self._model, options.model)
        count = len(self._model.classes)
        if len(self.labels.classes) != count:
            raise SemanticsError(
                f"{options.model}: has {count} classes, and {self.labels.name} has {len(self.labels.classes)}: "
                "leave labels out, or choose its own"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._options,)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`."""
        import torch

        height, width = rgb.shape[:2]
        seen = _resized(Image.fromarray(rgb), MOST_PIXELS_IN, Image.Resampling.BILINEAR)
        task = {"task_inputs": ["semantic"]} if self._model.wants_task else {}
        processor = self._model.processor
        whole: dict[str, bool] = {}
        if getattr(processor, "do_center_crop", False) and "shortest_edge" in processor.size:
            whole["do_center_crop"] = False  # the map would show the middle, stretched over the picture
            seen = _shortened(seen)
        with self._turn, torch.inference_mode():  # a fast tokenizer, such as OneFormer's, serves one thread
            inputs = processor(images=[seen], return_tensors="pt", input_data_format="channels_last", **task, **whole)
            outputs = self._model.network(**inputs.to(self._options.device))
            (ids,) = processor.post_process_semantic_segmentation(
                outputs, target_sizes=[_limited(height, width, MOST_PIXELS_OUT)]
            )
        kind = np.uint8 if len(self.labels.classes) <= 0x100 else np.uint16
        labels = ids.cpu().numpy().astype(kind)
        return SemanticMap(resized_ids(labels, height, width), self.labels)


def _limited(height: int, width: int, pixels: int) -> tuple[int, int]:
    scale = min(math.sqrt(pixels / (height * width)), 1.0)
    return max(int(height * scale), 1), max(int(width * scale), 1)


def _shortened(image: Image.Image) -> Image.Image:
    most = MOST_ELONGATED * min(image.size)
    size = min(image.width, most), min(image.height, most)
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


def _resized(image: Image.Image, pixels: int, how: Image.Resampling) -> Image.Image:
    height, width = _limited(image.height, image.width, pixels)
    return image if (width, height) == image.size else image.resize((width, height), how)
