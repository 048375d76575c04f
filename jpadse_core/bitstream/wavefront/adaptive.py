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
_EXPECTED = _PRIOR_WEIGHT * _SCALE
_LARGEST = 1 << 20


class QuietPlaces:
    """How likely a pixel differs from its nearest neighbour where the network is not asked.

    Pixels have a key: the tier times the number of labels, plus the nearest neighbour's label.

    Attributes:
        table: weights by key of that neighbour's label, of two that cannot be, and of an escape: float32 integers
            `[keys, 4]`. The keys of busy pixels, the last ones, are there, and mean nothing.
        busy_from: the first of those.

    Args:
        count: number of labels.
        model: its tiers.
    """

    def __init__(self, count: int, model: Model) -> None:
        self._count, self._tiers = count, 1 if model.rarity is None else len(model.rarity)
        self._prior = None if model.rarity is None else np.array([_SCALE // number for number in model.rarity])
        changes, pixels = (_PRIOR_CHANGES, _PRIOR_PIXELS) if self._prior is None else (_PRIOR_WEIGHT, _EXPECTED)
        self._pixels = np.full(count, pixels)
        self._changes = np.full(count, changes)
        self.busy_from = self._tiers * count
        self.table = np.zeros(((self._tiers + 1) * count, 4), np.float32)
        self._weigh()

    def learn(self, keys: Integers, changed: npt.NDArray[np.bool_]) -> None:
        """Take in pixels, busy ones too: their keys, and whether they differ from their nearest neighbour, `[n]`."""
        found = np.bincount(keys + changed * len(self.table), minlength=2 * len(self.table))
        same, changes = found.reshape(2, -1, self._count)[:, : self._tiers]
        pixels = same + changes
        self._pixels += pixels.sum(axis=0) if self._prior is None else self._prior @ pixels
        self._changes += changes.sum(axis=0)
        self._weigh()

    def _weigh(self) -> None:
        if self._prior is None:
            change = self._changes * _SCALE // self._pixels
        else:
            factor = np.minimum(self._changes * _SCALE // (self._pixels >> _FACTOR_BITS), _LARGEST_FACTOR)
            change = np.minimum((self._prior[:, None] * factor >> _FACTOR_BITS).ravel(), _SCALE // 2)
        quiet = self.table[: self.busy_from]
        quiet[:, ESCAPE] = np.maximum(change, 1)
        quiet[:, 0] = _SCALE - quiet[:, ESCAPE]


class Habits:
    """How far the network is from what happens between two labels: corrections of its logits by the candidates.

    A correction is a step of Newton's method towards what happened, held back as if `_PRIOR_WEIGHT` more had been seen.

    Args:
        count: number of labels.
    """

    _UNIT, _PRIOR_WEIGHT = 4096, 8
    _LARGEST = 128

    def __init__(self, count: int) -> None:
        self._happened = self._UNIT * np.eye(CANDIDATES + 1)
        self._firsts = np.arange(count) * count
        self._seen = np.zeros((count * count, 2, CANDIDATES + 1))
        self._biases = np.zeros((count * count, CANDIDATES + 1), np.float32)

    def pairs(self, first: Labels, second: Labels) -> Integers:
        """The number of each pixel's pair of first and second candidate, `[n]`."""
        found: Integers = self._firsts.take(first)
        found += second
        return found

    def biases(self, pairs: Integers) -> Floats:
        """What is to be added to the logits, float32 integers `[n, 4]`."""
        return self._biases.take(pairs, axis=0)

    def learn(self, pairs: Integers, weights: Floats, symbols: npt.NDArray[np.int32]) -> None:
        """Take in pixels, `[n]`: their pairs, the weights they were coded with, `[n, 4]`, and what they were."""
        expected = np.floor(weights * (self._UNIT / weights.sum(axis=1, keepdims=True, dtype=np.float64)))
        happened = self._happened.take(symbols, axis=0)
        seen = np.stack([happened - expected, np.floor(expected * (self._UNIT - expected) / self._UNIT)], axis=1)
        order = pairs.argsort(kind="stable")
        pairs = pairs.take(order)
        starts = np.concatenate([[0], (pairs[1:] != pairs[:-1]).nonzero()[0] + 1])
        pairs = pairs.take(starts)
        seen = self._seen.take(pairs, axis=0) + np.add.reduceat(seen.take(order, axis=0), starts, axis=0)
        self._seen[pairs] = seen
        steps = np.floor(LOGIT_SCALE * seen[:, 0] / (seen[:, 1] + self._PRIOR_WEIGHT * self._UNIT))
        self._biases[pairs] = steps.clip(-self._LARGEST, self._LARGEST)


Options = tuple[int, int, int]


class NewLabels:
    """Which label an escape leads to, by the nearest neighbour's label: model 1."""

    _ALWAYS, _OWN, _ANY = 1, 8, 1

    def __init__(self, count: int) -> None:
        self._weights = np.full((count, count), self._ALWAYS)

    def weights(self, excluded: Options, possible: npt.NDArray[np.bool_], place: tuple[int, int]) -> Floats:
        """Weights of all labels, float32 integers `[count]`.

        Args:
            excluded: the candidates, the nearest first; their weights are 0.
            possible: the labels that may be, `[count]`; the others' weights are 0.
            place: row and column.
        """
        found: Integers = np.minimum(self._weights[excluded[0]] + self._nearby(excluded[0], place), _LARGEST) * possible
        for label in excluded:
            found[label] = 0
        if not found.any():
            found[:] = 1
        return found.astype(np.float32)

    def learn(self, excluded: Options, label: int, place: tuple[int, int]) -> None:
        """Take in one escape."""
        self._weights[:, label] += self._ANY
        self._weights[excluded[0], label] += self._OWN

    def _nearby(self, first: int, place: tuple[int, int]) -> Integers | int:
        return 0


class NearbyLabels(NewLabels):
    """The same, and by where others around it led to: since model 2."""

    _ALWAYS, _OWN, _ANY, _SAME = 16, 32, 8, 2
    _KEPT = 256
    _REACH = 128

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._recent = np.zeros((4, self._KEPT), np.int64)
        self._number = 0
        self._by_distance = np.zeros(self._REACH, np.int64)
        weight = 1024 << 10
        for distance in range(self._REACH - 1):
            self._by_distance[distance] = weight >> 10
            weight = weight * 15 // 16

    def learn(self, excluded: Options, label: int, place: tuple[int, int]) -> None:
        """Take in one escape."""
        super().learn(excluded, label, place)
        self._recent[:, self._number % self._KEPT] = *place, excluded[0], label
        self._number += 1

    def _nearby(self, first: int, place: tuple[int, int]) -> Integers:
        rows, columns, firsts, labels = self._recent[:, : min(self._number, self._KEPT)]
        near = self._by_distance.take(np.abs(rows - place[0]) + np.abs(columns - place[1]), mode="clip")
        near[firsts == first] *= 1 + self._SAME
        return np.bincount(labels, near, minlength=len(self._weights)).astype(np.int64)
