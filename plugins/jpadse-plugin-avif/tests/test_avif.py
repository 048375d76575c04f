"""The codec `avif` keeps its contract."""

from __future__ import annotations

from pathlib import Path

from jpadse_core.testing import CodecTests
from jpadse_plugin_avif.codec import AvifCodec


class TestAvifCodec(CodecTests):
    component = AvifCodec
    golden = Path(__file__).parent / "golden"
    golden_tolerance = 2
    viewer = ("avifdec", "source.avif", "target.png")
    media_type = "image/avif"
