"""Boundaries between instances of one class: a few colours, so that touching instances differ, coded given the labels.

The layer is: form (1 byte), then for `PLAIN` a block of `encode_labels` with the colours; for `GIVEN_LABELS` the model,
with model 1 the colour at `[0, 0]`, the number of colours of every label that occurs, and the wavefront code of label
and colour together, in which the label is known.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.label_codes import MODEL, MODELS, suits_waves
from jpadse_core.bitstream.label_map import decode_labels, encode_labels
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.bitstream.wavefront.coder import decode_ranks, encode_ranks
from jpadse_core.bitstream.wavefront.network import load_model
from jpadse_core.bitstream.wavefront.observer import Known
from jpadse_core.errors import BitstreamCorrupt, BitstreamUnsupported, SemanticsError
from jpadse_core.interfaces.labels import LabelArray

Colours = npt.NDArray[np.uint8]
_MOST_COLOURS = 256


class _Form(IntEnum):
    PLAIN = 0
    GIVEN_LABELS = 1


def colour_instances(labels: LabelArray, instances: npt.NDArray[np.integer]) -> Colours:
    """The lowest colours with which any two touching instances of a class differ, larger instances first.

    Args:
        labels: uint8 or uint16 `[h, w]`.
        instances: integers `[h, w]`; pixels of one class and one number are one instance.

    Returns:
        uint8 `[h, w]`; greedy, so 0 wherever instances stand alone.

    Raises:
        SemanticsError: more than 256 colours would be needed.
    """
    pairs = np.stack([labels.ravel().astype(np.int64), instances.ravel().astype(np.int64)], axis=1)
    _, index, areas = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    grid = index.reshape(labels.shape)
    touching: dict[int, set[int]] = {}
    for one, other in _touching(labels, grid):
        touching.setdefault(one, set()).add(other)
        touching.setdefault(other, set()).add(one)
    colours = np.zeros(areas.size, np.int64)
    done: set[int] = set()
    for instance in sorted(touching, key=lambda number: -areas[number]):
        taken = {int(colours[neighbour]) for neighbour in touching[instance] & done}
        colours[instance] = next(colour for colour in range(len(taken) + 1) if colour not in taken)
        done.add(instance)
    if colours.max() >= _MOST_COLOURS:
        raise SemanticsError("more than 256 instances of a class touch each other: leave the instances out")
    return colours.astype(np.uint8)[grid]


def _touching(labels: LabelArray, grid: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Pairs of different instances of one class that are neighbours, also by a corner."""
    found: set[tuple[int, int]] = set()
    height, width = grid.shape
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
        there = (slice(down, height), slice(max(0, right), width - max(0, -right)))
        border = (grid[here] != grid[there]) & (labels[here] == labels[there])
        pairs = np.stack([grid[here][border], grid[there][border]], axis=1)
        found.update((int(one), int(other)) for one, other in np.unique(pairs, axis=0))
    return sorted(found)


def encode_colours(labels: LabelArray, colours: Colours) -> bytes:
    """Code the layer without loss; both `[h, w]`."""
    ids, ranks = np.unique(labels, return_inverse=True)
    ranks = ranks.reshape(labels.shape)
    counts = np.zeros(ids.size, np.int64)
    np.maximum.at(counts, ranks.ravel(), colours.ravel().astype(np.int64) + 1)
    if counts.max() == 1:
        return bytes([_Form.PLAIN]) + encode_labels(colours)
    firsts = np.cumsum(counts) - counts
    both = (firsts[ranks] + colours).astype(np.uint16)
    if not suits_waves(both, int(counts.sum())):
        return bytes([_Form.PLAIN]) + encode_labels(colours)
    code = encode_ranks(
        both.astype(np.uint8), int(counts.sum()), load_model(MODEL), _known(ranks.astype(np.uint8), counts)
    )
    head = bytes([_Form.GIVEN_LABELS, MODEL])
    return head + b"".join(write_varint(int(count)) for count in counts) + code


def decode_colours(data: bytes, labels: LabelArray) -> Colours:
    """Undo `encode_colours`, given the labels.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the layer contradicts itself or the labels, or ends early.
        BitstreamUnsupported: a newer version wrote it.
    """
    reader = Reader(data, "instance layer")
    form = reader.byte()
    if form == _Form.PLAIN:
        colours = decode_labels(reader.rest(), (labels.shape[0], labels.shape[1]))
        if colours.dtype != np.uint8:
            raise BitstreamCorrupt("the instance layer has more than 256 colours")
        return colours.astype(np.uint8)
    if form != _Form.GIVEN_LABELS:
        raise BitstreamUnsupported(f"the instance layer has form {form}: pip install --upgrade jpadse")
    model = reader.byte()
    if model not in MODELS:
        raise BitstreamUnsupported(f"the instance layer uses model {model}: pip install --upgrade jpadse")
    first = reader.byte() if model == 1 else 0
    ids, ranks = np.unique(labels, return_inverse=True)
    ranks = ranks.reshape(labels.shape)
    counts = np.array([reader.varint() for _ in range(ids.size)], np.int64)
    total = int(counts.sum())
    if counts.min() < 1 or not 1 < total <= _MOST_COLOURS or first >= counts[ranks[0, 0]]:
        raise BitstreamCorrupt("the instance layer's colours do not fit the labels")
    if not suits_waves(ranks.astype(np.uint16), total, most_changes=1.0):
        raise BitstreamCorrupt("the instance layer is larger than its form allows")
    firsts = np.cumsum(counts) - counts
    known = _known(ranks.astype(np.uint8), counts)
    shape = (labels.shape[0], labels.shape[1])
    start = int(firsts[ranks[0, 0]]) + first if model == 1 else None
    both = decode_ranks(reader.rest(), shape, total, load_model(model), known, start)
    if (known.group_of[both] != ranks).any():
        raise BitstreamCorrupt("the instance layer contradicts the labels")
    return (both - firsts[ranks]).astype(np.uint8)


def _known(ranks: Colours, counts: npt.NDArray[np.int64]) -> Known:
    return Known(ranks, np.repeat(np.arange(counts.size), counts).astype(np.uint8))
