"""A label map at a part of its resolution: the most frequent class of every cell."""

from __future__ import annotations

import numpy as np

from jpadse_core.interfaces.labels import LabelArray


def downsample_labels(labels: LabelArray, divisor: int) -> LabelArray:
    """The map at `1 / divisor` of its resolution.

    Args:
        labels: uint8 or uint16 `[H, W]`.
        divisor: side of the square cells, 1 or more; cells at the right and bottom edge may be smaller.

    Returns:
        `[ceil(H / divisor), ceil(W / divisor)]` of the same dtype; the lowest of equally frequent ids.
    """
    if divisor == 1:
        return labels
    height, width = labels.shape
    rows, columns = np.arange(0, height, divisor), np.arange(0, width, divisor)
    most = np.zeros((rows.size, columns.size), np.int32)
    winner = np.zeros((rows.size, columns.size), labels.dtype)
    for label in np.unique(labels):
        mask = (labels == label).view(np.uint8)
        counts = np.add.reduceat(np.add.reduceat(mask, rows, axis=0, dtype=np.int32), columns, axis=1)
        ahead = counts > most
        winner[ahead] = label
        most[ahead] = counts[ahead]
    return winner
