"""The learned codecs under the suite that every codec is held to, with weights that do their job untrained."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")
testing = pytest.importorskip("jpadse_core.testing", reason="this jpadse_core has no suites")

import thumbnails  # noqa: E402


@pytest.fixture(scope="session")
def family(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    """The weights of a codec's levels."""

    @cache
    def folder(codec: Any) -> Path:
        path = tmp_path_factory.mktemp("thumbnails") / codec.name
        thumbnails.write_thumbnails(codec.name, path, codec.quality_scale.highest)
        return path

    return folder


class _Learned(testing.CodecTests):
    damaged_files = 30

    @pytest.fixture(autouse=True)
    def _weights(self, family: Callable[[Any], Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("THUMBNAILS", str(family(self.component)))

    def home(self, subject: Any) -> str:
        return "jpadse_plugin_compressai.codecs"


class TestFactorized(_Learned):
    component = thumbnails.Factorized


class TestJoint(_Learned):
    component = thumbnails.Joint


class TestAttention(_Learned):
    component = thumbnails.Attention
