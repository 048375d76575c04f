"""Enhancers that are an ONNX graph as `jpadse export` writes it, run in tiles whose seams are not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_core.builtin.networks import Network, open_file
from jpadse_core.interfaces.enhancer import Hints, Preference
from jpadse_core.interfaces.labels import TEXTURES, SemanticMap
from jpadse_core.interfaces.picture import RgbImage, is_grey

_CELL = 4
_NO_MAP = len(TEXTURES)
_ALIGNMENT = 16
_TILE = 1024
_MARGIN = 80
"""The network's receptive field to one side: at most 20 convolutions of 3 by 3 on cells of 4 pixels."""


@dataclass(frozen=True)
class _Tile:
    """What is computed, `[top, bottom) x [left, right)`, of which the core is kept."""

    rows: slice
    columns: slice
    core_rows: slice
    core_columns: slice


def _spans(length: int) -> Iterator[tuple[slice, slice]]:
    count = -(-length // _TILE)
    step = -(-length // (count * _ALIGNMENT)) * _ALIGNMENT
    for start in range(0, length, step):
        stop = min(start + step, length)
        yield slice(max(start - _MARGIN, 0), min(stop + _MARGIN, length)), slice(start, stop)


def _tiles(height: int, width: int) -> Iterator[_Tile]:
    for rows, core_rows in _spans(height):
        for columns, core_columns in _spans(width):
            yield _Tile(rows, columns, core_rows, core_columns)


def _cells(span: slice) -> slice:
    return slice(span.start // _CELL, span.stop // _CELL)


def _inside(core: slice, span: slice) -> slice:
    return slice(core.start - span.start, core.stop - span.start)


def _texture_cells(
    semantics: SemanticMap | None, shape: tuple[int, int], padded: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Texture ids per cell of the padded picture, uint8 `[H/4, W/4]`."""
    cells = (padded[0] // _CELL, padded[1] // _CELL)
    if semantics is None:
        return np.full(cells, _NO_MAP, np.uint8)
    covered = (-(-shape[0] // _CELL), -(-shape[1] // _CELL))
    textures = semantics.textures()
    if textures.shape != covered:
        textures = np.asarray(Image.fromarray(textures).resize(covered[::-1], Image.Resampling.NEAREST))
    return np.pad(textures, ((0, cells[0] - covered[0]), (0, cells[1] - covered[1])), mode="edge")


class NetworkEnhancer:
    """One network for every codec, with the dial `x_D + p * r_P + a * r_A`.

    A grey picture stays grey. Memory is bounded: at most 1184 by 1184 pixels are in the network at a time.

    Attributes:
        name: of the enhancer.
        weights: the ONNX file.
    """

    name: str
    weights: Path | Traversable

    @property
    def digest(self) -> str:
        """sha256 of the weights, hex."""
        return self.network().digest

    def check_weights(self) -> None:
        """See `Enhancer`."""
        self.network()

    def network(self) -> Network:
        """The network, opened once a process.

        Raises:
            WeightsMissing: the file is not there, or is no ONNX graph.
        """
        return open_file(self.weights)

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        """See `Enhancer.enhance`."""
        return self._enhanced(rgb, semantics, hints, [preference])[0]

    def enhance_all(
        self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preferences: Sequence[Preference]
    ) -> list[RgbImage]:
        """See `DialEnhancer.enhance_all`; the network's trunk runs once."""
        dial = next(given for given in self.network().session.get_inputs() if given.name == "dial")
        if dial.shape[0] == 1:  # an older graph has one point at a time
            return [self.enhance(rgb, semantics, hints, preference) for preference in preferences]
        return self._enhanced(rgb, semantics, hints, preferences)

    def _enhanced(
        self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preferences: Sequence[Preference]
    ) -> list[RgbImage]:
        height, width = rgb.shape[:2]
        bottom, right = -height % _ALIGNMENT, -width % _ALIGNMENT
        padded = (height + bottom, width + right)
        textures = _texture_cells(semantics, (height, width), padded)
        session = self.network().session
        conditions = {
            "hints": hint_vector(hints.codec, hints.bits_per_pixel, hints.quality)[None],
            "dial": np.array([[wanted.perception, wanted.accuracy] for wanted in preferences], np.float32),
        }
        enhanced = [np.empty_like(rgb) for _ in preferences]
        for tile in _tiles(*padded):
            (output,) = session.run(
                ["enhanced"],
                {
                    "picture": _padded(rgb, tile)[None],
                    "textures": textures[_cells(tile.rows), _cells(tile.columns)][None],
                    **conditions,
                },
            )
            kept = output[:, _inside(tile.core_rows, tile.rows), _inside(tile.core_columns, tile.columns)]
            for picture, made in zip(enhanced, kept, strict=True):
                core = picture[tile.core_rows, tile.core_columns]
                core[...] = made[: core.shape[0], : core.shape[1]]
        return [_grey(picture) for picture in enhanced] if is_grey(rgb) else enhanced


def _padded(rgb: RgbImage, tile: _Tile) -> RgbImage:
    """What is computed of a picture, with its edge repeated where the tile goes beyond it."""
    part = rgb[tile.rows, tile.columns]
    bottom = tile.rows.stop - tile.rows.start - part.shape[0]
    right = tile.columns.stop - tile.columns.start - part.shape[1]
    return np.pad(part, ((0, bottom), (0, right), (0, 0)), mode="edge")


def _grey(rgb: RgbImage) -> RgbImage:
    """The mean of the three channels, in all three."""
    mean = (rgb.sum(axis=2, dtype=np.uint16) + 1) // 3
    return np.repeat(mean.astype(np.uint8)[..., None], 3, axis=2)
