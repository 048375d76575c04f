"""The extractor `deeplab`: an encoder-decoder with atrous spatial pyramid pooling under ONNX Runtime."""

from __future__ import annotations

import numpy as np
from PIL import Image

from jpadse_core.builtin.networks import open_network
from jpadse_core.interfaces.label_sets import TEXTURE
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import RgbImage

_WEIGHTS = "deeplab.onnx"
_ALIGNMENT = 32
_LONGER_SIDE = 512
"""The internal scale: a picture is seen at this many pixels along its longer side, a small one at twice its size."""
_LARGEST_ENLARGEMENT = 2.0


def _internal_size(height: int, width: int) -> tuple[int, int]:
    scale = min(_LONGER_SIDE / max(height, width), _LARGEST_ENLARGEMENT)
    return (
        max(round(height * scale / _ALIGNMENT), 1) * _ALIGNMENT,
        max(round(width * scale / _ALIGNMENT), 1) * _ALIGNMENT,
    )


class DeepLab:
    """Texture maps of street scenes and general photos.

    Source: Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018.
    """

    name = "deeplab"
    labels = TEXTURE

    @property
    def digest(self) -> str:
        """sha256 of the weights, hex."""
        return open_network(_WEIGHTS).digest

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """See `SemanticExtractor.extract`. The picture is seen at 512 pixels along its longer side."""
        height, width = rgb.shape[:2]
        internal = _internal_size(height, width)
        seen = np.asarray(Image.fromarray(rgb).resize(internal[::-1], Image.Resampling.BILINEAR))
        (logits,) = open_network(_WEIGHTS).session.run(None, {"picture": seen[None]})
        labels = logits[0].argmax(axis=0).astype(np.uint8)
        resized = np.asarray(Image.fromarray(labels).resize((width, height), Image.Resampling.NEAREST))
        return SemanticMap(np.ascontiguousarray(resized), TEXTURE)
