"""The extractor against the contract that every extractor is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_models import save

from jpadse_core.plugins.loading import load

testing = pytest.importorskip("jpadse_core.testing", reason="this jpadse has no conformance suites")


class TestTransformers(testing.SemanticExtractorTests):
    folder: Path

    @pytest.fixture(autouse=True, scope="class")
    def _model(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        type(self).folder = save("segformer", tmp_path_factory.mktemp("model"), 1, ("sky", "grass", "water"))

    def make(self) -> Any:
        return load("semantics", "transformers", {"model": str(self.folder)})
