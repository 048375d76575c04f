"""The pictures that the suites try: made by integer arithmetic, so that they are the same on every machine."""

from __future__ import annotations

import numpy as np

from jpadse_core.interfaces.picture import RgbImage

SHAPES: tuple[tuple[int, int], ...] = ((1, 1), (1, 2), (3, 1), (5, 7), (17, 31), (64, 48), (1, 513), (513, 1), (9, 400))
"""Height and width: the smallest, odd ones, and extreme aspects."""


def textured(height: int, width: int, seed: int = 0) -> RgbImage:
    """Slopes, an edge and a little noise: what a codec, an extractor and an enhancer all have something to do with."""
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(seed).integers(0, 24, (height, width, 3))
    slopes = np.stack([rows * 180 // max(height, 2), columns * 160 // max(width, 2), (rows + columns) % 97], axis=2)
    block = ((rows // 8 + columns // 8 + seed) % 3 == 0)[..., None] * np.array([60, 0, 30])
    return np.ascontiguousarray(np.clip(slopes + block + noise, 0, 255).astype(np.uint8))


def extremes(height: int = 24, width: int = 40) -> dict[str, RgbImage]:
    """Pictures at the ends of what a picture can be, by name."""
    rows, columns = np.mgrid[:height, :width]
    checks = ((rows + columns) % 2 * 255).astype(np.uint8)
    primaries = np.zeros((height, width, 3), np.uint8)
    for channel in range(3):
        primaries[:, channel::3, channel] = 255
    return {
        "black": np.zeros((height, width, 3), np.uint8),
        "white": np.full((height, width, 3), 255, np.uint8),
        "checkerboard": np.repeat(checks[..., None], 3, axis=2),
        "primaries": primaries,
        "noise": np.random.default_rng(7).integers(0, 256, (height, width, 3)).astype(np.uint8),
    }


EXTREMES = tuple(extremes())
"""The names of `extremes()`."""


def noisier(rgb: RgbImage, amplitude: int) -> RgbImage:
    """`rgb` with up to `amplitude` levels of noise on every sample."""
    noise = np.random.default_rng(3).integers(-amplitude, amplitude + 1, rgb.shape)
    return np.asarray(np.clip(rgb + noise, 0, 255), np.uint8)
