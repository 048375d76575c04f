"""Batches of crops before and after a random codec, with their texture maps and hints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_plugin_train.compression import DEFAULT_CODECS, CodecUse, random_compression
from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.enhancer.model import CELL, NO_MAP
from jpadse_plugin_train.teachers import VOID


@dataclass(frozen=True)
class Recipe:
    """How crops are drawn."""

    batch: int = 8
    crop: int = 192
    street_share: float = 0.25
    codecs: tuple[CodecUse, ...] = DEFAULT_CODECS
    map_dropout: float = 0.35
    extracted_share: float = 0.0
    enlarged_share: float = 0.0
    hint_dropout: float = 0.15


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops and what is known of them.

    Attributes:
        decoded, original: float32 `[B, 3, H, W]`, samples / 255 - 0.5.
        textures: int64 `[B, H/4, W/4]`, what the network is told; `NO_MAP` in crops whose map is withheld.
        labels: the same where it is known, withheld or not.
        hints: float32 `[B, HINT_SIZE]`.
        number: of the batch.
    """

    decoded: Tensor
    original: Tensor
    textures: Tensor
    labels: Tensor
    hints: Tensor
    number: int

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **moved)

    def withheld(self) -> Batch:
        """The same with grey in place of the decoded crops, and every map that is known told."""
        return replace(self, decoded=torch.zeros_like(self.decoded), textures=self.labels)


def to_tensor(pictures: list[npt.NDArray[np.uint8]]) -> Tensor:
    """Pictures uint8 `[H, W, 3]` of one size to float32 `[B, 3, H, W]` in channels_last memory."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.float().div_(255).sub_(0.5)


def quarter(textures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A full-resolution map at a quarter of it, by the sample nearest to each cell's centre; void becomes "other"."""
    sampled = textures[CELL // 2 :: CELL, CELL // 2 :: CELL]
    return np.where(sampled == VOID, 0, sampled).astype(np.uint8)


class Pairs(Dataset[Batch]):
    """An endless, seeded sequence of batches: batch number n depends on the seed and n alone, so a run can resume."""

    def __init__(self, samples: list[Sample], recipe: Recipe, seed: int) -> None:
        usable = [sample for sample in samples if sample.clean and min(sample.rgb.shape[:2]) >= recipe.crop]
        if not usable:
            raise ValueError(f"no picture has {recipe.crop} pixels in height and width: choose a smaller crop")
        self._street = [sample for sample in usable if sample.street]
        self._photos = [sample for sample in usable if not sample.street]
        self._recipe = recipe
        self._seed = seed

    def __getitem__(self, number: int) -> Batch:
        random = Random(self._seed * 1_000_003 + number)
        decoded, original, told, labels, hints = [], [], [], [], []
        for _ in range(self._recipe.batch):
            rgb, ids, extracted = self._crop(random)
            result = random_compression(rgb, random, self._recipe.codecs)
            decoded.append(result.rgb)
            original.append(rgb)
            labels.append(quarter(ids))
            no_map = random.random() < self._recipe.map_dropout
            mistaken = random.random() < self._recipe.extracted_share
            seen = quarter(extracted) if mistaken else labels[-1]
            told.append(np.full_like(seen, NO_MAP) if no_map else seen)
            rate = (result.hints.bits_per_pixel or 0) * 2 ** random.uniform(-0.5, 0.5)
            codec, rate_told, quality = (
                hint if random.random() >= self._recipe.hint_dropout else None
                for hint in (result.hints.codec, rate, result.hints.quality)
            )
            hints.append(hint_vector(codec, rate_told, quality))
        return Batch(
            to_tensor(decoded),
            to_tensor(original),
            torch.from_numpy(np.stack(told)).long(),
            torch.from_numpy(np.stack(labels)).long(),
            torch.from_numpy(np.stack(hints)),
            number,
        )

    def stream(self, numbers: range, workers: int) -> Iterator[Batch]:
        """These batches in order, prepared ahead by `workers` processes, or in between by none."""
        loader = DataLoader(
            self, batch_size=None, sampler=numbers, num_workers=workers, prefetch_factor=4 if workers else None
        )
        return iter(loader)

    def _window(self, street: bool, sample: Sample, random: Random) -> int:
        """Side of what becomes a crop: enlarged, photos look like those of a camera of many pixels, shrunk, sharp."""
        side = self._recipe.crop
        if self._recipe.enlarged_share and random.random() < self._recipe.enlarged_share:
            return random.randint(side // 2, side)
        shrunk = not street and random.random() < 0.5
        return random.randint(side, min(*sample.rgb.shape[:2], 2 * side)) if shrunk else side

    def _crop(self, random: Random) -> list[npt.NDArray[np.uint8]]:
        """The same part of a picture, of its textures, and of those that an extractor saw."""
        side = self._recipe.crop
        street = bool(self._street) and (not self._photos or random.random() < self._recipe.street_share)
        sample = random.choice(self._street if street else self._photos)
        planes = [sample.rgb, sample.textures, sample.textures if sample.extracted is None else sample.extracted]
        take = self._window(street, sample, random)
        top, left = random.randint(0, sample.rgb.shape[0] - take), random.randint(0, sample.rgb.shape[1] - take)
        planes = [plane[top : top + take, left : left + take] for plane in planes]
        if take != side:
            filters = (Image.Resampling.LANCZOS, Image.Resampling.NEAREST, Image.Resampling.NEAREST)
            planes = [
                np.asarray(Image.fromarray(plane).resize((side, side), resampling))
                for plane, resampling in zip(planes, filters, strict=True)
            ]
        if random.random() < 0.5:
            planes = [plane[:, ::-1] for plane in planes]
        turns = 0 if street else random.randrange(4)
        return [np.ascontiguousarray(np.rot90(plane, turns)) for plane in planes]
