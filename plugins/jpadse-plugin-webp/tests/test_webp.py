"""The codec `webp` keeps its contract."""

from __future__ import annotations

from pathlib import Path

from jpadse_core.testing import CodecTests
from jpadse_plugin_webp.codec import WebpCodec


class TestWebpCodec(CodecTests):
    component = WebpCodec
    golden = Path(__file__).parent / "golden"
    golden_tolerance = 1
    viewer = ("dwebp", "source.webp", "-o", "target.png")
    media_type = "image/webp"
