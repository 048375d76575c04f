"""A map of ranks to bytes and back: waves of pixels, the probabilities of their labels, a range coder."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from jpadse_core.bitstream.wavefront.gaze import AllAtOnce, WaveByWave
from jpadse_core.bitstream.wavefront.geometry import Labels
from jpadse_core.bitstream.wavefront.network import ESCAPE, Floats, Model
from jpadse_core.bitstream.wavefront.observer import Known, Observer, Symbols, View
from jpadse_core.bitstream.wavefront.words import join, split
from jpadse_core.errors import BitstreamCorrupt

_CHECK = 2


@functools.cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def _one_thread() -> Iterator[None]:
    # A wave is too small a product to share: with a thread a core, BLAS took 30 times as long on a busy machine.
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@_one_thread()
def encode_ranks(ranks: Labels, count: int, model: Model, known: Known | None = None) -> bytes:
    """Code a map without loss: two bytes of checksum, then the range coder's words without the zeros at their end.

    Args:
        ranks: uint8 `[h, w]`, each below `count`; model 1 does not code `[0, 0]`.
        count: number of labels, 2 to 256.
        model: the network.
        known: what the decoder is told.
    """
    from constriction import stream

    coder, family = stream.queue.RangeEncoder(), stream.model.Categorical(perfect=False)
    model = model.suited_to(ranks.size)
    observer = Observer(ranks.shape, model, count, known)
    canvas, labels = observer.canvas, observer.labels
    canvas.inner(labels)[:] = ranks
    outside, repeated, _ = canvas.border()
    labels[outside] = labels[repeated]
    if model.learns:
        coder.encode(ranks[0, :1].astype(np.int32), family, observer.weights_of_first()[None])
    for band in AllAtOnce(observer).bands(model.band):
        view = band.view
        for run, escapes in band.runs():
            coder.encode(band.symbols[run], family, view.weights[run])
            for place in escapes:
                escape, label = observer.escape(view, place), band.truth[place : place + 1]
                coder.encode(label.astype(np.int32), family, escape.weights[None])
                observer.learn_label(escape, int(label[0]))
        observer.learn([view], [band.symbols])
    code = join(coder, model)
    return _check(ranks, code, model) + code


@_one_thread()
def decode_ranks(
    data: bytes, shape: tuple[int, int], count: int, model: Model, known: Known | None = None, first: int | None = None
) -> Labels:
    """Undo `encode_ranks`.

    Args:
        data: the bytes.
        shape: height and width.
        count: number of labels.
        model: the network it was coded with.
        known: what the encoder was told.
        first: the label at `[0, 0]`, for model 1 alone.

    Raises:
        BitstreamCorrupt: the bytes are damaged.
    """
    from constriction import stream

    check, code = data[:_CHECK], data[_CHECK:]
    coder, family = stream.queue.RangeDecoder(split(code, model)), stream.model.Categorical(perfect=False)
    model = model.suited_to(shape[0] * shape[1])
    observer = Observer(shape, model, count, known)
    labels, canvas = observer.labels, observer.canvas
    if first is None:
        first = int(_decoded(coder, family, observer.weights_of_first()[None])[0])
    canvas.inner(labels)[:] = first if known is None else known.start()
    labels[canvas.wave(0)] = first
    outside, repeated, starts = canvas.border()
    bounds = starts.tolist()
    gaze = WaveByWave(observer)
    labels[outside[: bounds[1]]] = first
    views: list[View] = []
    coded: list[Symbols] = []
    for number in range(1, canvas.waves):
        view = gaze.look(number)
        if view is not None:
            symbols = _decoded(coder, family, view.weights)
            labels[view.positions] = view.nearest
            for place in symbols.nonzero()[0].tolist():
                if symbols[place] < ESCAPE:
                    label = view.label(place, symbols[place])
                else:
                    escape = observer.escape(view, place)
                    label = int(_decoded(coder, family, escape.weights[None])[0])
                    observer.learn_label(escape, label)
                labels[view.position(place)] = label
            views.append(view)
            coded.append(symbols)
        begin, end = bounds[number], bounds[number + 1]
        if begin < end:
            labels[outside[begin:end]] = labels.take(repeated[begin:end])
        if number % model.band == 0 and views:
            observer.learn(views, coded)
            views.clear()
            coded.clear()
    ranks = np.ascontiguousarray(canvas.inner(labels))
    if check != _check(ranks, code, model) or (not model.learns and not coder.maybe_exhausted()):
        raise BitstreamCorrupt("the label map's code is damaged: its checksum differs")
    return ranks


def _decoded(coder: Any, family: Any, weights: Floats) -> npt.NDArray[np.int32]:
    try:
        symbols: npt.NDArray[np.int32] = coder.decode(family, weights)
    except AssertionError as error:
        raise BitstreamCorrupt("the label map's code is damaged: no such symbols") from error
    return symbols


def _check(ranks: Labels, code: bytes, model: Model) -> bytes:
    # Model 2 ends in whatever number is shortest, which leaves the range coder no way to tell that too much follows.
    covered = len(code).to_bytes(4, "little") if model.learns else b""
    return (zlib.crc32(covered, zlib.crc32(ranks.tobytes())) & 0xFFFF).to_bytes(_CHECK, "little")
