"""Random real compression of training crops by installed codecs, so that one set of weights learns to serve any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core import Hints, PluginNotFound
from jpadse_core.hinting import hints_for
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.plugins.loading import load

RgbArray = npt.NDArray[np.uint8]


class CodecUse(BaseModel):
    """How often a codec compresses a crop, and at which values of its quality scale's option.

    A value is `worst + (best - worst) * u ** skew` with u uniform from 0 to 1, or the same between the logarithms.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    codec: str = Field(description="name of an installed codec, or distribution:name")
    share: float = Field(gt=0, description="relative to the shares of the others")
    worst: float = Field(description="value of the quality scale's option at the lowest quality")
    best: float = Field(description="the same at the highest quality")
    skew: float = Field(1.0, gt=0, description="above 1 prefers low qualities")
    logarithmic: bool = False
    options: dict[str, Any] = Field(default_factory=dict, description="the codec's other options")


DEFAULT_CODECS = (
    CodecUse(codec="jpeg", share=0.38, worst=3, best=95, skew=2.2),
    CodecUse(codec="jpeg", share=0.08, worst=3, best=95, skew=2.2, options={"subsampling": "4:4:4"}),
    CodecUse(codec="webp", share=0.12, worst=0, best=90, skew=1.5),
    CodecUse(codec="jpeg2000", share=0.12, worst=0.05, best=2, logarithmic=True),
    CodecUse(codec="jpegxl", share=0.15, worst=20, best=1, logarithmic=True),
    CodecUse(codec="avif", share=0.08, worst=5, best=80, options={"speed": 9}),
    CodecUse(codec="heif", share=0.06, worst=3, best=60, options={"preset": "veryfast"}),
    CodecUse(codec="png", share=0.01, worst=0, best=9),
)
"""The mix of the shipped weights: most of what is on the web, and every family of the hints."""


@dataclass(frozen=True, eq=False)
class Compressed:
    """A decoded crop, uint8 `[H, W, 3]`, with what a decoder would know of it."""

    rgb: RgbArray
    hints: Hints


@lru_cache(maxsize=32)
def codec_named(name: str) -> Codec:
    """An installed codec.

    Raises:
        PluginError: it is not installed, or broken.
    """
    codec: Codec = load("codec", name)
    return codec


def installed(uses: Sequence[CodecUse]) -> tuple[CodecUse, ...]:
    """Those whose codec is installed.

    Raises:
        PluginNotFound: none is.
    """
    found = []
    for use in uses:
        try:
            codec_named(use.codec)
        except PluginNotFound as error:
            missing = error
        else:
            found.append(use)
    if not found:
        raise missing
    return tuple(found)


def compress(rgb: RgbArray, name: str, options: dict[str, Any]) -> Compressed:
    """Encode and decode a crop; the rate in the hints is that of the content, as a crop's file is mostly header."""
    codec = codec_named(name)
    chosen = codec.Options.model_validate(options)
    data = codec.encode(rgb, chosen)
    pixels = rgb.shape[0] * rgb.shape[1]
    told = hints_for(codec, data, pixels, codec.name, chosen.model_dump(exclude_defaults=True) | options)
    content = max(len(data) - _header_size(name), 16)
    return Compressed(codec.decode(data), Hints(told.codec, content * 8 / pixels, told.quality, told.options))


@lru_cache(maxsize=32)
def _header_size(name: str) -> int:
    """Bytes that a file has before any content."""
    codec = codec_named(name)
    return max(len(codec.encode(np.full((16, 16, 3), 128, np.uint8), codec.Options())) - 8, 0)


def random_compression(rgb: RgbArray, random: Random, uses: Sequence[CodecUse]) -> Compressed:
    """Compress a crop as one of `uses` says, drawn by their shares."""
    (use,) = random.choices(uses, [use.share for use in uses])
    return compress(rgb, use.codec, use.options | _quality(use, random))


def _quality(use: CodecUse, random: Random) -> dict[str, float]:
    scale = quality_scale_of(codec_named(use.codec))
    if scale is None:
        return {}
    share = random.random() ** use.skew
    if use.logarithmic:
        value = math.exp(math.log(use.worst) + (math.log(use.best) - math.log(use.worst)) * share)
    else:
        value = use.worst + (use.best - use.worst) * share
    return {scale.option: round(value) if scale.integer else value}
