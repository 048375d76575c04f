"""Fréchet and kernel distances between the patches of originals and of decoded pictures."""

from __future__ import annotations

import hashlib
import io
import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from jpadse_core import JpadseError, RgbImage
from jpadse_plugin_evaluate.measures import Case, Evidence, Figure
from jpadse_plugin_evaluate.statistics import Draws

SIDE = 256
MOST_RESAMPLED = 400
"""Patches up to which a distance has an interval: the time that it takes grows with their cube."""
Features: TypeAlias = npt.NDArray[np.float64]


class Backbone(Protocol):
    """A frozen network that describes patches.

    Attributes:
        name: as in the figures' names.
        frechet, kernel: the names of the two distances on it.
        identity: what determines its features.
        packages: see `Measure`.
    """

    name: str
    frechet: str
    kernel: str
    identity: str
    packages: tuple[str, ...]

    def describe(self, patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Features `[n, d]` of uint8 `[n, 256, 256, 3]`."""


def patches_of(rgb: RgbImage) -> npt.NDArray[np.uint8]:
    """Patches of 256 by 256, uint8 `[n, 256, 256, 3]`: a grid from the top left, and a second one shifted by 128.

    Source: Mentzer et al., "High-Fidelity Generative Image Compression", NeurIPS 2020, appendix A.7. What the grid
    leaves over at the bottom and at the right is not seen.
    """
    patches = [*_grid(rgb, 0), *_grid(rgb, SIDE // 2)]
    return np.stack(patches) if patches else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _grid(rgb: RgbImage, start: int) -> Iterator[npt.NDArray[np.uint8]]:
    for top in range(start, rgb.shape[0] - SIDE + 1, SIDE):
        for left in range(start, rgb.shape[1] - SIDE + 1, SIDE):
            yield rgb[top : top + SIDE, left : left + SIDE]


@dataclass(frozen=True, eq=False)
class Products:
    """Inner products of features, which both distances are made of: in the first set, across, and in the second.

    Patches have weights, 1 or how often they were drawn, so that drawing pictures anew needs no new products.
    """

    first: Features
    across: Features
    second: Features
    size: int

    @classmethod
    def of(cls, first: Features, second: Features) -> Products:
        """Of `[n, d]` and `[m, d]`."""
        return cls(first @ first.T, first @ second.T, second @ second.T, first.shape[1])


Distance: TypeAlias = Callable[[Products, Features, Features], float]
"""From products and the weights of both sets, `[n]` and `[m]`, to a distance."""


def frechet_distance(first: Features, second: Features) -> float:
    """Fréchet distance of the normal distributions with the two sets' means and covariances; `nan` below two of each.

    Args:
        first, second: `[n, d]` and `[m, d]`.

    Source: Heusel et al., NeurIPS 2017. The trace of the root of the covariances' product is the sum of the singular
    values of `A @ B.T` for centred `A`, `B` with `A.T @ A` and `B.T @ B` the covariances, which stays exact where there
    are fewer patches than features.
    """
    return weighted_frechet(Products.of(first, second), np.ones(len(first)), np.ones(len(second)))


def weighted_frechet(products: Products, first: Features, second: Features) -> float:
    """See `frechet_distance` and `Distance`."""
    if min(first.sum(), second.sum()) < 2:
        return math.nan
    shares = first / first.sum(), second / second.sum()
    means = [shares[0] @ products.first @ shares[0], shares[1] @ products.second @ shares[1]]
    across = products.across @ shares[1]
    apart = means[0] + means[1] - 2 * shares[0] @ across
    centred = products.across - across[:, None] - shares[0] @ products.across + shares[0] @ across
    spread, roots = 0.0, []
    for weights, table, mean in ((first, products.first, means[0]), (second, products.second, means[1])):
        spread += (weights @ np.diag(table) - weights.sum() * mean) / (weights.sum() - 1)
        roots.append(np.sqrt(weights / (weights.sum() - 1)))
    scaled = (roots[0][:, None] * centred * roots[1])[first > 0][:, second > 0]
    return float(apart + spread - 2 * np.linalg.svd(scaled, compute_uv=False).sum())


def kernel_distance(first: Features, second: Features) -> float:
    """Squared maximum mean discrepancy with the kernel `(x.y / d + 1)^3`, unbiased; `nan` below two of each.

    Source: Bińkowski et al., "Demystifying MMD GANs", ICLR 2018; over all patches at once, not over subsets.
    """
    return weighted_kernel(Products.of(first, second), np.ones(len(first)), np.ones(len(second)))


def weighted_kernel(products: Products, first: Features, second: Features) -> float:
    """See `kernel_distance` and `Distance`."""
    if min(first.sum(), second.sum()) < 2:
        return math.nan

    def kernel(table: Features) -> Features:
        moved = table / products.size + 1
        return moved * moved * moved

    within = 0.0
    for weights, table in ((first, kernel(products.first)), (second, kernel(products.second))):
        within += (weights @ table @ weights - weights @ np.diag(table)) / (weights.sum() * (weights.sum() - 1))
    return float(within - 2 * (first @ kernel(products.across) @ second) / (first.sum() * second.sum()))


class PatchDistances:
    """Both distances on one backbone. The features of every picture are kept as files beside the journal.

    Args:
        backbone: describes patches.
        folder: where features are kept.
    """

    def __init__(self, backbone: Backbone, folder: Path) -> None:
        self._backbone = backbone
        self._folder = folder
        self.identity = f"patches {backbone.identity}"
        self.packages = backbone.packages
        note = (
            f"on {backbone.name} features of 256-pixel patches; it falls with their number, and only figures over "
            "the same pictures compare"
        )
        distances: tuple[tuple[str, Distance, int], ...] = (
            (backbone.frechet, weighted_frechet, 2),
            (backbone.kernel, weighted_kernel, 4),  # thousandths tell codecs apart
        )
        self.figures = tuple(
            Figure(name, "", False, "perception", self._summary(distance), per_picture=False, digits=digits,
                   note=note, resampled=self._resampled(distance))
            for name, distance, digits in distances
        )  # fmt: skip
        self._last: tuple[str, str] = ("", "")

    def measure(self, case: Case) -> dict[str, Evidence]:
        """See `Measure.measure`; a picture with a side below 256 pixels adds nothing."""
        if self._last[0] != case.digest:
            self._last = case.digest, self._kept(case.original)
        evidence = {"original": self._last[1], "decoded": self._kept(case.decoded)}
        return {figure.name: evidence for figure in self.figures}

    def _kept(self, rgb: RgbImage) -> str:
        patches = patches_of(rgb)
        features = self._backbone.describe(patches) if len(patches) else np.zeros((0, 1), np.float32)
        buffer = io.BytesIO()
        np.save(buffer, features.astype(np.float32), allow_pickle=False)
        name = f"{hashlib.sha256(buffer.getvalue()).hexdigest()[:32]}.npy"
        target = self._folder / name
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{name}.{secrets.token_hex(8)}.part")
            partial.write_bytes(buffer.getvalue())
            partial.replace(target)
        return name

    def _summary(self, distance: Distance) -> Callable[[Sequence[Evidence]], float]:
        def summary(evidence: Sequence[Evidence]) -> float:
            products, counts = self._products(evidence)
            ones = np.ones(counts.sum())
            return distance(products, ones, ones)

        return summary

    def _resampled(self, distance: Distance) -> Callable[[Sequence[Evidence], Draws], Features]:
        """Moved to have the distance over all pictures as their mean: fewer different patches are further apart, which
        is no property of the pictures."""

        def resampled(evidence: Sequence[Evidence], draws: Draws) -> Features:
            products, counts = self._products(evidence)
            if counts.sum() > MOST_RESAMPLED:
                return np.zeros(0)
            weights = [np.repeat(np.bincount(draw, minlength=len(counts)), counts).astype(float) for draw in draws]
            found = np.array([distance(products, drawn, drawn) for drawn in weights])
            ones = np.ones(counts.sum())
            return found + (distance(products, ones, ones) - float(np.nanmean(found)))

        return resampled

    def _products(self, evidence: Sequence[Evidence]) -> tuple[Products, npt.NDArray[np.int64]]:
        """Of all pictures' patches, and how many each has."""
        sets = [[_load(self._folder / picture[side]) for picture in evidence] for side in ("original", "decoded")]
        counts = np.array([len(features) for features in sets[0]], np.int64)
        return Products.of(*(_together(features) for features in sets)), counts


def _together(sets: list[Features]) -> Features:
    there = [features for features in sets if len(features)]
    return np.concatenate(there) if there else np.zeros((0, 1))


@lru_cache(maxsize=128)
def _load(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False).astype(np.float64)
    except (OSError, ValueError) as error:
        raise JpadseError(f"{path}: features are missing or damaged: delete the journal, and measure again") from error
