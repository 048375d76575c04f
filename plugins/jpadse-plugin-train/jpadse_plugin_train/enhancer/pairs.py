"""Batches of crops before and after a random codec, with their texture maps and hints."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_plugin_train.compression import compress, random_setting
from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.enhancer.model import CELL, NO_MAP
from jpadse_plugin_train.teachers import VOID


@dataclass(frozen=True)
class Recipe:
    """How crops are drawn."""

    batch: int = 8
    crop: int = 192
    street_share: float = 0.25
    jpeg_share: float = 0.8
    map_dropout: float = 0.35
    hint_dropout: float = 0.15


@dataclass(frozen=True, eq=False)
class Batch:
    """`decoded` and `original` float32 `[B, 3, H, W]` (samples / 255 - 0.5), `textures` int64 `[B, H/4, W/4]`,
    `hints` float32 `[B, HINT_SIZE]`."""

    decoded: Tensor
    original: Tensor
    textures: Tensor
    hints: Tensor


def to_tensor(pictures: list[npt.NDArray[np.uint8]]) -> Tensor:
    """Pictures uint8 `[H, W, 3]` of one size to float32 `[B, 3, H, W]` in channels_last memory."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.float().div_(255).sub_(0.5)


def quarter(textures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A full-resolution map at a quarter of it, by the sample nearest to each cell's centre; void becomes "other"."""
    sampled = textures[CELL // 2 :: CELL, CELL // 2 :: CELL]
    return np.where(sampled == VOID, 0, sampled).astype(np.uint8)


class Pairs:
    """An endless, seeded stream of batches: batch number n depends on the seed and n alone, so a run can resume."""

    def __init__(self, samples: list[Sample], recipe: Recipe, seed: int) -> None:
        usable = [sample for sample in samples if sample.clean and min(sample.rgb.shape[:2]) >= recipe.crop]
        self._street = [sample for sample in usable if sample.street]
        self._photos = [sample for sample in usable if not sample.street]
        self._recipe = recipe
        self._seed = seed

    def batch(self, number: int) -> Batch:
        """Batch `number`."""
        random = Random(self._seed * 1_000_003 + number)
        decoded, original, textures, hints = [], [], [], []
        for _ in range(self._recipe.batch):
            rgb, ids = self._crop(random)
            result = compress(rgb, random_setting(random, self._recipe.jpeg_share))
            decoded.append(result.rgb)
            original.append(rgb)
            no_map = random.random() < self._recipe.map_dropout
            textures.append(np.full_like(quarter(ids), NO_MAP) if no_map else quarter(ids))
            rate = result.bits_per_pixel * 2 ** random.uniform(-0.5, 0.5)
            codec, rate, quality = (
                hint if random.random() >= self._recipe.hint_dropout else None
                for hint in (result.codec, rate, result.quality)
            )
            hints.append(hint_vector(codec, rate, quality))
        return Batch(
            to_tensor(decoded),
            to_tensor(original),
            torch.from_numpy(np.stack(textures)).long(),
            torch.from_numpy(np.stack(hints)),
        )

    def stream(self, start: int, stop: int) -> Iterator[Batch]:
        """Batches `start` to `stop - 1`, prepared one thread ahead."""
        ready: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=4)
        stopped = threading.Event()

        def prepare() -> None:
            try:
                for number in range(start, stop):
                    if stopped.is_set():
                        return
                    ready.put(self.batch(number))
            except BaseException as error:
                ready.put(error)

        threading.Thread(target=prepare, daemon=True).start()
        try:
            for _ in range(start, stop):
                item = ready.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()
            while not ready.empty():
                ready.get_nowait()

    def _crop(self, random: Random) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        side = self._recipe.crop
        street = bool(self._street) and (not self._photos or random.random() < self._recipe.street_share)
        sample = random.choice(self._street if street else self._photos)
        rgb, ids = sample.rgb, sample.textures
        smallest = min(rgb.shape[:2])
        shrunk = not street and random.random() < 0.5
        take = random.randint(side, min(smallest, 2 * side)) if shrunk else side
        top, left = random.randint(0, rgb.shape[0] - take), random.randint(0, rgb.shape[1] - take)
        rgb, ids = rgb[top : top + take, left : left + take], ids[top : top + take, left : left + take]
        if take != side:
            rgb = np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.LANCZOS))
            ids = np.asarray(Image.fromarray(ids).resize((side, side), Image.Resampling.NEAREST))
        if random.random() < 0.5:
            rgb, ids = rgb[:, ::-1], ids[:, ::-1]
        turns = 0 if street else random.randrange(4)
        rgb, ids = np.rot90(rgb, turns), np.rot90(ids, turns)
        return np.ascontiguousarray(rgb), np.ascontiguousarray(ids)
