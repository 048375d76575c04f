"""More photos than there are: windows of two or three, joined, and labelled anew by their teacher.

A student that is to copy a teacher's function learns most from many pictures which the teacher itself has seen as they
are (Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", CVPR 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_plugin_train.corpus import Sample, kept_map

SIDE = 384
"""Rows and columns of a composite."""
_LEAST_SHARE = 0.25
_ALONE = 0.4


def composites(
    photos: list[Sample],
    label: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]],
    cache: Path,
    count: int,
    seed: int = 0,
) -> list[Sample]:
    """Make composites; number `n` depends on the seed, `n` and the photos alone.

    Args:
        photos: what they are cut from.
        label: the teacher, from uint8 `[H, W, 3]` to texture ids uint8 `[H, W]`.
        cache: where its answers are kept.
        count: how many to make.
        seed: chooses the sequence.
    """
    made = []
    for number in range(count):
        rgb = _composite(photos, np.random.default_rng([seed, number]))
        kept = cache / f"composite-{len(photos)}-{seed}-{number}.png"
        textures = kept_map(kept, partial(label, rgb))
        made.append(Sample(f"photos/composite-{number}", rgb, textures, clean=False, street=False))
    return made


def _composite(photos: list[Sample], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """One window, or two or three side by side or one above the other."""
    parts = 1 if random.random() < _ALONE else int(random.integers(2, 4))
    if parts == 1:
        return _window(photos, random, SIDE, SIDE)
    edges = np.sort(random.uniform(0.2, 0.8, parts - 1) * SIDE).astype(int)
    sides = [int(side) for side in np.diff(edges, prepend=0, append=SIDE) if side > 0]
    beside = random.random() < 0.5
    shapes = [(SIDE, side) if beside else (side, SIDE) for side in sides]
    return np.concatenate([_window(photos, random, *shape) for shape in shapes], axis=int(beside))


def _window(photos: list[Sample], random: np.random.Generator, height: int, width: int) -> npt.NDArray[np.uint8]:
    """A part of a photo in about its own proportions, mirrored half of the time."""
    rgb = photos[random.integers(len(photos))].rgb
    rows, columns = rgb.shape[:2]
    largest = min(rows / height, columns / width)
    scale = largest * np.sqrt(random.uniform(_LEAST_SHARE, 1))
    tall, wide = height * scale, width * scale
    top, left = random.uniform(0, rows - tall), random.uniform(0, columns - wide)
    seen = Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR, (left, top, left + wide, top + tall))
    window = np.asarray(seen)
    return window[:, ::-1] if random.random() < 0.5 else window
