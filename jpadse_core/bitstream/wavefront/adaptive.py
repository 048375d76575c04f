"""What is learned from the map itself while it is coded; all in whole numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Labels
from jpadse_core.bitstream.wavefront.network import CANDIDATES, ESCAPE, LOGIT_SCALE, Floats, Model

Integers = npt.NDArray[np.int64]

_SCALE = 1 << 22
_PRIOR_CHANGES, _PRIOR_PIXELS = 2, 1600
_FACTOR_BITS, _LARGEST_FACTOR, _PRIOR_WEIGHT = 10, 1 << 20, 4
_LARGEST = 1 << 20


class QuietPlaces:
    """How likely a pixel differs from its nearest neighbour where the network is not asked.

    Pixels have a key: the tier times the number of labels, plus the nearest neighbour's label.

    Attributes:
        table: weights by key of that neighbour's label, of two that cannot be, and of an escape: float32 integers
            `[keys, 4]`. The keys of busy pixels, the last ones, are there, and mean nothing.

    Args:
        count: number of labels.
        model: its tiers.
    """

    def __init__(self, count: int, model: Model) -> None:
        self._count, self._tiers = count, 1 if model.rarity is None else len(model.rarity)
        self._prior = None if model.rarity is None else np.array([_SCALE // number for number in model.rarity])
        self._pixels = np.zeros(count, np.int64)
        self._changes = np.zeros(count, np.int64)
        self.table = np.zeros(((self._tiers + 1) * count, 4), np.float32)
        self._weigh()

    def learn(self, keys: Integers, changed: npt.NDArray[np.bool_]) -> None:
        """Take in pixels, busy ones too: their keys, and whether they differ from their nearest neighbour, `[n]`."""
        pixels, changes = self._counted(keys), self._counted(keys[changed])
        self._pixels += pixels.sum(axis=0) if self._prior is None else self._prior @ pixels
        self._changes += changes.sum(axis=0)
        self._weigh()

    def _counted(self, keys: Integers) -> Integers:
        found: Integers = np.bincount(keys, minlength=len(self.table)).reshape(-1, self._count)[: self._tiers]
        return found

    def _weigh(self) -> None:
        if self._prior is None:
            change = (self._changes + _PRIOR_CHANGES) * _SCALE // (self._pixels + _PRIOR_PIXELS)
        else:
            seen, due = self._changes + _PRIOR_WEIGHT, (self._pixels >> _FACTOR_BITS) + (_EXPECTED >> _FACTOR_BITS)
            factor = np.minimum(seen * _SCALE // due, _LARGEST_FACTOR)
            change = np.minimum((self._prior[:, None] * factor >> _FACTOR_BITS).ravel(), _SCALE // 2)
        quiet = self.table[: self._tiers * self._count]
        quiet[:, ESCAPE] = np.maximum(change, 1)
        quiet[:, 0] = _SCALE - quiet[:, ESCAPE]


_EXPECTED = _PRIOR_WEIGHT * _SCALE


class Habits:
    """How far the network is from what happens between two labels: corrections of its logits by the candidates.

    A correction is a step of Newton's method towards what happened, held back as if `_PRIOR_WEIGHT` more had been seen.

    Args:
        count: number of labels.
    """

    _UNIT, _PRIOR_WEIGHT = 4096, 8
    _LARGEST = 128

    def __init__(self, count: int) -> None:
        self._firsts = np.arange(count) * count
        self._surprises = np.zeros((count * count, CANDIDATES + 1))
        self._variances = np.zeros((count * count, CANDIDATES + 1))
        self._biases = np.zeros((count * count, CANDIDATES + 1), np.float32)

    def pairs(self, options: Labels) -> Integers:
        """The number of each pixel's pair of first and second candidate, `[n]`, of candidates `[3, n]`."""
        found: Integers = self._firsts.take(options[0])
        found += options[1]
        return found

    def biases(self, pairs: Integers) -> Floats:
        """What is to be added to the logits, float32 integers `[n, 4]`."""
        return self._biases.take(pairs, axis=0)

    def learn(self, pairs: Integers, weights: Floats, symbols: npt.NDArray[np.int32]) -> None:
        """Take in pixels, `[n]`: their pairs, the weights they were coded with, `[n, 4]`, and what they were."""
        expected = np.floor(weights * (self._UNIT / weights.sum(axis=1, keepdims=True, dtype=np.float64)))
        surprise = -expected
        surprise[np.arange(len(symbols)), symbols] += self._UNIT
        variance = np.floor(expected * (self._UNIT - expected) / self._UNIT)
        order = pairs.argsort(kind="stable")
        pairs = pairs[order]
        starts = np.concatenate([[0], (pairs[1:] != pairs[:-1]).nonzero()[0] + 1])
        pairs = pairs[starts]
        surprises = self._surprises[pairs] + np.add.reduceat(surprise[order], starts, axis=0)
        variances = self._variances[pairs] + np.add.reduceat(variance[order], starts, axis=0)
        self._surprises[pairs], self._variances[pairs] = surprises, variances
        steps = np.floor(LOGIT_SCALE * surprises / (variances + self._PRIOR_WEIGHT * self._UNIT))
        self._biases[pairs] = np.clip(steps, -self._LARGEST, self._LARGEST)


