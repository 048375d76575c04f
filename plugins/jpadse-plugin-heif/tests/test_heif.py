"""The codec `heif` keeps its contract."""

from __future__ import annotations

from pathlib import Path

from jpadse_core.testing import CodecTests
from jpadse_plugin_heif.codec import HeifCodec


class TestHeifCodec(CodecTests):
    component = HeifCodec
    golden = Path(__file__).parent / "golden" / "v1"
    golden_tolerance = 2
    viewer = ("heif-convert", "source.heic", "target.png")
