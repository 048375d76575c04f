"""The codec `jpeg2000` keeps its contract."""

from __future__ import annotations

from pathlib import Path

from jpadse_core.testing import CodecTests
from jpadse_plugin_jpeg2000.codec import Jpeg2000Codec


class TestJpeg2000Codec(CodecTests):
    component = Jpeg2000Codec
    golden = Path(__file__).parent / "golden"
    golden_tolerance = 2
    viewer = ("opj_decompress", "-i", "source.jp2", "-o", "target.png")
