"""Training examples of the label-map coder: the busy pixels of a map and what the coder sees there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.geometry import Canvas
from jpadse_core.bitstream.wavefront.network import ESCAPE, second_candidates, third_candidates

_NEAREST = 33
"""Neighbours that can make a pixel busy: up to 4.5 pixels away."""
_INNERMOST = 13
"""Neighbours on the ring of radius 9."""

FIRST, SECOND, NEITHER = range(3)
"""What a neighbour is: the first candidate, the second, or another label."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Where the coder looks; see `jpadse_core.bitstream.wavefront.network.Model`."""

    skew: int
    offsets: npt.NDArray[np.int64]
    watched: npt.NDArray[np.int64]
    tiers: npt.NDArray[np.int64]
    rarity: tuple[int, ...] = (1567, 250, 611, 1157)
    """Measured on the training maps of streets at 1024 x 512 and 256 x 128, and of CamVid."""
    band: int = 32


@dataclass(frozen=True, eq=False)
class Examples:
    """Busy pixels.

    Attributes:
        codes: `FIRST`, `SECOND` or `NEITHER` for each neighbour, uint8 `[n, N]`.
        symbols: which candidate the pixel is, or an escape, uint8 `[n]`.
    """

    codes: npt.NDArray[np.uint8]
    symbols: npt.NDArray[np.uint8]


def neighbourhood(skew: int = 5, near: int = 63, far: int = 48) -> Neighbourhood:
    """The `near` nearest causal neighbours, then `far` on rings around them.

    The first ten of the near ones, every third of the others, the innermost ring and every fourth on two more rings
    are watched; the nearest of these decide that a pixel is busy.
    """
    reach = range(-14, 15)
    causal = [(dx, dy) for dy in reach for dx in reach if dx + skew * dy < 0]
    found = sorted(causal, key=lambda offset: (offset[0] ** 2 + offset[1] ** 2, -offset[1], offset[0]))[:near]
    for radius in (9, 12, 16, 21, 28):
        for angle in np.arange(24) * np.pi / 12:
            offset = round(radius * np.cos(angle)), round(radius * np.sin(angle))
            if offset[0] + skew * offset[1] < 0 and offset not in found and len(found) < near + far:
                found.append(offset)
    rings = near + _INNERMOST
    outer = range(rings, min(rings + 2 * _INNERMOST, len(found)), 4)
    watched = np.array([*range(10), *range(10, near, 3), *range(near, min(rings, len(found))), *outer])
    nearest = min(_NEAREST, near)
    tiers = np.digitize(watched, (nearest, near, rings))
    tiers[1 : np.count_nonzero(watched < nearest)] = 4
    return Neighbourhood(skew, np.array(found, np.int64), watched, tiers)


def examples(maps: Iterable[npt.NDArray[np.uint8]], at: Neighbourhood, most: int, seed: int) -> Examples:
    """Up to `most` busy pixels of `maps`, an even random share of each map's."""
    random = np.random.default_rng(seed)
    found = [_of_map(labels, at) for labels in maps]
    total = sum(len(part.symbols) for part in found)
    kept = []
    for part in found:
        chosen = random.random(len(part.symbols)) < most / max(total, 1)
        kept.append(Examples(part.codes[chosen], part.symbols[chosen]))
    return Examples(np.concatenate([part.codes for part in kept]), np.concatenate([part.symbols for part in kept]))


def _of_map(labels: npt.NDArray[np.uint8], at: Neighbourhood) -> Examples:
    margin, reach = int(np.abs(at.offsets).max()), max(0, int(at.offsets[:, 1].max()))
    canvas = Canvas(labels.shape[0], labels.shape[1], at.skew, margin, reach)
    plane = np.zeros(canvas.size, np.uint8)
    canvas.inner(plane)[:] = labels
    outside, repeated, _ = canvas.border()
    plane[outside] = plane[repeated]
    places = np.arange(canvas.size).reshape(-1, canvas.stride)
    positions = places[margin : margin + canvas.height, margin : margin + canvas.width].ravel()
    distances = at.offsets[:, 1] * canvas.stride + at.offsets[:, 0]
    nearest = plane[positions + distances[0]]
    busy = np.zeros(len(positions), np.bool_)
    for distance in distances[at.watched[at.tiers == at.tiers.max()]]:
        busy |= plane[positions + distance] != nearest
    busy[0] = False
    positions = positions[busy]
    if not positions.size:
        return Examples(np.zeros((0, len(distances)), np.uint8), np.zeros(0, np.uint8))
    neighbours, truth = plane[positions[:, None] + distances], plane[positions]
    second, is_second, differs = second_candidates(neighbours)
    codes = np.full(neighbours.shape, FIRST, np.uint8)
    codes[differs], codes[is_second] = NEITHER, SECOND
    symbols = np.full(len(positions), ESCAPE, np.uint8)
    for place, candidate in ((2, third_candidates(neighbours, second)), (1, second), (0, neighbours[:, 0])):
        symbols[candidate == truth] = place
    return Examples(codes, symbols)
