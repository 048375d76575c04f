"""How well texture maps agree with the truth: confusion, intersection over union, pixel accuracy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.interfaces.labels import TEXTURES

Confusion = npt.NDArray[np.int64]
"""int64 `[textures, textures]`: pixels by true (row) and predicted (column) texture."""


def no_pixels() -> Confusion:
    """The confusion of nothing yet."""
    return np.zeros((len(TEXTURES), len(TEXTURES)), np.int64)


def confusion(truth: npt.NDArray[np.uint8], predicted: npt.NDArray[np.uint8]) -> Confusion:
    """Count pixels of two texture maps of the same shape; ids beyond the taxonomy in `truth` are left out."""
    count = len(TEXTURES)
    known = truth < count
    pairs = truth[known].astype(np.int64) * count + predicted[known]
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def texture_ious(counts: Confusion) -> dict[str, float]:
    """Intersection over union of every texture that the truth contains, 0..1."""
    union = counts.sum(0) + counts.sum(1) - np.diag(counts)
    return {
        texture: float(counts[index, index] / union[index])
        for index, texture in enumerate(TEXTURES)
        if counts[index].sum() > 0
    }


def mean_iou(counts: Confusion) -> float:
    """Mean of `texture_ious`."""
    return float(np.mean(list(texture_ious(counts).values())))


def accuracy(counts: Confusion) -> float:
    """Share of the pixels that are right, 0..1."""
    return float(np.trace(counts) / max(1, counts.sum()))
