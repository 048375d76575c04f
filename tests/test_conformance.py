"""The built-in components pass the suites that strangers' components are held to."""

from __future__ import annotations

from jpadse_core.builtin.deeplab import DeepLab
from jpadse_core.builtin.default_enhancer import DefaultEnhancer
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.builtin.ms_ssim import MsSsim
from jpadse_core.builtin.png import PngCodec
from jpadse_core.builtin.psnr import Psnr
from jpadse_core.builtin.ssimulacra2 import Ssimulacra2
from jpadse_core.testing import CodecTests, EnhancerTests, MetricTests, SemanticExtractorTests


class TestJpeg(CodecTests):
    component = JpegCodec
    media_type = "image/jpeg"


class TestPng(CodecTests):
    component = PngCodec
    media_type = "image/png"


class TestDeepLab(SemanticExtractorTests):
    component = DeepLab


class TestDefaultEnhancer(EnhancerTests):
    component = DefaultEnhancer


class TestPsnr(MetricTests):
    component = Psnr


class TestMsSsim(MetricTests):
    component = MsSsim


class TestSsimulacra2(MetricTests):
    component = Ssimulacra2
