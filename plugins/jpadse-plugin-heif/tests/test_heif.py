"""The codec `heif` keeps its contract."""

from __future__ import annotations

import io
from pathlib import Path

import pillow_heif
from PIL import Image

from jpadse_core import RgbImage
from jpadse_core.testing import CodecTests
from jpadse_plugin_heif.codec import HeifCodec


class TestHeifCodec(CodecTests):
    component = HeifCodec
    golden = Path(__file__).parent / "golden"
    golden_tolerance = 2
    viewer = ("heif-convert", "source.heic", "target.png")

    def file_with_alpha(self, rgba: RgbImage) -> bytes:
        target = io.BytesIO()
        pillow_heif.from_pillow(Image.fromarray(rgba)).save(target)
        return target.getvalue()
