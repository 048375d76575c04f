"""The neighbours of a map's pixels: of one wave for a decoder, of many at once for an encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from jpadse_core.bitstream.wavefront.geometry import Indices, Labels
from jpadse_core.bitstream.wavefront.network import ESCAPE, third_candidates
from jpadse_core.bitstream.wavefront.observer import AT_ONCE, Asked, Observer, Symbols, View

_BANDS_AT_ONCE = 8
_NONE_DIFFERS = 0xFF


class WaveByWave:
    """Looks at the pixels of one wave, when those of all earlier ones are on the canvas."""

    def __init__(self, observer: Observer) -> None:
        self._observer, model, canvas = observer, observer.model, observer.canvas
        starts, lengths = canvas.spans()
        self._starts, self._lengths = starts.tolist(), lengths.tolist()
        neighbours = model.positions(canvas.stride)
        self._back = -int(neighbours.min())
        self._step = canvas.stride - model.skew
        self._windows = np.arange(lengths.max())[:, None] * self._step + (neighbours + self._back)
        self._watched = np.ascontiguousarray(self._windows[:, model.watched])
        self._keys, self._busy = model.tiers * observer.count, model.busy

    def look(self, wave: int) -> View | None:
        """The pixels of a wave that are coded; None where there are none."""
        start, length = self._starts[wave], self._lengths[wave]
        positions: Indices | slice = slice(start, start + (length - 1) * self._step + 1, self._step)
        watched, windows = self._watched[:length], self._windows
        known = self._observer.known
        if known is not None:
            coded = known.open[positions].nonzero()[0]
            if not coded.size:
                return None
            positions, watched, windows = start + coded * self._step, watched[coded], windows[coded]
        labels = self._observer.labels[start - self._back :]
        around = labels.take(watched)
        nearest = around[:, 0]
        change = (around != around[:, :1]).argmax(axis=1)
        busy = self._busy.take(change).nonzero()[0]
        asked = None
        if busy.size:
            asked = self._observer.ask(busy, labels.take(windows.take(busy, axis=0)))
        return self._observer.view(positions, self._keys.take(change) + nearest, nearest, asked)


@dataclass(frozen=True, eq=False)
class Band:
    """Some waves of a map that an encoder knows.

    Attributes:
        view: what the decoder will know of their pixels.
        symbols: which candidate each pixel is, or an escape, `[n]`.
        truth: their labels, `[n]`.
        ends: for every wave, where its pixels end, `[waves]`.
    """

    view: View
    symbols: Symbols
    truth: Labels
    ends: Indices

    def runs(self) -> Iterator[tuple[slice, list[int]]]:
        """Waves in a row, and the escapes of the last of them; the others have none."""
        escapes = (self.symbols == ESCAPE).nonzero()[0]
        ends = self.ends[self.ends.searchsorted(escapes, side="right")]
        begun = 0
        for end, found in groupby(zip(ends.tolist(), escapes.tolist(), strict=True), itemgetter(0)):
            yield slice(begun, end), [place for _, place in found]
            begun = end
        if begun < self.truth.size:
            yield slice(begun, self.truth.size), []


class AllAtOnce:
    """Looks at all pixels of a map, which is on the canvas."""

    def __init__(self, observer: Observer) -> None:
        self._observer, self._labels = observer, observer.labels
        model, canvas = observer.model, observer.canvas
        positions, starts = canvas.order()
        if observer.known is not None:
            coded = observer.known.open[positions]
            coded[0] = False
            starts = np.concatenate([[0], coded.cumsum()])[starts]
            positions = positions[coded]
        self._positions, self._starts = positions, starts
        self._neighbours = model.positions(canvas.stride)
        self._watched = self._neighbours[model.watched]
        self._changes = self._first_changes()[positions]
        self._keys, self._busy = model.tiers * observer.count, model.busy

    def bands(self, waves: int) -> Iterator[Band]:
        """All pixels but the first, so many waves at a time; a view knows what was learned from earlier bands."""
        starts, together = self._starts[1:], waves * _BANDS_AT_ONCE
        for first in range(0, starts.size - 1, together):
            bounds = starts[first : first + together + 1]
            if bounds[0] < bounds[-1]:
                yield from self._bands(slice(bounds[0], bounds[-1]), bounds - bounds[0], waves)

    def _bands(self, pixels: slice, bounds: Indices, waves: int) -> Iterator[Band]:
        positions, change = self._positions[pixels], self._changes[pixels]
        nearest, truth = self._labels.take(positions + self._neighbours[0]), self._labels.take(positions)
        keys = self._keys.take(change) + nearest
        all_asked = self._ask(positions, self._busy.take(change).nonzero()[0])
        symbols = _symbols(truth, nearest, all_asked)
        asked_before = all_asked.places.searchsorted(bounds)
        for wave in range(0, bounds.size - 1, waves):
            last = min(wave + waves, bounds.size - 1)
            some = slice(bounds[wave], bounds[last])
            if some.start == some.stop:
                continue
            begin, end = asked_before[wave], asked_before[last]
            asked = all_asked.part(begin, end, some.start) if begin < end else None
            view = self._observer.view(positions[some], keys[some], nearest[some], asked)
            yield Band(view, symbols[some], truth[some], bounds[wave + 1 : last + 1] - some.start)

    def _ask(self, positions: Indices, busy: Indices) -> Asked:
        # One part at least, which may be empty.
        parts = []
        for begin in range(0, max(busy.size, 1), AT_ONCE):
            places = busy[begin : begin + AT_ONCE]
            around = self._labels.take(positions.take(places)[:, None] + self._neighbours)
            parts.append(self._observer.ask(places, around))
        return Asked(
            busy,
            np.concatenate([part.neighbours for part in parts]),
            np.concatenate([part.second for part in parts]),
            np.concatenate([part.pairs for part in parts]),
            np.concatenate([part.logits for part in parts]),
        )

    def _first_changes(self) -> Labels:
        """Which of the watched neighbours is the first that differs from the nearest one, 0 where none does."""
        canvas, labels = self._observer.canvas, self._labels
        inner = slice(canvas.margin * (canvas.stride + 1), canvas.size - canvas.margin * (canvas.stride + 1))
        shifted = [labels[inner.start + by : inner.stop + by] for by in self._watched]
        changes = np.zeros(canvas.size, np.uint8)
        found = changes[inner]
        found[:] = _NONE_DIFFERS
        for place, neighbour in enumerate(shifted[1:], 1):
            differs = (neighbour != shifted[0]).view(np.uint8)
            differs -= 1
            differs |= place
            np.minimum(found, differs, out=found)
        found[found == _NONE_DIFFERS] = 0
        return changes


def _symbols(truth: Labels, nearest: Labels, asked: Asked) -> Symbols:
    symbols = np.where(truth == nearest, 0, ESCAPE).astype(np.int32)
    changed = (symbols.take(asked.places) > 0).nonzero()[0]
    places, second = asked.places.take(changed), asked.second.take(changed)
    truth = truth.take(places)
    symbols[places[truth == third_candidates(asked.neighbours.take(changed, axis=0), second)]] = 2
    symbols[places[truth == second]] = 1
    return symbols
