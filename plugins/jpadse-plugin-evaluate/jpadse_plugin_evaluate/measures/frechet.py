"""Fréchet and kernel distances between the patches of originals and of decoded pictures."""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from jpadse_core import JpadseError, RgbImage
from jpadse_plugin_evaluate.measures import Case, Evidence, Figure

SIDE = 256
Features = npt.NDArray[np.float64]


class Backbone(Protocol):
    """A frozen network that describes patches.

    Attributes:
        name: as in the figures' names.
        frechet, kernel: the names of the two distances on it.
        identity: what determines its features.
    """

    name: str
    frechet: str
    kernel: str
    identity: str

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


def frechet_distance(first: Features, second: Features) -> float:
    """Fréchet distance of the normal distributions with the two sets' means and covariances; `nan` below two of each.

    Args:
        first, second: `[n, d]` and `[m, d]`.

    Source: Heusel et al., NeurIPS 2017. The trace of the root of the covariances' product is the sum of the singular
    values of `A @ B.T` for centred `A`, `B` with `A.T @ A` and `B.T @ B` the covariances, which stays exact where there
    are fewer patches than features.
    """
    if min(len(first), len(second)) < 2:
        return math.nan
    centred = [(features - features.mean(axis=0)) / math.sqrt(len(features) - 1) for features in (first, second)]
    spread = sum(float(np.square(matrix).sum()) for matrix in centred)
    shared = float(np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum())
    return float(np.square(first.mean(axis=0) - second.mean(axis=0)).sum()) + spread - 2 * shared


def kernel_distance(first: Features, second: Features) -> float:
    """Squared maximum mean discrepancy with the kernel `(x.y / d + 1)^3`, unbiased; `nan` below two of each.

    Source: Bińkowski et al., "Demystifying MMD GANs", ICLR 2018; over all patches at once, not over subsets.
    """
    if min(len(first), len(second)) < 2:
        return math.nan

    def kernel(a: Features, b: Features) -> npt.NDArray[np.float64]:
        return np.asarray((a @ b.T / a.shape[1] + 1) ** 3)

    within = 0.0
    for features in (first, second):
        table = kernel(features, features)
        within += float(table.sum() - np.trace(table)) / (len(features) * (len(features) - 1))
    return within - 2 * float(kernel(first, second).mean())


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
        note = (
            f"on {backbone.name} features of 256-pixel patches; it falls with their number, and only figures over "
            "the same pictures compare"
        )
        distances: tuple[tuple[str, Callable[[Features, Features], float]], ...] = (
            (backbone.frechet, frechet_distance),
            (backbone.kernel, kernel_distance),
        )
        self.figures = tuple(
            Figure(name, "", False, "perception", self._summary(distance), per_picture=False, note=note)
            for name, distance in distances
        )
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
            partial = target.with_name(f".{name}.{os.getpid()}.part")
            partial.write_bytes(buffer.getvalue())
            partial.replace(target)
        return name

    def _summary(self, distance: Callable[[Features, Features], float]) -> Callable[[Sequence[Evidence]], float]:
        def summary(evidence: Sequence[Evidence]) -> float:
            sets = [self._together([picture[side] for picture in evidence]) for side in ("original", "decoded")]
            return distance(*sets)

        return summary

    def _together(self, names: list[str]) -> Features:
        loaded = [_load(self._folder / name) for name in names]
        there = [features for features in loaded if len(features)]
        return np.concatenate(there) if there else np.zeros((0, 1))


@lru_cache(maxsize=128)
def _load(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False).astype(np.float64)
    except (OSError, ValueError) as error:
        raise JpadseError(f"{path}: features are missing or damaged: delete the journal, and measure again") from error
