"""Seeded training batches for the extractor: scaled, squeezed, flipped, recoloured and compressed crops."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.interfaces.labels import TEXTURES
from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.extractor.infer import SHORTER_SIDE
from jpadse_plugin_train.teachers import VOID

_GREY = 127
_CERTAIN = np.zeros((256, len(TEXTURES)), np.uint8)
_CERTAIN[range(len(TEXTURES)), range(len(TEXTURES))] = 255


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops of one size.

    Attributes:
        pictures: uint8 `[N, H, W, 3]`.
        textures: uint8 `[N, H / 4, W / 4]`; 255 is void.
        likely: how sure a teacher is of every texture, in 255ths, uint8 `[N, H / 4, W / 4, textures]`; where there is
            none, as sure as can be.
        street: bool `[N]`, whether a crop is of a street scene with true labels.
    """

    pictures: npt.NDArray[np.uint8]
    textures: npt.NDArray[np.uint8]
    likely: npt.NDArray[np.uint8]
    street: npt.NDArray[np.bool_]


class Crops:
    """An endless, randomly accessible sequence of batches: batch `n` depends on the seed and `n` alone.

    Args:
        samples: the training pictures.
        seed: chooses the sequence.
        batch: crops in a batch.
        side: side of the square crops; every other batch has oblong ones of the same area or a little less.
        photo_share: share of crops that come from photos rather than street scenes.
    """

    def __init__(self, samples: list[Sample], seed: int, batch: int, side: int, photo_share: float) -> None:
        self._streets = [sample for sample in samples if sample.street]
        self._photos = [sample for sample in samples if not sample.street]
        self._seed, self._batch, self._side, self._share = seed, batch, side, photo_share

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""
        random = np.random.default_rng([self._seed, number])
        side, short, long = self._side, self._side * 3 // 4 // 32 * 32, self._side * 5 // 4 // 32 * 32
        height, width = ((side, side), (short, long), (side, side), (long, short))[random.integers(4)]
        made = [self._crop(random, height, width) for _ in range(self._batch)]
        pictures, textures, likely, street = zip(*made, strict=True)
        return Batch(np.stack(pictures), np.stack(textures), np.stack(likely), np.array(street))

    def ahead(self, first: int, last: int, depth: int = 4) -> Iterator[Batch]:
        """Batches `first` to `last - 1`, made `depth` ahead by one thread."""
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(self.batch, number) for number in range(first, min(first + depth, last))]
            for number in range(first, last):
                ready = waiting.pop(0).result()
                if number + depth < last:
                    waiting.append(pool.submit(self.batch, number + depth))
                yield ready

    def _crop(
        self, random: np.random.Generator, height: int, width: int
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8], bool]:
        pool = self._photos if random.random() < self._share and self._photos else self._streets or self._photos
        sample = pool[random.integers(len(pool))]
        usual, least, most = (1, 0.5, 2.0) if sample.street else (SHORTER_SIDE / min(sample.textures.shape), 0.7, 1.6)
        scale = usual * np.exp(random.uniform(np.log(least), np.log(most)))
        aspect = np.exp(random.uniform(-0.2, 0.2))
        if sample.squashed > 1:
            scale = max(scale, 0.6)
            aspect *= sample.squashed if random.random() < 0.5 else 1
        picture, textures, likely = _window(sample, random, height, width, scale, scale * aspect)
        if random.random() < 0.5:
            picture, textures, likely = picture[:, ::-1], textures[:, ::-1], likely[:, ::-1]
        picture = _recoloured(picture, random)
        if random.random() < 0.5:
            picture = _compressed(picture, random)
        return picture, textures, likely, sample.street


def _window(
    sample: Sample, random: np.random.Generator, height: int, width: int, scale_y: float, scale_x: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A window of the scaled picture, its textures at a quarter and how likely each is; grey and void where the picture
    is too small."""
    rows, columns = sample.textures.shape
    inner_height = min(height, max(4, int(rows * scale_y) // 4 * 4))
    inner_width = min(width, max(4, int(columns * scale_x) // 4 * 4))
    box_height, box_width = min(rows, inner_height / scale_y), min(columns, inner_width / scale_x)
    left, top = random.uniform(0, columns - box_width), random.uniform(0, rows - box_height)
    box = (left, top, left + box_width, top + box_height)
    seen = Image.fromarray(sample.rgb).resize((inner_width, inner_height), Image.Resampling.BILINEAR, box)
    known = Image.fromarray(sample.textures).resize(
        (inner_width // 4, inner_height // 4), Image.Resampling.NEAREST, box
    )
    picture = np.full((height, width, 3), _GREY, np.uint8)
    textures = np.full((height // 4, width // 4), VOID, np.uint8)
    y, x = random.integers((height - inner_height) // 4 + 1), random.integers((width - inner_width) // 4 + 1)
    picture[4 * y : 4 * y + inner_height, 4 * x : 4 * x + inner_width] = np.asarray(seen)
    place = slice(y, y + inner_height // 4), slice(x, x + inner_width // 4)
    textures[place] = np.asarray(known)
    likely = _CERTAIN[textures]
    if sample.likely is not None:
        likely[place] = _resized(sample.likely, box, (rows, columns), known.size)
    return picture, textures, likely


def _resized(
    likely: npt.NDArray[np.uint8],
    box: tuple[float, float, float, float],
    of: tuple[int, int],
    size: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    """A box, in pixels of a picture of `of` rows and columns, of planes that cover the whole picture."""
    down, across = likely.shape[0] / of[0], likely.shape[1] / of[1]
    inside = box[0] * across, box[1] * down, box[2] * across, box[3] * down
    planes = (Image.fromarray(plane) for plane in np.moveaxis(likely, -1, 0))
    return np.stack([np.asarray(plane.resize(size, Image.Resampling.BILINEAR, inside)) for plane in planes], axis=-1)


def _recoloured(picture: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Contrast, saturation, white balance and brightness as one affine map of the colours."""
    saturation = random.uniform(0.5, 1.4)
    matrix = saturation * np.eye(3) + (1 - saturation) / 3
    matrix = matrix * (random.uniform(0.75, 1.3) * random.uniform(0.9, 1.1, (1, 3)))
    offset = random.uniform(-25, 25) + 127 - 127 * matrix.sum(0)
    recoloured = picture.reshape(-1, 3).astype(np.float32) @ matrix.astype(np.float32) + offset.astype(np.float32)
    return np.clip(recoloured, 0, 255).reshape(picture.shape).astype(np.uint8)


def _compressed(picture: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    data = io.BytesIO()
    if random.random() < 0.7:
        Image.fromarray(picture).save(data, "JPEG", quality=int(random.integers(8, 96)))
    else:
        Image.fromarray(picture).save(data, "WEBP", quality=int(random.integers(0, 90)), method=0)
    return np.asarray(Image.open(data).convert("RGB"))
