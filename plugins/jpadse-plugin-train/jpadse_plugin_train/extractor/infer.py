"""From picture to texture map around the network: the internal size, and the way back to the picture's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Logits: TypeAlias = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""uint8 `[1, H, W, 3]` to float32 `[1, textures, H / 4, W / 4]`."""

SHORTER_SIDE = 384
LONGEST_SIDE = 1024
LARGEST_ENLARGEMENT = 2.0


def internal_size(height: int, width: int, shorter: float = SHORTER_SIDE, times: float = 1.0) -> tuple[int, int]:
    """Height and width that the network sees a picture at, multiples of 32.

    The shorter side is about `shorter * times`, unless the longer side would be more than `LONGEST_SIDE * times`, or
    the picture enlarged by more than `LARGEST_ENLARGEMENT * times`.
    """
    limits = shorter / min(height, width), LONGEST_SIDE / max(height, width), LARGEST_ENLARGEMENT
    scale = times * min(limits)
    return max(32, round(height * scale / 32) * 32), max(32, round(width * scale / 32) * 32)


def view(
    network: Logits, rgb: npt.NDArray[np.uint8], size: tuple[int, int], mirrored: bool = False
) -> npt.NDArray[np.float32]:
    """Logits `[textures, h, w]` of a picture seen at a size, and mirrored left to right on request."""
    seen = np.array(Image.fromarray(rgb).resize(size[::-1], Image.Resampling.BILINEAR))
    if not mirrored:
        return network(seen[None])[0]
    return np.ascontiguousarray(network(np.ascontiguousarray(seen[None, :, ::-1]))[0][:, :, ::-1])


def averaged(views: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """The mean of logits `[textures, h, w]` of several sizes, at the size of the first, as the extractor makes it."""
    height, width = views[0].shape[1:]
    total = np.zeros_like(views[0])
    for logits in views:
        total += [_grown(plane, height, width) for plane in logits]
    return total / np.float32(len(views))


def most_likely(logits: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Texture id of every pixel, uint8 `[height, width]`, from logits that are grown bilinearly."""
    best = np.full((height, width), -np.inf, np.float32)
    ids = np.zeros((height, width), np.uint8)
    for index, plane in enumerate(logits):
        grown = _grown(plane, height, width)
        better = grown > best
        best[better], ids[better] = grown[better], index
    return ids


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
    return most_likely(view(network, rgb, size or internal_size(height, width)), height, width)


def _grown(plane: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.float32]:
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