class NewLabels:
    """Which label an escape leads to, by the nearest neighbour's label: model 1."""

    _OWN, _ANY = 8, 1

    def __init__(self, count: int) -> None:
        self._after = np.zeros((count, count), np.int64)
        self._all = np.zeros(count, np.int64)

    def weights(self, excluded: Labels, possible: npt.NDArray[np.bool_], place: tuple[int, int]) -> Floats:
        """Weights of all labels, float32 integers `[count]`.

        Args:
            excluded: the candidates, the nearest first; their weights are 0.
            possible: the labels that may be, `[count]`; the others' weights are 0.
            place: row and column, which do not matter here.
        """
        weights = 1 + self._OWN * self._after[excluded[0]] + self._ANY * self._all
        return _only(weights, excluded, possible)

    def learn(self, excluded: Labels, label: int, place: tuple[int, int]) -> None:
        """Take in one escape."""
        self._after[excluded[0], label] += 1
        self._all[label] += 1


class NearbyLabels:
    """Which label an escape leads to, by the nearest neighbour's and by where others around it led to: model 2."""

    _ALWAYS, _OWN, _ANY, _SAME = 16, 32, 8, 2
    _KEPT = 256
    _REACH = 128

    def __init__(self, count: int) -> None:
        self._after = np.zeros((count, count), np.int64)
        self._all = np.zeros(count, np.int64)
        self._recent = np.zeros((4, self._KEPT), np.int64)
        self._number = 0
        self._by_distance = np.zeros(self._REACH, np.int64)
        weight = 1024 << 10
        for distance in range(self._REACH - 1):
            self._by_distance[distance] = weight >> 10
            weight = weight * 15 // 16

    def weights(self, excluded: Labels, possible: npt.NDArray[np.bool_], place: tuple[int, int]) -> Floats:
        """Weights of all labels, float32 integers `[count]`.

        Args:
            excluded: the candidates, the nearest first; their weights are 0.
            possible: the labels that may be, `[count]`; the others' weights are 0.
            place: row and column.
        """
        rows, columns, firsts, labels = self._recent[:, : min(self._number, self._KEPT)]
        distances = np.minimum(np.abs(rows - place[0]) + np.abs(columns - place[1]), self._REACH - 1)
        near = self._by_distance[distances] * (1 + self._SAME * (firsts == excluded[0]))
        weights = self._ALWAYS + self._OWN * self._after[excluded[0]] + self._ANY * self._all
        weights += np.bincount(labels, near, minlength=weights.size).astype(np.int64)
        return _only(weights, excluded, possible)

    def learn(self, excluded: Labels, label: int, place: tuple[int, int]) -> None:
        """Take in one escape."""
        self._after[excluded[0], label] += 1
        self._all[label] += 1
        self._recent[:, self._number % self._KEPT] = *place, excluded[0], label
        self._number += 1


def _only(weights: Integers, excluded: Labels, possible: npt.NDArray[np.bool_]) -> Floats:
    found = np.minimum(weights, _LARGEST) * possible
    found[excluded] = 0
    if not found.any():
        found[:] = 1
    return found.astype(np.float32)
