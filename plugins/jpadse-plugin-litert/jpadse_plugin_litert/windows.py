"""Pictures of any proportions through a network of one fixed size."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import RgbImage, resized_ids

Ids = npt.NDArray[np.int64]
Predict = Callable[[RgbImage], Ids]

MOST_WINDOWS = 8
"""A picture longer than this many windows is squeezed to them, so that a strip of pixels costs no more."""


def squeezed(rgb: RgbImage, height: int, width: int, predict: Predict) -> Ids:
    """Ids `[H, W]` of a picture `[H, W, 3]` that is scaled to the network's size, whatever its proportions."""
    return resized_ids(predict(_resized(rgb, height, width)), *rgb.shape[:2])


def tiled(rgb: RgbImage, height: int, width: int, predict: Predict) -> Ids:
    """As `squeezed`, with proportions kept: the picture is scaled to cover one window of the network's size, and
    windows are laid along its longer side, evenly, overlapping where they must. Each pixel is of the window whose
    centre is nearest.
    """
    scale = max(height / rgb.shape[0], width / rgb.shape[1])
    rows = min(max(round(rgb.shape[0] * scale), height), MOST_WINDOWS * height)
    columns = min(max(round(rgb.shape[1] * scale), width), MOST_WINDOWS * width)
    seen = _resized(rgb, rows, columns)
    ids = np.zeros((rows, columns), np.int64)
    for top, first_row, last_row in _spans(rows, height):
        for left, first_column, last_column in _spans(columns, width):
            found = predict(np.ascontiguousarray(seen[top : top + height, left : left + width]))
            ids[first_row:last_row, first_column:last_column] = found[
                first_row - top : last_row - top, first_column - left : last_column - left
            ]
    return resized_ids(ids, *rgb.shape[:2])


def _spans(length: int, window: int) -> list[tuple[int, int, int]]:
    """Where each window starts, and the first and last but one of the positions that are its own."""
    count = -(-length // window)
    starts = [round(number * (length - window) / max(count - 1, 1)) for number in range(count)]
    borders = [(left + right + window) // 2 for left, right in pairwise(starts)]
    return list(zip(starts, [0, *borders], [*borders, length], strict=True))


def _resized(rgb: RgbImage, height: int, width: int) -> RgbImage:
    return np.array(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))
