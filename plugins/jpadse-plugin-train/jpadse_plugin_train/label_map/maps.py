"""Label maps to train the coder on: several domains, label sets and resolutions out of a data folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import SemanticExtractor
from jpadse_core.downsampling import downsample_labels

Labels = npt.NDArray[np.uint8]
Domain = Callable[[], Iterator[Labels]]

_SQUASHED_STEP, _EXTRACTED_STEP = 3, 20
_CITYSCAPES_VALIDATION = 2876


def domains(data: Path, extractor: SemanticExtractor) -> dict[str, Domain]:
    """The training maps by domain; each is flipped from left to right as well.

    Frankfurt is Cityscapes' training city here, so that Aachen, whose maps have photos, stays unseen.

    Args:
        data: the data folder.
        extractor: its maps of training photos are a domain, as they are what files hold.
    """
    frankfurt = [_read(path) for path in sorted((data / "street" / "cityscapes" / "labels_only").glob("*.png"))]
    squashed = sorted((data / "street" / "cityscapes256" / "labels").glob("*.png"))
    squashed = [path for path in squashed if int(path.stem) < _CITYSCAPES_VALIDATION][::_SQUASHED_STEP]
    camvid = [_read(path) for path in sorted((data / "street" / "camvid" / "train").glob("*.png"))]
    extracted = _Extracted(data, extractor)
    return {
        "street": lambda: _flipped(_phases(frankfurt, 2, (0, 1))),
        "street at a half": lambda: _flipped(_phases(frankfurt, 4, (0, 2))),
        "street at a quarter": lambda: _flipped(_quarters(frankfurt)),
        "squashed street at a quarter": lambda: _flipped(_read(path)[::2] for path in squashed),
        "camvid": lambda: _flipped(iter(camvid)),
        "camvid at a quarter": lambda: _flipped(_phases(camvid, 4, (0, 2))),
        "extracted": lambda: _flipped(iter(extracted.maps())),
        "extracted at a quarter": lambda: _flipped(downsample_labels(labels, 4) for labels in extracted.maps()),
    }


class _Extracted:
    """Maps that an extractor makes of training photos, at the size the network sees them; made once."""

    def __init__(self, data: Path, extractor: SemanticExtractor) -> None:
        self._data, self._extractor = data, extractor
        self._maps: list[Labels] = []

    def maps(self) -> list[Labels]:
        if not self._maps:
            photos = [path for name in ("cid22", "gb82", "bsds500") for path in _photos(self._data, name)]
            streets = sorted((self._data / "street" / "cityscapes256" / "photos").glob("*.jpg"))[
                :_CITYSCAPES_VALIDATION
            ]
            for path in [*photos, *streets[::_EXTRACTED_STEP]]:
                rgb = np.asarray(Image.open(path).convert("RGB"))
                self._maps.append(np.asarray(self._extractor.extract(rgb).labels, np.uint8))
        return self._maps


def _photos(data: Path, name: str) -> list[Path]:
    found = sorted(path for path in (data / "photos" / name).iterdir() if path.suffix in {".webp", ".png", ".jpg"})
    return found[:-10] if name == "cid22" else found


def _read(path: Path) -> Labels:
    return np.asarray(Image.open(path))


def _phases(maps: list[Labels], divisor: int, starts: tuple[int, ...]) -> Iterator[Labels]:
    """Every `divisor`-th label of every `divisor`-th row, from several corners."""
    for labels in maps:
        for start in starts:
            yield labels[start::divisor, start::divisor]


def _quarters(maps: list[Labels]) -> Iterator[Labels]:
    """About a quarter of 1024 x 512: picked at scales around it from every corner, and by majority."""
    for divisor in (6, 7, 8, 9, 10):
        yield from _phases(maps, divisor, tuple(range(0, divisor, 1 if divisor == 8 else 3)))
    for labels in _phases(maps, 2, (0, 1)):
        for start in (0, 2):
            yield downsample_labels(np.ascontiguousarray(labels[start:, start:]), 4).astype(np.uint8)


def _flipped(maps: Iterator[Labels]) -> Iterator[Labels]:
    for labels in maps:
        yield np.ascontiguousarray(labels)
        yield np.ascontiguousarray(labels[:, ::-1])
