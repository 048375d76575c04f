"""Over hundreds of pictures, codecs and qualities the distortion corner is never further from the original than the
plain codec, in any picture and in any tile."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from toys import ToyExtractor

from jpadse_core import JpadseError, RgbImage, build_pipeline, decode
from jpadse_core.interfaces.codec import quality_scale_of
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load

_CASES = 60
_TILE = 64


def lossy_codecs() -> list[str]:
    """Installed codecs with a quality scale; in a fresh environment the built-in JPEG."""
    found = []
    for component in discover("codec"):
        with suppress(JpadseError):  # broken, or it wants programs that are not here
            if quality_scale_of(load("codec", component.name)) is not None:
                found.append(component.name)
    return found


def picture(random: np.random.Generator, sources: list[RgbImage]) -> RgbImage:
    """A crop of a photo, as it is, inverted, noisy, grey, flat, or with hard edges as of text."""
    source = sources[random.integers(len(sources))]
    height, width = (int(random.integers(17, side + 1)) for side in source.shape[:2])
    top, left = (
        int(random.integers(side - taken + 1)) for side, taken in zip(source.shape, (height, width), strict=False)
    )
    rgb = source[top : top + height, left : left + width].astype(np.int16)
    kind = random.integers(6)
    if kind == 1:
        rgb = 255 - rgb
    elif kind == 2:
        rgb = rgb + random.integers(-60, 60, rgb.shape)
    elif kind == 3:
        rgb = np.repeat(rgb[..., :1], 3, axis=2)
    elif kind == 4:
        rgb = np.full_like(rgb, random.integers(0, 255, 3))
    elif kind == 5:
        rgb = np.where(rgb > np.median(rgb), 255, 0)
    return np.ascontiguousarray(np.clip(rgb, 0, 255).astype(np.uint8))


def tile_errors(original: RgbImage, picture: RgbImage) -> np.ndarray:
    """Squared error of every tile."""
    errors = np.square(original.astype(np.int64) - picture).sum(axis=2)
    rows, columns = (range(0, side, _TILE) for side in errors.shape)
    return np.array([[errors[y : y + _TILE, x : x + _TILE].sum() for x in columns] for y in rows])


@pytest.mark.parametrize("seed", range(4))
def test_the_distortion_corner_is_never_further_from_the_original(
    seed: int, coffee: RgbImage, rocket: RgbImage
) -> None:
    random = np.random.default_rng(seed)
    codecs = lossy_codecs()
    for case in range(_CASES):
        original = picture(random, [coffee, rocket[:136, :152]])
        name = codecs[random.integers(len(codecs))]
        scale = quality_scale_of(load("codec", name))
        assert scale is not None
        value = scale.value(random.random() ** 2)
        pipeline = build_pipeline(name, ToyExtractor() if random.random() < 0.5 else None)
        data = pipeline.encode(original, **{scale.option: round(value) if scale.integer else value})
        plain, enhanced = (tile_errors(original, decode(data, enhance=enhance)) for enhance in (False, True))
        assert (enhanced <= plain).all(), f"case {case}: {name} at {scale.option} {value}, {original.shape}"
