"""What encoder and decoder know of some pixels before these are coded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.adaptive import Habits, Integers, NearbyLabels, NewLabels, QuietPlaces
from jpadse_core.bitstream.wavefront.geometry import Canvas, Indices, Labels
from jpadse_core.bitstream.wavefront.network import CANDIDATES, Flags, Floats, Model, weigh

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
        options: their candidates, `[3, b]`.
        logits: as `rate` gives them, `[b, 4]`.
    """

    places: Indices
    options: Labels
    logits: Floats


@dataclass(slots=True, eq=False)
class View:
    """Some pixels, in the order in which they are coded, and the weights that they are coded with.

    Attributes:
        positions: where they are on the canvas, `[n]`, or a slice.
        keys: as `QuietPlaces` wants them, `[n]`.
        nearest: the nearest neighbour's label, `[n]`: the first candidate.
        asked: the busy ones among them, if there are any.
        pairs: as `Habits` wants them, `[b]`.
        weights: of the candidates and of an escape, `[n, 4]`.
    """

    positions: Indices | slice
    keys: Integers
    nearest: Labels
    asked: Asked | None
    pairs: Integers
    weights: Floats

    def position(self, place: int) -> int:
        """Where one pixel is on the canvas."""
        if isinstance(self.positions, slice):
            return int(self.positions.start + place * self.positions.step)
        return int(self.positions[place])

    def options_at(self, place: int) -> Labels:
        """The candidates of one pixel, `[3]`; all the same at a quiet place."""
        if self.asked is not None:
            index = int(self.asked.places.searchsorted(place))
            if index < self.asked.places.size and self.asked.places[index] == place:
                found: Labels = self.asked.options[:, index]
                return found
        return self.nearest[place : place + 1].repeat(CANDIDATES)


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
        self._quiet = QuietPlaces(count, model)
        self._habits = Habits(count) if model.learns else None
        self._fresh: NewLabels | NearbyLabels = NearbyLabels(count) if model.learns else NewLabels(count)
        self._all = np.ones(count, np.bool_)

    def view(self, positions: Indices | slice, keys: Integers, nearest: Labels, asked: Asked | None) -> View:
        """Weigh what pixels may be."""
        weights = self._quiet.table.take(keys, axis=0)
        pairs = _NO_PAIRS
        if asked is not None:
            logits = asked.logits
            if self._habits is not None:
                pairs = self._habits.pairs(asked.options)
                logits = logits + self._habits.biases(pairs)
            weights[asked.places] = weigh(self.model, logits, asked.options)
        if self.known is not None:
            options = nearest[:, None].repeat(CANDIDATES, axis=1)
            if asked is not None:
                options[asked.places] = asked.options.T
            weights[:, :CANDIDATES] *= self.known.group_of[options] == self.known.groups[positions][:, None]
        return View(positions, keys, nearest, asked, pairs, weights)

    def weights_of_labels(self, view: View, place: int) -> Floats:
        """Weights of all labels where a pixel is none of its candidates, `[count]`."""
        position = view.position(place)
        where = divmod(position, self.canvas.stride)
        return self._fresh.weights(view.options_at(place), self._possible(position), where)

    def weights_of_first(self) -> Floats:
        """Weights of all labels at `[0, 0]`, `[count]`."""
        return self._possible(self.canvas.wave(0).start).astype(np.float32)

    def _possible(self, position: int) -> Flags:
        if self.known is None:
            return self._all
        found: Flags = self.known.group_of == self.known.groups[position]
        return found

    def learn_label(self, view: View, place: int, label: int) -> None:
        """Take in what such a pixel turned out to be."""
        position = view.position(place)
        self._fresh.learn(view.options_at(place), label, divmod(position, self.canvas.stride))

    def learn(self, views: list[tuple[View, npt.NDArray[np.int32]]]) -> None:
        """Take in what the pixels of a band turned out to be."""
        keys = np.concatenate([view.keys for view, _ in views])
        self._quiet.learn(keys, np.concatenate([symbols for _, symbols in views]) > 0)
        if self._habits is None:
            return
        asked = [(view, view.asked.places, symbols) for view, symbols in views if view.asked is not None]
        if asked:
            pairs = np.concatenate([view.pairs for view, _, _ in asked])
            weights = np.concatenate([view.weights.take(places, axis=0) for view, places, _ in asked])
            self._habits.learn(pairs, weights, np.concatenate([found.take(places) for _, places, found in asked]))


class _KnownOnCanvas:
    def __init__(self, known: Known, canvas: Canvas) -> None:
        self.group_of = known.group_of
        self.groups, self.open = np.zeros(canvas.size, np.uint8), np.zeros(canvas.size, np.bool_)
        canvas.inner(self.groups)[:] = known.groups
        canvas.inner(self.open.view(np.uint8))[:] = known.open()
