"""The extractor `torchvision`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, Field

from jpadse_core import LabelSet, RgbImage, SemanticMap, SemanticsError, resized_ids
from jpadse_core.interfaces.label_sets.reading import label_set_from
from jpadse_plugin_torchvision.network import load_network
from jpadse_plugin_torchvision.pinned import PINNED, Architecture

MOST_ELONGATED = 4
"""A picture longer than this many times its shorter side is squeezed to it, so that a strip of pixels costs no more."""

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class TorchvisionExtractor:
    """Label maps from DeepLabV3 (ResNet-50, ResNet-101, MobileNetV3), FCN (ResNet-50, ResNet-101) and LR-ASPP.

    Raises:
        WeightsError: the weights are not there, cannot be downloaded, or are not this network's.
        SemanticsError: the label set is not known, or the device is none.
        PluginBroken: torchvision cannot be imported.
    """

    name = "torchvision"
    labels: LabelSet

    class Options(BaseModel):
        """Which network, and whose weights."""

        model: Architecture = Field(description="as torchvision names it")
        weights: Path | None = Field(
            None, description="a state dict; by default the one that torchvision publishes, for VOC's classes"
        )
        labels: str = Field(
            "voc-21", description="the classes of the weights: a known label set's name, or a .json file"
        )
        side: int = Field(520, ge=32, le=2048, description="pixels along the shorter side, at which a picture is seen")
        device: str = Field("cpu", description="where it runs, as torch names it")

    def __init__(self, options: Options) -> None:
        self.labels = label_set_from(options.labels)
        weights = options.weights if options.weights is not None else PINNED[options.model].fetch()
        network = load_network(options.model, weights, len(self.labels.classes))
        self._network = _on_device(network, options.device)
        self._options = options

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._options,)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`. Preprocessing as torchvision's `SemanticSegmentation` preset."""
        import torch

        height, width = _seen_size(rgb.shape[0], rgb.shape[1], self._options.side)
        seen = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR), np.float32)
        inputs = (seen / 255 - _IMAGENET_MEAN) / _IMAGENET_DEVIATION
        batch = torch.from_numpy(np.ascontiguousarray(inputs.transpose(2, 0, 1)[None])).to(self._options.device)
        with torch.inference_mode():
            ids = self._network(batch)["out"][0].argmax(0).cpu().numpy()
        kind = np.uint8 if len(self.labels.classes) <= 0x100 else np.uint16
        return SemanticMap(resized_ids(ids.astype(kind), *rgb.shape[:2]), self.labels)


def _seen_size(height: int, width: int, side: int) -> tuple[int, int]:
    scale = side / min(height, width)
    return min(round(height * scale), MOST_ELONGATED * side), min(round(width * scale), MOST_ELONGATED * side)


def _on_device(network: Any, device: str) -> Any:
    try:
        return network.to(device)
    except (RuntimeError, AssertionError) as error:
        raise SemanticsError(f"device {device}: cannot be used: {str(error).splitlines()[0]}") from error
