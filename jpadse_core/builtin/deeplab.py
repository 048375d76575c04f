"""The extractor `deeplab`: an encoder-decoder with atrous spatial pyramid pooling under ONNX Runtime."""

from __future__ import annotations

import hashlib
from typing import Annotated

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core.builtin.networks import open_network, read_weights
from jpadse_core.interfaces.label_sets import TEXTURE
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import RgbImage

_WEIGHTS = "deeplab.onnx"
_ALIGNMENT = 32
_SHORTER_SIDE = 384
"""The internal scale: a picture is seen at this many pixels along its shorter side..."""
_LONGEST_SIDE = 1024
"""...but a long one at no more than this along its longer side, and a small one at twice its size."""
_LARGEST_ENLARGEMENT = 2.0


class DeepLabOptions(BaseModel):
    """What is averaged over; every view costs a run of the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scales: tuple[Annotated[float, Field(ge=0.25, le=4)], ...] = Field(
        default=(1.0,), min_length=1, max_length=8, description="times the internal scale"
    )
    flip: bool = Field(default=False, description="also see the picture mirrored")


class DeepLab:
    """Texture maps of street scenes and general photos.

    Source: Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018.

    Args:
        options: what is averaged over; by default a single view.
    """

    name = "deeplab"
    labels = TEXTURE
    Options = DeepLabOptions

    def __init__(self, options: DeepLabOptions | None = None) -> None:
        self._options = options or DeepLabOptions()

    @property
    def digest(self) -> str:
        """sha256 of all that a map depends on besides the picture: weights, internal scale and options; hex."""
        weights = open_network(_WEIGHTS).digest
        scale = f"{_SHORTER_SIDE} {_LONGEST_SIDE} {_LARGEST_ENLARGEMENT}"
        return hashlib.sha256(f"{weights} {scale} {self._options.model_dump_json()}".encode()).hexdigest()

    def check_weights(self) -> None:
        """See `SemanticExtractor`."""
        read_weights(_WEIGHTS)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`. The picture is seen at 384 pixels along its shorter side."""
        height, width = rgb.shape[:2]
        logits = self._averaged(rgb)
        labels = logits.argmax(axis=0).astype(np.uint8)
        resized = np.asarray(Image.fromarray(labels).resize((width, height), Image.Resampling.NEAREST))
        return SemanticMap(np.ascontiguousarray(resized), TEXTURE)

    def _averaged(self, rgb: RgbImage) -> npt.NDArray[np.float32]:
        """Logits `[textures, h, w]` at the first scale's resolution, averaged over all views."""
        flips = (False, True) if self._options.flip else (False,)
        views = [_logits(rgb, scale, flip) for scale in self._options.scales for flip in flips]
        if len(views) == 1:
            return views[0]
        height, width = views[0].shape[1:]
        total = np.zeros_like(views[0])
        for view in views:
            for index, plane in enumerate(view):
                total[index] += np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
        return total / np.float32(len(views))


def _internal_size(height: int, width: int, times: float) -> tuple[int, int]:
    limits = _SHORTER_SIDE / min(height, width), _LONGEST_SIDE / max(height, width), _LARGEST_ENLARGEMENT
    scale = times * min(limits)
    return (
        max(round(height * scale / _ALIGNMENT), 1) * _ALIGNMENT,
        max(round(width * scale / _ALIGNMENT), 1) * _ALIGNMENT,
    )


def _logits(rgb: RgbImage, times: float, flip: bool) -> npt.NDArray[np.float32]:
    internal = _internal_size(rgb.shape[0], rgb.shape[1], times)
    seen = np.asarray(Image.fromarray(rgb).resize(internal[::-1], Image.Resampling.BILINEAR))
    if flip:
        seen = np.ascontiguousarray(seen[:, ::-1])
    (logits,) = open_network(_WEIGHTS).session.run(None, {"picture": seen[None]})
    found: npt.NDArray[np.float32] = logits[0]
    return np.ascontiguousarray(found[:, :, ::-1]) if flip else found
