"""Training pictures from any folder, with texture maps by an installed extractor."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jpadse_core.plugins.loading import load
from jpadse_plugin_train.corpus import PICTURES, Sample, read_rgb
from jpadse_plugin_train.enhancer.model import NO_MAP
from jpadse_plugin_train.extracted import extracted_textures

_HELD_OUT = 10
"""Every tenth picture by name is held out; of fewer, the last."""


def folder_samples(folder: Path, extractor: str | None, cache: Path, *, validation: bool) -> list[Sample]:
    """The pictures of a folder and the folders in it.

    Args:
        folder: holds at least two pictures.
        extractor: name of the installed extractor that labels them; none: they have no maps.
        cache: where the maps are kept.
        validation: the held-out ones instead of the others.

    Raises:
        FileNotFoundError: it holds fewer than two pictures.
        ValueError: one of them cannot be read.
        PluginError: the extractor cannot be loaded.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if len(paths) < 2:
        raise FileNotFoundError(f"{folder}: wants at least two pictures ({', '.join(sorted(PICTURES))})")
    held_out = set(paths[_HELD_OUT - 1 :: _HELD_OUT]) or {paths[-1]}
    labeller = None if extractor is None else load("semantics", extractor)
    samples = []
    for path in paths:
        if (path in held_out) == validation:
            try:
                rgb = read_rgb(path)
            except OSError as error:
                raise ValueError(
                    f"{path}: cannot be read as a picture, so take it out of the folder: {error}"
                ) from error
            textures = (
                np.full(rgb.shape[:2], NO_MAP, np.uint8)
                if labeller is None
                else extracted_textures(rgb, labeller, cache)
            )
            samples.append(Sample(path.relative_to(folder).as_posix(), rgb, textures, clean=True, street=False))
    return samples
