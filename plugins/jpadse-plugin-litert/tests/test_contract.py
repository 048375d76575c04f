"""The extractor against the contract that every extractor is held to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import colour_model

from jpadse_core.plugins.loading import load

testing = pytest.importorskip("jpadse_core.testing", reason="this jpadse has no conformance suites")


class TestLiteRt(testing.SemanticExtractorTests):
    folder: Path

    def make(self) -> Any:
        options = {"model": self.folder / "model.tflite", "labels": str(self.folder / "labels.json"), "fit": "tile"}
        return load("semantics", "litert", options)


@pytest.fixture(autouse=True, scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> None:
    TestLiteRt.folder = tmp_path_factory.mktemp("model")
    (TestLiteRt.folder / "model.tflite").write_bytes(colour_model())
    declaration = {"name": "colours", "classes": ["sky", "grass", "water"]}
    (TestLiteRt.folder / "labels.json").write_text(json.dumps(declaration))
