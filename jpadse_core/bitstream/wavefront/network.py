"""Which label comes next: candidates out of the neighbours, and a network of integers that weighs them.

Every number is an integer held in float32, every sum stays below 2**24, so that a matrix product is exact in whatever
order a processor adds it up: the same bytes on every machine.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Indices, Labels

FOLDER = Path(__file__).parent
"""Where the shipped models are."""
CANDIDATES = 3
PLANES = 2
ESCAPE = CANDIDATES
"""The symbol for a label that is none of the candidates."""
LARGEST_ACTIVATION = 255
LARGE = 1 << 16
"""Pixels beyond which model 2 asks the network less often: .5 % more bytes, 43 % fewer busy pixels at 1024 x 512."""
LOGIT_SCALE = 64
"""Logits are whole numbers, so many to one."""
_LOGIT_DIVISOR = 16
_ZERO, _LARGEST = np.array(0, np.float32), np.array(LARGEST_ACTIVATION, np.float32)

_MIDDLE = 1024
"""What model 2 adds to logits, so that most of them are places in a table of twice as many powers."""

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Model:
    """The network and what it looks at.

    Attributes:
        skew: see `Canvas`.
        offsets: the neighbours, int `[N, 2]` of (dx, dy), nearest first; all are in earlier waves.
        watched: positions in `offsets`, of those that decide whether a pixel is worth the network.
        tiers: a pixel's tier by the first of the watched neighbours that differs from the nearest one, by place 0
            where all agree; int `[len(watched)]`. Those of the last tier are busy: the network weighs them.
        layers: float32, `[2 N + 1, h1 + 1]`, `[h1 + 1, h2 + 1]`, `[h2 + 1, 4]`: whole numbers divided by the powers of
            two that the layer's sums are divided by. The last row is the bias, for the last input is always one.
        table: weight of a symbol, float32 integers. In model 1 by how far its logit is below the largest, since
            model 2 by the logit.
        rarity: one over how often a pixel of each tier but the last differs from its nearest neighbour; None in
            model 1, which learns that and nothing else from the map itself.
        of_large: tiers and their rarity in maps of more than `LARGE` pixels, where these differ: in model 2.
        band: waves after which what was learned from the map is brought up to date.
    """

    skew: int
    offsets: npt.NDArray[np.int64]
    watched: npt.NDArray[np.int64]
    tiers: npt.NDArray[np.int64]
    layers: tuple[Floats, ...]
    table: Floats
    rarity: tuple[int, ...] | None = None
    of_large: tuple[npt.NDArray[np.int64], tuple[int, ...]] | None = None
    band: int = 16

    def suited_to(self, pixels: int) -> Model:
        """The model as it codes maps of so many pixels."""
        if self.of_large is None or pixels <= LARGE:
            return self
        tiers, rarity = self.of_large
        return replace(self, tiers=tiers, rarity=rarity)

    @property
    def learns(self) -> bool:
        """Whether the map's own habits correct the network: everywhere but in model 1."""
        return self.rarity is not None

    @property
    def busy(self) -> npt.NDArray[np.bool_]:
        """Whether a pixel is busy, by the place of the first watched neighbour that differs."""
        found: npt.NDArray[np.bool_] = self.tiers == self.tiers.max()
        return found

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
    # One structured array in place of an archive since model 3: it is read in a quarter of the time.
    stored = np.load(FOLDER / f"model_{number}.{'npz' if number < 3 else 'npy'}", allow_pickle=False)
    divisors = (*stored["shifts"].tolist(), _LOGIT_DIVISOR)
    layers = tuple(
        _with_bias(stored[f"weights{place}"], stored[f"biases{place}"], divisor, last=place == len(divisors))
        for place, divisor in enumerate(divisors, 1)
    )
    offsets, watched = stored["offsets"].astype(np.int64), stored["watched"].astype(np.int64)
    # Stored for the planes "is the second candidate" and "is neither the first nor the second"; see `rate`.
    layers[0][: len(offsets)] -= layers[0][len(offsets) : -1]
    if number == 1:
        tiers = (np.arange(watched.size) > 0).astype(np.int64)
        return Model(int(stored["skew"]), offsets, watched, tiers, layers, stored["falls"].astype(np.float32))
    layers[-1][-1] += _MIDDLE
    tiers, rarity = stored["tiers"].astype(np.int64), tuple(stored["rarity"].tolist())
    model = Model(int(stored["skew"]), offsets, watched, tiers, layers, _powers(), rarity)
    if number == 2:
        of_large = stored["tiers_of_large"].astype(np.int64), tuple(stored["rarity_of_large"].tolist())
        return replace(model, of_large=of_large)
    return replace(model, band=int(stored["band"]))


def _with_bias(weights: npt.NDArray[np.int8], biases: npt.NDArray[np.int32], divisor: int, *, last: bool) -> Floats:
    rows, columns = weights.shape
    layer = np.zeros((rows + 1, columns + (not last)), np.float32)
    layer[:rows, :columns], layer[rows, :columns] = weights, biases
    layer *= np.float32(1 / divisor)
    layer[rows, columns:] = 1
    return layer


def _powers() -> Floats:
    """About `exp(k / 64)` for logits from 0 on, scaled; by whole numbers, which are the same everywhere."""
    powers = [1 << 64]
    for _ in range(2 * _MIDDLE):
        powers.append(powers[-1] * (LOGIT_SCALE + 1) // LOGIT_SCALE)
    return np.array([float(power >> 64) for power in powers], np.float32)


def second_candidates(neighbours: Labels) -> tuple[Labels, Flags, Flags]:
    """The first label among the neighbours that differs from the nearest one's, which is the first candidate.

    Args:
        neighbours: `[n, N]`, nearest first, not all equal.

    Returns:
        The candidates `[n]`, and what the network sees: which neighbours equal them, and which differ from the first
        candidate, `[n, N]` each.
    """
    differs = neighbours != neighbours[:, :1]
    second = _at(neighbours, differs)
    return second, neighbours == second[:, None], differs


def third_candidates(neighbours: Labels, second: Labels) -> Labels:
    """The third distinct label among the neighbours, `[n]`; the first again where there is none."""
    return _at(neighbours, (neighbours != neighbours[:, :1]) & (neighbours != second[:, None]))


def _at(neighbours: Labels, flags: Flags) -> Labels:
    count, width = neighbours.shape
    found: Labels = neighbours.ravel().take(flags.argmax(axis=1) + np.arange(0, count * width, width))
    return found


class Network:
    """Rates candidates, in room that is set aside once.

    Args:
        model: its layers.
        most: pixels that are rated in one go.
    """

    def __init__(self, model: Model, most: int) -> None:
        self._layers = model.layers
        self._inputs = np.ones((most, len(model.layers[0])), np.float32)

    def rate(self, is_second: Flags, differs: Flags) -> Floats:
        """Logits of the three candidates and of an escape, float32 integers `[n, 4]`.

        Args:
            is_second, differs: as from `second_candidates`.
        """
        count, width = is_second.shape
        values = self._inputs[:count]
        values[:, :width] = is_second
        values[:, width:-1] = differs
        for layer in self._layers[:-1]:
            values = values.dot(layer)
            np.floor(values, out=values)
            values.clip(_ZERO, _LARGEST, out=values)
        logits: Floats = values.dot(self._layers[-1])
        return np.floor(logits, out=logits)
