"""Which label comes next: candidates out of the neighbours, and a network of integers that weighs them.

Every number is an integer held in float32, every sum stays below 2**24, so that a matrix product is exact in whatever
order a processor adds it up: the same bytes on every machine.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Indices, Labels

CANDIDATES = 3
PLANES = 2
ESCAPE = CANDIDATES
"""The symbol for a label that is none of the candidates."""
LARGEST_ACTIVATION = 255
_LOGIT_DIVISOR, _LARGEST_FALL = 16, 1023

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Model:
    """The network and what it looks at.

    Attributes:
        skew: see `Canvas`.
        offsets: the neighbours, int `[N, 2]` of (dx, dy), nearest first; all are in earlier waves.
        watched: positions in `offsets`; where all of these agree a pixel is quiet and not worth the network.
        weights, biases: of three layers, float32 integers: `[2 N, h1]`, `[h1, h2]`, `[h2, 4]`.
        shifts: powers of two that the sums of the first two layers are divided by.
        falls: weight of a symbol by how far its logit is below the largest, float32 integers `[1024]`.
    """

    skew: int
    offsets: npt.NDArray[np.int64]
    watched: npt.NDArray[np.int64]
    weights: tuple[Floats, Floats, Floats]
    biases: tuple[Floats, Floats, Floats]
    shifts: tuple[int, int]
    falls: Floats

    @property
    def margin(self) -> int:
        """The border that the neighbours want."""
        return int(np.abs(self.offsets).max())

    @property
    def reach(self) -> int:
        """How many rows below its own a pixel's neighbours lie."""
        return max(0, int(self.offsets[:, 1].max()))

    def positions(self, stride: int) -> Indices:
        """The neighbours as distances on a canvas whose rows are `stride` long."""
        found: Indices = self.offsets[:, 1] * stride + self.offsets[:, 0]
        return found


@functools.cache
def load_model(number: int) -> Model:
    """A shipped model; their numbers are part of the format and never change their meaning."""
    with (files("jpadse_core.bitstream.wavefront") / f"model_{number}.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        layers = range(1, 4)
        return Model(
            skew=int(stored["skew"]),
            offsets=stored["offsets"].astype(np.int64),
            watched=stored["watched"].astype(np.int64),
            weights=tuple(stored[f"weights{layer}"].astype(np.float32) for layer in layers),
            biases=tuple(stored[f"biases{layer}"].astype(np.float32) for layer in layers),
            shifts=(int(stored["shifts"][0]), int(stored["shifts"][1])),
            falls=stored["falls"].astype(np.float32),
        )


def candidates(neighbours: Labels) -> tuple[Labels, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """The first three distinct labels among the neighbours.

    Args:
        neighbours: `[n, N]`, nearest first, not all equal.

    Returns:
        The candidates `[n, 3]`, the first being repeated where there is no third; whether there is a third, `[n]`;
        and what the network sees, `[n, 2, N]`: which neighbours equal the second candidate, and which neither the
        first nor the second.
    """
    rows = np.arange(len(neighbours))
    seen = np.empty((len(neighbours), PLANES, neighbours.shape[1]), np.bool_)
    first = neighbours[:, 0]
    other = neighbours != first[:, None]
    second = neighbours[rows, other.argmax(axis=1)]
    np.equal(neighbours, second[:, None], out=seen[:, 0])
    np.not_equal(other, seen[:, 0], out=seen[:, 1])
    place = seen[:, 1].argmax(axis=1)
    options = np.empty((len(neighbours), CANDIDATES), np.uint8)
    options[:, 0], options[:, 1], options[:, 2] = first, second, neighbours[rows, place]
    return options, seen[rows, 1, place], seen


def weigh(model: Model, seen: npt.NDArray[np.bool_], third: npt.NDArray[np.bool_]) -> Floats:
    """Weights of the three candidates and of an escape, float32 integers `[n, 4]`.

    Args:
        model: the network.
        seen: what it sees, as from `candidates`.
        third: whether there is a third candidate.
    """
    values = seen.reshape(len(seen), -1).astype(np.float32)
    for layer, shift in enumerate(model.shifts):
        values = values @ model.weights[layer]
        values += model.biases[layer]
        values *= np.float32(1 / shift)
        np.floor(values, out=values)
        np.maximum(values, 0, out=values)
        np.minimum(values, LARGEST_ACTIVATION, out=values)
    logits = values @ model.weights[2]
    logits += model.biases[2]
    logits *= np.float32(1 / _LOGIT_DIVISOR)
    np.floor(logits, out=logits)
    falls = np.minimum(logits.max(axis=1, keepdims=True) - logits, _LARGEST_FALL)
    weights: Floats = model.falls[falls.astype(np.int64)]
    weights[~third, CANDIDATES - 1] = 0
    return weights
