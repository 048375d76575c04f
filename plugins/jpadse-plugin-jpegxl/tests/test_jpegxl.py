"""The codec `jpegxl` keeps its contract."""

from __future__ import annotations

from pathlib import Path

import imagecodecs

from jpadse_core import RgbImage
from jpadse_core.testing import CodecTests
from jpadse_plugin_jpegxl.codec import JpegXlCodec


class TestJpegXlCodec(CodecTests):
    component = JpegXlCodec
    golden = Path(__file__).parent / "golden"
    golden_tolerance = 2
    viewer = ("djxl", "source.jxl", "target.png")

    def file_with_alpha(self, rgba: RgbImage) -> bytes:
        return bytes(imagecodecs.jpegxl_encode(rgba, numthreads=1))
