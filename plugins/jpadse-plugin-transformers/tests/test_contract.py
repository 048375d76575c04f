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

    def make(self) -> Any:
        return load("semantics", "transformers", {"model": str(self.folder)})


@pytest.fixture(autouse=True, scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> None:
    TestTransformers.folder = save("segformer", tmp_path_factory.mktemp("model"), 1, ("sky", "grass", "water"))
