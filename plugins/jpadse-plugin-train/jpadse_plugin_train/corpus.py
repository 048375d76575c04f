"""The training and validation pictures of a data folder, with a texture map for each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.interfaces.label_sets import CAMVID_11, CITYSCAPES_19
from jpadse_core.interfaces.labels import LabelSet
from jpadse_plugin_train.teachers import VOID, PhotoTeacher

_CITYSCAPES_VALIDATION = 2876
_CID22_VALIDATION = 10
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture.

    Attributes:
        name: path inside the data folder.
        rgb: uint8 `[H, W, 3]`, sRGB.
        textures: texture id of every pixel, uint8 `[H, W]`; 255 is void.
        clean: whether the picture is good enough to be a target of restoration.
        street: whether it shows a street scene with human labels.
        extracted: texture ids by an extractor, mistakes included, uint8 `[H, W]`; or None.
        squashed: how many times narrower the picture is than what it shows.
        likely: how sure the teachers are of every texture, in 255ths, uint8 `[h, w, textures]`; None where people
            labelled, or it was not asked for.
    """

    name: str
    rgb: npt.NDArray[np.uint8]
    textures: npt.NDArray[np.uint8]
    clean: bool
    street: bool
    extracted: npt.NDArray[np.uint8] | None = None
    squashed: int = 1
    likely: npt.NDArray[np.uint8] | None = None


def _labelled(path: Path, label_set: LabelSet) -> npt.NDArray[np.uint8]:
    lookup = np.full(256, VOID, np.uint8)
    lookup[: len(label_set.classes)] = label_set.texture_ids
    return lookup[np.asarray(Image.open(path))]


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """A picture as uint8 `[H, W, 3]`."""
    return np.asarray(Image.open(path).convert("RGB"))


def _street(folder: Path, validation: bool) -> Iterator[tuple[Path, LabelSet, Path, bool, int]]:
    for photo in sorted((folder / "cityscapes256" / "photos").glob("*.jpg")):
        if (int(photo.stem) >= _CITYSCAPES_VALIDATION) == validation:
            yield photo, CITYSCAPES_19, folder / "cityscapes256" / "labels" / f"{photo.stem}.png", True, 2
    for photo in sorted((folder / "camvid" / ("val" if validation else "train")).glob("*.jpg")):
        yield photo, CAMVID_11, photo.with_suffix(".png"), False, 1


def _photos(folder: Path, validation: bool) -> Iterator[Path]:
    cid22 = sorted(path for path in (folder / "cid22").iterdir() if path.suffix in PICTURES)
    if validation:
        yield from cid22[-_CID22_VALIDATION:]
        return
    yield from cid22[:-_CID22_VALIDATION]
    for name in ("gb82", "bsds500", "wallpapers"):
        if (folder / name).is_dir():
            yield from sorted(path for path in (folder / name).iterdir() if path.suffix in PICTURES)


class Corpus:
    """A data folder laid out as `street/{cityscapes256,camvid}`, `photos/{cid22,gb82,bsds500}` and `networks`, and
    where it is there, `photos/wallpapers`.

    Args:
        data: the folder.
        cache: where the teachers' texture maps are kept.
        validation: the held-out part instead of the training part (Cityscapes256 from number 2876, CamVid's val, the
            last ten CID22 photos).
    """

    def __init__(self, data: Path, cache: Path, *, validation: bool = False) -> None:
        self._data = data
        self._cache = cache
        self._validation = validation
        self._teacher: PhotoTeacher | None = None

    def samples(
        self, wanted: Callable[[bool, bool], bool] = lambda clean, street: True, *, likely: bool = False
    ) -> list[Sample]:
        """Load the pictures for which `wanted(clean, street)` holds; `likely` asks for the teachers' probabilities."""
        found: list[Sample] = []
        for photo, label_set, labels, clean, squashed in _street(self._data / "street", self._validation):
            if wanted(clean, True):
                rgb, textures = read_rgb(photo), _labelled(labels, label_set)
                found.append(Sample(self._name(photo), rgb, textures, clean, True, squashed=squashed))
        for photo in _photos(self._data / "photos", self._validation):
            if wanted(True, False):
                rgb = read_rgb(photo)
                sample = Sample(self._name(photo), rgb, self._taught(photo, rgb), True, False)
                found.append(with_probabilities(sample, self._asked(), self._cache) if likely else sample)
        return found

    def _name(self, photo: Path) -> str:
        return photo.relative_to(self._data).as_posix()

    def _taught(self, photo: Path, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        kept = self._cache / f"{self._name(photo).replace('/', '_')}.ade20k.png"
        return kept_map(kept, lambda: self._asked().textures(rgb))

    def _asked(self) -> PhotoTeacher:
        self._teacher = self._teacher or PhotoTeacher(self._data / "networks")
        return self._teacher


def kept_map(kept: Path, make: Callable[[], npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """The texture ids, uint8 `[H, W]`, in the PNG file `kept`, which is made whole where it is not there yet."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        Image.fromarray(make()).save(partial, "PNG")
        partial.replace(kept)
    return np.asarray(Image.open(kept))


def with_probabilities(sample: Sample, teacher: PhotoTeacher, cache: Path, key: str = "") -> Sample:
    """The same with `likely`, which is kept in `cache` by the sample's name, or another key."""
    kept = cache / f"{(key or sample.name).replace('/', '_')}.likely.npy"
    if not kept.exists():
        partial = kept.with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, teacher.probabilities(sample.rgb, sample.textures))
        partial.replace(kept)
    return replace(sample, likely=np.load(kept))


def manifest(samples: list[Sample]) -> dict[str, str]:
    """sha256 of every picture's samples, by name: the exact data of a run."""
    return {sample.name: hashlib.sha256(sample.rgb.tobytes()).hexdigest() for sample in samples}
