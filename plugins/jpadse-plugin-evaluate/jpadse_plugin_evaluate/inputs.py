"""The pictures to measure on: found, read once, resized where that is asked for, and named by their content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from jpadse_core import ImageError, RgbImage
from jpadse_core.interfaces import LabelArray
from jpadse_core.pictures import picture_endings, read_picture
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.settings import Size


@dataclass(frozen=True)
class Source:
    """A picture to measure on.

    Attributes:
        name: in tables; unique within an evaluation.
        path: of the picture.
        digest: sha256 of its file, hex.
        labels: the file of its labels, where there are any.
    """

    name: str
    path: Path
    digest: str
    labels: Path | None = None


def find_pictures(places: tuple[Path, ...], labels: Path | None = None) -> tuple[Source, ...]:
    """Pictures in files and folders, in the order given and by name within a folder.

    Args:
        places: files, or folders whose picture files are taken.
        labels: a folder with one PNG of class ids per picture, by the same stem; some may be missing.

    Raises:
        ImageError: there is none, a place or all labels are missing, a link leads nowhere, or two share a name.
    """
    suffixes = picture_endings()
    paths: list[Path] = []
    for place in places:
        if place.is_dir():
            paths += sorted(path for path in place.iterdir() if path.suffix.lower() in suffixes and not path.is_dir())
        elif place.is_file():
            paths.append(place)
        else:
            raise ImageError(f"{place}: is neither a picture nor a folder of pictures")
    if not paths:
        raise ImageError(f"{', '.join(map(str, places))}: holds no pictures")
    if gone := [path for path in paths if not path.exists()]:
        raise ImageError(f"{', '.join(map(str, gone))}: is a link to nothing: mend it, or take it out")
    sources = tuple(Source(path.stem, path, file_digest(path), _labels_of(path, labels)) for path in paths)
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ImageError(f"{', '.join(twice)}: is the name of two pictures: rename one, or leave it out")
    if labels is not None and all(source.labels is None for source in sources):
        raise ImageError(f"{paths[0]}: has no labels {labels / paths[0].stem}.png, and no other picture has any")
    return sources


def _labels_of(path: Path, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    found = folder / f"{path.stem}.png"
    return found if found.is_file() else None


@lru_cache(maxsize=2)
def read_rgb(path: Path, size: Size | None) -> RgbImage:
    """A picture's pixels, uint8 `[H, W, 3]`, resized (Lanczos) where a size is given; read-only.

    Raises:
        ImageError: it cannot be read.
    """
    rgb = read_picture(path).rgb
    width_height = _resized(rgb.shape[1], rgb.shape[0], size)
    if rgb.shape[1::-1] != width_height:
        rgb = np.asarray(Image.fromarray(rgb).resize(width_height, Image.Resampling.LANCZOS))
    rgb = np.ascontiguousarray(rgb)
    rgb.flags.writeable = False
    return rgb


@cache
def size_as_measured(path: Path, size: Size | None) -> tuple[int, int]:
    """Height and width of `read_rgb`'s picture, which is read for it once."""
    height, width, _ = read_rgb(path, size).shape
    return height, width


def _resized(width: int, height: int, size: Size | None) -> tuple[int, int]:
    if isinstance(size, tuple):
        return size
    share = min(1, size / max(width, height)) if size is not None else 1
    return max(round(width * share), 1), max(round(height * share), 1)


@lru_cache(maxsize=2)
def read_labels(path: Path) -> LabelArray:
    """Class ids of a PNG of 8 or 16 bits, `[H, W]`.

    Raises:
        ImageError: it is no such file.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            labels = np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: cannot be read as labels: {error}") from error
    if labels.ndim != 2 or labels.dtype.kind not in "iu" or labels.max(initial=0) > 0xFFFF:
        raise ImageError(f"{path}: is no picture of class ids: wants one channel of 8 or 16 bits")
    return labels.astype(np.uint16)
