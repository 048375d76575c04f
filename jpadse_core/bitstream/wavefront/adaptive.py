"""What is learned from the map itself while it is coded: how often quiet places change, and to what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Labels

_PRIOR_CHANGES, _PRIOR_PIXELS = 2, 1600
_SCALE = 1 << 22
_OWN, _ANY = 8, 1
_LARGEST = 1 << 20


class QuietPlaces:
    """How likely a pixel among equal neighbours differs from them, by their label."""

    def __init__(self, count: int) -> None:
        self._pixels = np.zeros(count, np.int64)
        self._changes = np.zeros(count, np.int64)
        self._table = self._weighed()

    def weights(self, labels: Labels) -> npt.NDArray[np.float32]:
        """Weights of the neighbours' label, two that cannot be, and an escape: float32 integers `[n, 4]`."""
        return self._table[labels]

    def learn(self, labels: Labels, changed: npt.NDArray[np.bool_]) -> None:
        """Take in pixels: their neighbours' label and whether they differ from it, both `[n]`."""
        count = len(self._pixels)
        self._pixels += np.bincount(labels, minlength=count)
        self._changes += np.bincount(labels[changed], minlength=count)
        self._table = self._weighed()

    def _weighed(self) -> npt.NDArray[np.float32]:
        change = (self._changes + _PRIOR_CHANGES) * _SCALE // (self._pixels + _PRIOR_PIXELS)
        table = np.zeros((len(change), 4), np.float32)
        table[:, 3] = np.maximum(change, 1)
        table[:, 0] = _SCALE - table[:, 3]
        return table


class NewLabels:
    """Which label an escape leads to, by the nearest neighbour's label."""

    def __init__(self, count: int) -> None:
        self._after = np.zeros((count, count), np.int64)
        self._all = np.zeros(count, np.int64)

    def weights(self, excluded: Labels, possible: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Weights of all labels, float32 integers `[count]`.

        Args:
            excluded: the candidates, the nearest first; their weights are 0.
            possible: the labels that may be, `[count]`; the others' weights are 0.
        """
        weights: npt.NDArray[np.int64] = (
            np.minimum(1 + _OWN * self._after[excluded[0]] + _ANY * self._all, _LARGEST) * possible
        )
        weights[excluded] = 0
        if not weights.any():
            weights[:] = 1
        return weights.astype(np.float32)

    def learn(self, excluded: Labels, label: int) -> None:
        """Take in one escape."""
        self._after[excluded[0], label] += 1
        self._all[label] += 1
