"""Small deterministic components with a stranger's ways: the suite runs on them wherever the trained ones add nothing.

All arithmetic is in integers, so that a golden file decodes to the same picture on every machine.
"""

from __future__ import annotations

import zlib

import numpy as np
from pydantic import BaseModel, Field

from jpadse_core import Hints, LabelSet, Preference, RgbImage, SemanticMap

STRANGER = LabelSet.mapped(
    "stranger-5",
    ("ink", "asphalt", "leaf", "mist", "cloud"),
    {"ink": "other", "asphalt": "road", "leaf": "vegetation", "mist": "other", "cloud": "sky"},
)


class ToyExtractor:
    """Five classes by brightness, in a label set that no JPADSE knows."""

    name = "toy-bands"
    labels = STRANGER

    def extract(self, rgb: RgbImage) -> SemanticMap:
        brightness = rgb.sum(axis=2, dtype=np.uint16) // 3
        return SemanticMap((brightness * 5 // 256).astype(np.uint8), STRANGER)


def blurred(rgb: RgbImage) -> RgbImage:
    """The rounded mean of three by three pixels."""
    height, width = rgb.shape[:2]
    padded = np.pad(rgb.astype(np.uint16), ((1, 1), (1, 1), (0, 0)), mode="edge")
    total = sum(padded[row : row + height, column : column + width] for row in range(3) for column in range(3))
    return ((np.asarray(total) + 4) // 9).astype(np.uint8)


class ToyEnhancer:
    """Blurs for distortion, sharpens for perception, brightens vegetation for accuracy; leaves sky alone."""

    name = "toy-blur"
    digest = "70" * 32

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        base = rgb.astype(np.int32)
        step = blurred(rgb).astype(np.int32) - base
        pull = round(256 * (preference.distortion - preference.perception))
        moved = base + (step * pull + 128 >> 8)
        if semantics is not None:
            textures = semantics.textures()
            side = max(-(-whole // part) for whole, part in zip(rgb.shape, textures.shape, strict=False))
            full = textures.repeat(side, 0).repeat(side, 1)[: rgb.shape[0], : rgb.shape[1]]
            moved[full == 2] += round(16 * preference.accuracy)
            moved[full == 1] = base[full == 1]
        return np.clip(moved, 0, 255).astype(np.uint8)


class InvertingEnhancer:
    """Does harm to every picture."""

    name = "toy-invert"

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        return 255 - rgb


class OracleEnhancer:
    """Returns the picture it was given beforehand, and remembers what it was asked."""

    name = "toy-oracle"

    def __init__(self, answer: RgbImage) -> None:
        self.answer = answer
        self.asked: list[tuple[SemanticMap | None, Hints, Preference]] = []

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.asked.append((semantics, hints, preference))
        return self.answer


class ToyCodec:
    """A codec of twenty lines: no carrier, no quality scale, the fewest attributes that the contract asks for."""

    name = "toy"

    class Options(BaseModel):
        """Options of the toy."""

        shift: int = Field(3, ge=0, le=7, description="low bits that are dropped")

    def encode(self, rgb: RgbImage, options: Options) -> bytes:
        size = np.array(rgb.shape[:2], "<u4").tobytes()
        return size + bytes([options.shift]) + zlib.compress((rgb >> options.shift).tobytes(), 9)

    def decode(self, data: bytes) -> RgbImage:
        height, width = np.frombuffer(data[:8], "<u4")
        shift = data[8]
        levels = np.frombuffer(zlib.decompress(data[9:]), np.uint8).reshape(height, width, 3)
        return (levels << shift) + np.uint8((1 << shift) >> 1)
