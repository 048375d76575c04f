"""What encoder and decoder know of some pixels before these are coded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.adaptive import Habits, Integers, NearbyLabels, NewLabels, Options, QuietPlaces
from jpadse_core.bitstream.wavefront.geometry import Canvas, Indices, Labels
from jpadse_core.bitstream.wavefront.network import (
    CANDIDATES,
    Flags,
    Floats,
    Model,
    Network,
    second_candidates,
    third_candidates,
)

Symbols = npt.NDArray[np.int32]

AT_ONCE = 512
"""Busy pixels that the network is asked about at once, or as many as a wave has; their layers stay in the cache."""
_NO_PAIRS = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Known:
    """What a decoder knows of a map beforehand: a group for every pixel, and the groups' labels.

    Attributes:
        groups: the group of every pixel, uint8 `[h, w]`.
        group_of: the group of every label, uint8 `[count]`. A pixel whose group has one label is not coded.
    """

    groups: Labels
    group_of: Labels

    def start(self) -> Labels:
        """The first label of each pixel's group."""
        firsts = np.zeros(256, np.uint8)
        for label in reversed(range(len(self.group_of))):
            firsts[self.group_of[label]] = label
        found: Labels = firsts[self.groups]
        return found

    def open(self) -> Flags:
        """Where a group has several labels, `[h, w]`."""
        several = np.bincount(self.group_of, minlength=256) > 1
        found: Flags = several[self.groups]
        return found


@dataclass(slots=True, eq=False)
class Asked:
    """The busy pixels among some, which the network was asked about.

    Attributes:
        places: which they are, rising, `[b]`.
        neighbours: their neighbours' labels, `[b, N]`; the nearest are the first candidates.
        second: their second candidates, `[b]`.
        pairs: as `Habits` wants them, `[b]`.
        logits: as `Network` gives them, `[b, 4]`.
    """

    places: Indices
    neighbours: Labels
    second: Labels
    pairs: Integers
    logits: Floats

    def part(self, begin: int, end: int, origin: int) -> Asked:
        """Some of them, among pixels that begin at `origin`."""
        some = slice(begin, end)
        return Asked(
            self.places[some] - origin, self.neighbours[some], self.second[some], self.pairs[some], self.logits[some]
        )


@dataclass(slots=True, eq=False)
class View:
    """Some pixels, in the order in which they are coded, and the weights that they are coded with.

    Attributes:
        positions: where they are on the canvas, `[n]`, or a slice.
        keys: as `QuietPlaces` wants them, `[n]`.
        nearest: the nearest neighbour's label, `[n]`: the first candidate.
        asked: the busy ones among them, if there are any.
        weights: of the candidates and of an escape, `[n, 4]`.
    """

    positions: Indices | slice
    keys: Integers
    nearest: Labels
    asked: Asked | None
    weights: Floats

    def position(self, place: int) -> int:
        """Where one pixel is on the canvas."""
        if isinstance(self.positions, slice):
            return int(self.positions.start + place * self.positions.step)
        return int(self.positions[place])

    def label(self, place: int, symbol: int) -> int:
        """What a symbol other than an escape stands for."""
        if symbol == 1 and self.asked is not None:
            return int(self.asked.second[self.asked.places.searchsorted(place)])
        return self.options_at(place)[symbol]

    def options_at(self, place: int) -> Options:
        """The candidates of one pixel; all the same at a quiet place."""
        first = int(self.nearest[place])
        if self.asked is not None:
            index = int(self.asked.places.searchsorted(place))
            if index < self.asked.places.size and self.asked.places[index] == place:
                around, second = self.asked.neighbours[index], int(self.asked.second[index])
                others = around[(around != first) & (around != second)]
                return first, second, int(others[0]) if others.size else first
        return first, first, first


@dataclass(slots=True, eq=False)
class Escape:
    """A pixel that is none of its candidates.

    Attributes:
        options: the candidates.
        place: its row and column on the canvas.
        weights: of all labels, float32 integers `[count]`.
    """

    options: Options
    place: tuple[int, int]
    weights: Floats


