"""Which pixels of a map are decoded together, and how it continues beyond its border.

Pixels with the same `x + skew * y` make a wave. When it is decoded, all pixels of earlier waves are known: its own are
independent of each other given those, and are decoded in one go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Canvas:
    """A map of `height` x `width` pixels inside a border, as one flat array of rows.

    Attributes:
        height, width: of the map.
        skew: how many pixels a wave moves to the left from row to row, 1 or more.
        margin: width of the border.
        reach: how many rows below its own a pixel's neighbours may lie.
    """

    height: int
    width: int
    skew: int
    margin: int
    reach: int

    @property
    def stride(self) -> int:
        """Length of a row with its border."""
        return self.width + 2 * self.margin

    @property
    def size(self) -> int:
        """Labels on the canvas."""
        return (self.height + 2 * self.margin) * self.stride

    @property
    def waves(self) -> int:
        """Number of waves."""
        return self.width + self.skew * (self.height - 1)

    def wave(self, number: int) -> slice:
        """The positions of a wave's pixels on the canvas, from the top down."""
        top = max(0, -((self.width - 1 - number) // self.skew))
        bottom = min(self.height - 1, number // self.skew)
        start = (top + self.margin) * self.stride + number - self.skew * top + self.margin
        step = self.stride - self.skew
        return slice(start, start + (bottom - top) * step + 1, step)

    def inner(self, canvas: Labels) -> Labels:
        """The map on the canvas, as a view `[height, width]`."""
        rows = canvas.reshape(-1, self.stride)
        return rows[self.margin : self.margin + self.height, self.margin : self.margin + self.width]

    def spans(self) -> tuple[Indices, Indices]:
        """For every wave, the position of its first pixel on the canvas and the number of its pixels."""
        numbers = np.arange(self.waves)
        top = np.maximum(0, -((self.width - 1 - numbers) // self.skew))
        bottom = np.minimum(self.height - 1, numbers // self.skew)
        return (top + self.margin) * self.stride + numbers - self.skew * top + self.margin, bottom - top + 1

    def order(self) -> tuple[Indices, Indices]:
        """The positions of all pixels as they are coded, and for every wave, where its part of them begins."""
        waves = np.arange(self.width) + self.skew * np.arange(self.height)[:, None]
        positions = np.arange(self.size).reshape(-1, self.stride)[self.margin :, self.margin :]
        positions = positions[: self.height, : self.width].ravel()
        found = positions[self._by_wave(waves.ravel())]
        return found, np.concatenate([[0], self.spans()[1].cumsum()])

    def border(self) -> tuple[Indices, Indices, Indices]:
        """How the map continues.

        Returns:
            Positions on the border; the map's position that each of them repeats; and, for every wave, where its
            part of the two begins: they are sorted by the wave of the repeated pixel. Above and below, waves go
            on; to the right, rows do; to the left a row shows an earlier one, known before it begins.
        """
        outside = np.ones((self.height + 2 * self.margin, self.stride), np.bool_)
        outside[self.margin : -self.margin, self.margin : -self.margin] = False
        positions = np.flatnonzero(outside)
        y, x = np.divmod(positions, self.stride)
        row = np.clip(y, self.margin, self.margin + self.height - 1)
        column = x - self.margin + self.skew * (y - row)
        row -= self.margin
        row = np.where(column < 0, np.maximum(row - 1 - self.reach, 0), row)
        column = np.clip(column, 0, self.width - 1)
        waves = column + self.skew * row
        repeated = (row + self.margin) * self.stride + column + self.margin
        order = self._by_wave(waves)
        starts = np.concatenate([[0], np.bincount(waves, minlength=self.waves).cumsum()])
        return positions[order], repeated[order], starts

    def _by_wave(self, waves: Indices) -> Indices:
        # Numbers of 16 bits are sorted without comparing them, ten times as fast.
        narrow = waves.astype(np.uint16) if self.waves <= 1 << 16 else waves
        return np.argsort(narrow, kind="stable")
