"""A map of ranks to bytes and back: waves of pixels, the probabilities of their labels, a range coder."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from jpadse_core.bitstream.wavefront.adaptive import NewLabels, QuietPlaces
from jpadse_core.bitstream.wavefront.geometry import Canvas, Indices, Labels
from jpadse_core.bitstream.wavefront.network import CANDIDATES, ESCAPE, Floats, Model, candidates, weigh
from jpadse_core.errors import BitstreamCorrupt

BAND = 16
"""Waves after which the statistics of quiet places are brought up to date."""

_WORD, _CHECK = 4, 2

Flags = npt.NDArray[np.bool_]


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


@contextmanager
def _one_thread() -> Iterator[None]:
    # A wave is too small a product to share: with a thread a core, BLAS took 30 times as long on a busy machine.
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@_one_thread()
def encode_ranks(ranks: Labels, count: int, model: Model, known: Known | None = None) -> bytes:
    """Code a map without loss: two bytes of checksum, then the range coder's words without the zeros at their end.

    Args:
        ranks: uint8 `[h, w]`, each below `count`; `[0, 0]` is not coded.
        count: number of labels, 2 to 256.
        model: the network.
        known: what the decoder is told.
    """
    from constriction import stream

    coder, family = stream.queue.RangeEncoder(), stream.model.Categorical(perfect=False)
    canvas = _canvas(ranks.shape, model)
    labels = np.zeros(canvas.size, np.uint8)
    canvas.inner(labels)[:] = ranks
    outside, repeated, _ = canvas.border()
    labels[outside] = labels[repeated]
    observer, fresh = _Observer(labels, canvas, model, count, known), NewLabels(count)
    for first in range(1, canvas.waves, BAND):
        parts = [observer.positions(number) for number in range(first, min(first + BAND, canvas.waves))]
        positions, ends = np.concatenate(parts), np.cumsum([len(part) for part in parts])
        view = observer.look(positions)
        truth = labels[positions]
        symbols = view.symbols(truth)
        escapes = np.flatnonzero(symbols == ESCAPE)
        ends_of_escapes = ends[np.searchsorted(ends, escapes, side="right")]
        begun = 0
        for end in np.unique(ends_of_escapes):
            coder.encode(symbols[begun:end], family, view.weights[begun:end])
            for place in escapes[ends_of_escapes == end]:
                weights = fresh.weights(view.options[place], observer.possible(positions[place]))
                coder.encode(truth[place : place + 1].astype(np.int32), family, weights[None])
                fresh.learn(view.options[place], int(truth[place]))
            begun = end
        if begun < len(symbols):
            coder.encode(symbols[begun:], family, view.weights[begun:])
        observer.learn((view, truth))
    return _check(ranks) + bytes(coder.get_compressed().astype("<u4").tobytes().rstrip(b"\0"))


@_one_thread()
def decode_ranks(
    data: bytes, shape: tuple[int, int], count: int, first: int, model: Model, known: Known | None = None
) -> Labels:
    """Undo `encode_ranks`.

    Args:
        data: the bytes.
        shape: height and width.
        count: number of labels.
        first: the label at `[0, 0]`.
        model: the network it was coded with.
        known: what the encoder was told.

    Raises:
        BitstreamCorrupt: the bytes are damaged.
    """
    from constriction import stream

    check, code = data[:_CHECK], data[_CHECK:]
    words = np.frombuffer(code + bytes(-len(code) % _WORD), "<u4").astype(np.uint32)
    coder, family = stream.queue.RangeDecoder(words), stream.model.Categorical(perfect=False)
    canvas = _canvas(shape, model)
    labels = np.full(canvas.size, first, np.uint8)
    if known is not None:
        canvas.inner(labels)[:] = known.start()
        labels[canvas.wave(0)] = first
    outside, repeated, starts = canvas.border()
    observer, fresh = _Observer(labels, canvas, model, count, known), NewLabels(count)
    labels[outside[: starts[1]]] = first
    views: list[tuple[_View, Labels]] = []
    for number in range(1, canvas.waves):
        positions = observer.positions(number)
        if positions.size:
            view = observer.look(positions)
            symbols = _decoded(coder, family, view.weights)
            found = view.labels(symbols)
            for place in np.flatnonzero(symbols == ESCAPE):
                weights = fresh.weights(view.options[place], observer.possible(positions[place]))
                found[place] = _decoded(coder, family, weights[None])[0]
                fresh.learn(view.options[place], int(found[place]))
            labels[positions] = found
            views.append((view, found))
        part = slice(starts[number], starts[number + 1])
        labels[outside[part]] = labels[repeated[part]]
        if number % BAND == 0 and views:
            observer.learn(*views)
            views.clear()
    ranks = np.ascontiguousarray(canvas.inner(labels))
    if check != _check(ranks) or not coder.maybe_exhausted():
        raise BitstreamCorrupt("the label map's code is damaged: its checksum differs")
    return ranks


def _decoded(coder: Any, family: Any, weights: Floats) -> npt.NDArray[np.int32]:
    try:
        symbols: npt.NDArray[np.int32] = coder.decode(family, weights)
    except AssertionError as error:
        raise BitstreamCorrupt("the label map's code is damaged: no such symbols") from error
    return symbols


def _check(ranks: Labels) -> bytes:
    return (zlib.crc32(ranks.tobytes()) & 0xFFFF).to_bytes(_CHECK, "little")


def _canvas(shape: tuple[int, ...], model: Model) -> Canvas:
    return Canvas(shape[0], shape[1], model.skew, model.margin, model.reach)


@dataclass(frozen=True, eq=False)
class _View:
    """What is known of some pixels before they are decoded.

    Attributes:
        options: the candidates, `[n, 3]`; all the same at a quiet place.
        weights: of the candidates and of an escape, `[n, 4]`.
        quiet: where the watched neighbours agree, `[n]`.
    """

    options: Labels
    weights: Floats
    quiet: Flags

    def symbols(self, truth: Labels) -> npt.NDArray[np.int32]:
        """Which candidate each pixel is, or an escape."""
        found = np.full(len(truth), ESCAPE, np.int32)
        for place in reversed(range(CANDIDATES)):
            found[self.options[:, place] == truth] = place
        return found

    def labels(self, symbols: npt.NDArray[np.int32]) -> Labels:
        """The candidate that each symbol stands for; any for an escape."""
        found: Labels = self.options[np.arange(len(symbols)), np.minimum(symbols, CANDIDATES - 1)]
        return found


class _Observer:
    """Looks at the neighbours of pixels, with what was learned so far."""

    def __init__(self, labels: Labels, canvas: Canvas, model: Model, count: int, known: Known | None) -> None:
        self._labels, self._canvas, self._model = labels, canvas, model
        self._quiet = QuietPlaces(count)
        self._neighbours = model.positions(canvas.stride)
        self._watched = self._neighbours[model.watched]
        self._known = known
        self._all = np.ones(count, np.bool_)
        if known is not None:
            self._groups, self._open = np.zeros(canvas.size, np.uint8), np.zeros(canvas.size, np.bool_)
            canvas.inner(self._groups)[:] = known.groups
            rows = self._open.reshape(-1, canvas.stride)
            rows[canvas.margin : -canvas.margin, canvas.margin : -canvas.margin] = known.open()

    def positions(self, wave: int) -> Indices:
        """The pixels of a wave that are coded."""
        pixels = self._canvas.wave(wave)
        positions = np.arange(pixels.start, pixels.stop, pixels.step)
        return positions if self._known is None else positions[self._open[positions]]

    def possible(self, position: int) -> Flags:
        """The labels that the pixel may have, `[count]`."""
        if self._known is None:
            return self._all
        found: Flags = self._known.group_of == self._groups[position]
        return found

    def look(self, positions: Indices) -> _View:
        """Options and weights of the pixels at `positions`."""
        watched = self._labels[positions[:, None] + self._watched]
        nearest = watched[:, 0]
        quiet = (watched == nearest[:, None]).all(axis=1)
        options = np.empty((len(positions), CANDIDATES), np.uint8)
        options[:] = nearest[:, None]
        weights = self._quiet.weights(nearest)
        busy = np.flatnonzero(~quiet)
        if busy.size:
            neighbours = self._labels[positions[busy, None] + self._neighbours]
            options[busy], third, seen = candidates(neighbours)
            weights[busy] = weigh(self._model, seen, third)
        if self._known is not None:
            weights[:, :CANDIDATES] *= self._known.group_of[options] == self._groups[positions, None]
        return _View(options, weights, quiet)

    def learn(self, *views: tuple[_View, Labels]) -> None:
        """Take in what the quiet places of a band turned out to be."""
        nearest = np.concatenate([view.options[view.quiet, 0] for view, _ in views])
        truth = np.concatenate([found[view.quiet] for view, found in views])
        self._quiet.learn(nearest, truth != nearest)
