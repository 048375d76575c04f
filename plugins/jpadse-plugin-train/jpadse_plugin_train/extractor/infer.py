"""From picture to texture map around the network: the internal size, and the way back to the picture's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Logits: TypeAlias = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""uint8 `[1, H, W, 3]` to float32 `[1, textures, H / 4, W / 4]`."""

LONGER_SIDE = 512
LARGEST_ENLARGEMENT = 2.0


def internal_size(height: int, width: int, longer: int = LONGER_SIDE) -> tuple[int, int]:
    """Height and width that the network sees a picture at: multiples of 32, the longer side about `longer`."""
    scale = min(longer / max(height, width), LARGEST_ENLARGEMENT)
    return max(32, round(height * scale / 32) * 32), max(32, round(width * scale / 32) * 32)


def texture_map(
    network: Logits, rgb: npt.NDArray[np.uint8], size: tuple[int, int] | None = None
) -> npt.NDArray[np.uint8]:
    """Texture id of every pixel, uint8 `[H, W]`.

    Args:
        network: the logits.
        rgb: uint8 `[H, W, 3]`.
        size: height and width that the network sees; `internal_size`'s by default.
    """
    height, width = rgb.shape[:2]
    inner_height, inner_width = size or internal_size(height, width)
    seen = np.array(Image.fromarray(rgb).resize((inner_width, inner_height), Image.Resampling.BILINEAR))
    logits = network(seen[None])[0]
    best = np.full((height, width), -np.inf, np.float32)
    ids = np.zeros((height, width), np.uint8)
    for index, plane in enumerate(logits):
        grown = np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
        better = grown > best
        best[better], ids[better] = grown[better], index
    return ids
