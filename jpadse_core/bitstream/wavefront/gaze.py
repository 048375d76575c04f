"""The neighbours of a map's pixels: of one wave for a decoder, of many at once for an encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Indices, Labels
from jpadse_core.bitstream.wavefront.network import CANDIDATES, ESCAPE, candidates, rate
from jpadse_core.bitstream.wavefront.observer import Asked, Observer, View

Symbols = npt.NDArray[np.int32]

_BANDS_AT_ONCE = 8
_ASKED_AT_ONCE = 512
"""So many pixels' layers stay in a core's cache."""
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
            options, *seen = candidates(labels.take(windows.take(busy, axis=0)))
            asked = Asked(busy, options, rate(self._observer.model, *seen))
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
        for end in np.unique(ends).tolist():
            yield slice(begun, end), escapes[ends == end].tolist()
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
            pixels = slice(bounds[0], bounds[-1])
            asked = self._ask(pixels)
            for wave in range(0, bounds.size - 1, waves):
                ends = bounds[wave : wave + waves + 1]
                if ends[0] < ends[-1]:
                    yield self._band(slice(ends[0], ends[-1]), ends[1:] - ends[0], asked, bounds[0])

    def _band(self, pixels: slice, ends: Indices, all_asked: Asked, origin: int) -> Band:
        positions, change = self._positions[pixels], self._changes[pixels]
        nearest, truth = self._labels[positions + self._neighbours[0]], self._labels[positions]
        symbols = np.where(truth == nearest, 0, ESCAPE).astype(np.int32)
        begin, end = all_asked.places.searchsorted([pixels.start - origin, pixels.stop - origin])
        asked = None
        if begin < end:
            asked = Asked(
                all_asked.places[begin:end] - (pixels.start - origin),
                all_asked.options[:, begin:end],
                all_asked.logits[begin:end],
            )
            hits = asked.options == truth[asked.places]
            symbols[asked.places] = np.where(hits.any(axis=0), hits.argmax(axis=0), ESCAPE)
        view = self._observer.view(positions, self._keys[change] + nearest, nearest, asked)
        return Band(view, symbols, truth, ends)

    def _ask(self, pixels: slice) -> Asked:
        busy = self._busy[self._changes[pixels]].nonzero()[0]
        positions = self._positions[pixels][busy, None]
        parts = []
        for begin in range(0, busy.size, _ASKED_AT_ONCE):
            options, *seen = candidates(self._labels.take(positions[begin : begin + _ASKED_AT_ONCE] + self._neighbours))
            parts.append((options, rate(self._observer.model, *seen)))
        if not parts:
            return Asked(busy, np.zeros((CANDIDATES, 0), np.uint8), np.zeros((0, CANDIDATES + 1), np.float32))
        all_options, logits = zip(*parts, strict=True)
        return Asked(busy, np.concatenate(all_options, axis=1), np.concatenate(logits))

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