class Observer:
    """Looks at the neighbours of pixels, with what was learned so far.

    Attributes:
        canvas: the map with its border.
        labels: what is on it, flat, for the caller to fill.
        count: number of labels.
    """

    def __init__(self, shape: tuple[int, ...], model: Model, count: int, known: Known | None) -> None:
        self.canvas = Canvas(shape[0], shape[1], model.skew, model.margin, model.reach)
        self.labels = np.zeros(self.canvas.size, np.uint8)
        self.model, self.count = model, count
        self.known = None if known is None else _KnownOnCanvas(known, self.canvas)
        self._network = Network(model, max(AT_ONCE, self.canvas.height))
        self._quiet = QuietPlaces(count, model)
        self._habits = Habits(count) if model.learns else None
        self._fresh = NearbyLabels(count) if model.learns else NewLabels(count)
        self._all = np.ones(count, np.bool_)

    def ask(self, places: Indices, neighbours: Labels) -> Asked:
        """Ask the network about busy pixels: which they are, `[b]`, and their neighbours' labels, `[b, N]`."""
        second, *seen = second_candidates(neighbours)
        pairs = _NO_PAIRS if self._habits is None else self._habits.pairs(neighbours[:, 0], second)
        return Asked(places, neighbours, second, pairs, self._network.rate(*seen))

    def view(self, positions: Indices | slice, keys: Integers, nearest: Labels, asked: Asked | None) -> View:
        """Weigh what pixels may be."""
        weights = self._quiet.table.take(keys, axis=0)
        if asked is not None:
            weights[asked.places] = self._weights_of_asked(asked)
        if self.known is not None:
            options = nearest[:, None].repeat(CANDIDATES, axis=1)
            if asked is not None:
                third = third_candidates(asked.neighbours, asked.second)
                options[asked.places] = np.stack([asked.neighbours[:, 0], asked.second, third], axis=1)
            weights[:, :CANDIDATES] *= self.known.group_of[options] == self.known.groups[positions][:, None]
        return View(positions, keys, nearest, asked, weights)

    def _weights_of_asked(self, asked: Asked) -> Floats:
        logits = asked.logits
        if self._habits is not None:
            logits = logits + self._habits.biases(asked.pairs)
            found: Floats = self.model.table.take(logits.astype(np.int64), mode="clip")
            return found
        found = self.model.table.take((logits.max(axis=1, keepdims=True) - logits).astype(np.int64), mode="clip")
        found[:, CANDIDATES - 1] *= third_candidates(asked.neighbours, asked.second) != asked.neighbours[:, 0]
        return found

    def escape(self, view: View, place: int) -> Escape:
        """What to expect of a pixel that is none of its candidates."""
        position, options = view.position(place), view.options_at(place)
        where = divmod(position, self.canvas.stride)
        return Escape(options, where, self._fresh.weights(options, self._possible(position), where))

    def weights_of_first(self) -> Floats:
        """Weights of all labels at `[0, 0]`, `[count]`."""
        return self._possible(self.canvas.wave(0).start).astype(np.float32)

    def _possible(self, position: int) -> Flags:
        if self.known is None:
            return self._all
        found: Flags = self.known.group_of == self.known.groups[position]
        return found

    def learn_label(self, escape: Escape, label: int) -> None:
        """Take in what such a pixel turned out to be."""
        self._fresh.learn(escape.options, label, escape.place)

    def learn(self, views: list[View], symbols: list[Symbols]) -> None:
        """Take in what the pixels of a band turned out to be."""
        keys, found = np.concatenate([view.keys for view in views]), np.concatenate(symbols)
        self._quiet.learn(keys, found > 0)
        if self._habits is None:
            return
        busy = (keys >= self._quiet.busy_from).nonzero()[0]
        if busy.size:
            pairs = np.concatenate([view.asked.pairs for view in views if view.asked is not None])
            weights = np.concatenate([view.weights for view in views])
            self._habits.learn(pairs, weights.take(busy, axis=0), found.take(busy))


class _KnownOnCanvas:
    def __init__(self, known: Known, canvas: Canvas) -> None:
        self.group_of = known.group_of
        self.groups, self.open = np.zeros(canvas.size, np.uint8), np.zeros(canvas.size, np.bool_)
        canvas.inner(self.groups)[:] = known.groups
        canvas.inner(self.open.view(np.uint8))[:] = known.open()
