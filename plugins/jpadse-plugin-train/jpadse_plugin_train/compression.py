"""Random real compression of training crops, so that one set of weights learns to serve any codec."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

RgbArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Setting:
    """One codec at one operating point, as Pillow writes it; `quality` is its position on the codec's scale, 0 to 1."""

    codec: str
    pillow_format: str
    options: tuple[tuple[str, object], ...]
    quality: float | None = None

    def encode(self, rgb: RgbArray) -> bytes:
        """The codec's bytes of uint8 `[H, W, 3]`."""
        target = io.BytesIO()
        Image.fromarray(rgb).save(target, self.pillow_format, **dict(self.options))
        return target.getvalue()


@dataclass(frozen=True, eq=False)
class Compressed:
    """A decoded crop, uint8 `[H, W, 3]`, with what a decoder would know of it."""

    rgb: RgbArray
    codec: str
    bits_per_pixel: float
    quality: float | None


@lru_cache(maxsize=512)
def _header_size(setting: Setting) -> int:
    """Bytes that a file has before any content: a crop's rate would otherwise be mostly header."""
    return len(setting.encode(np.full((16, 16, 3), 128, np.uint8))) - 8


def compress(rgb: RgbArray, setting: Setting) -> Compressed:
    """Encode and decode a crop."""
    data = setting.encode(rgb)
    decoded = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    content = max(len(data) - _header_size(setting), 16)
    return Compressed(decoded, setting.codec, content * 8 / (rgb.shape[0] * rgb.shape[1]), setting.quality)


def jpeg(quality: int, subsampling: str = "4:2:0") -> Setting:
    """JPEG as the built-in codec writes it."""
    options = (("quality", quality), ("subsampling", subsampling), ("optimize", True))
    return Setting("jpeg", "JPEG", options, (quality - 1) / 99)


def random_setting(random: Random, jpeg_share: float) -> Setting:
    """JPEG with probability `jpeg_share`, at qualities 3 to 95 with most weight on the low ones; else another codec."""
    if random.random() < jpeg_share:
        quality = round(3 + 92 * random.random() ** 2.2)
        return jpeg(quality, "4:2:0" if random.random() < 0.8 else "4:4:4")
    other = random.random()
    if other < 0.5:
        quality = round(90 * random.random() ** 1.5)
        return Setting("webp", "WEBP", (("quality", quality), ("method", 2)), quality / 100)
    if other < 0.6:
        rate = round(10 * 15 ** random.random())
        return Setting(
            "jpeg2000", "JPEG2000", (("quality_mode", "rates"), ("quality_layers", (rate,)), ("irreversible", True))
        )
    if other < 0.94:
        quality = random.randint(8, 80)
        return Setting("avif", "AVIF", (("quality", quality), ("speed", 9), ("max_threads", 1)), quality / 100)
    return Setting("png", "PNG", (("compress_level", 1),))
