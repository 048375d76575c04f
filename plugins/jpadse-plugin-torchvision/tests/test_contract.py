"""The extractor against the contract that every extractor is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_weights import LIGHT, needs_torchvision, saved

from jpadse_core.plugins.loading import load

testing = pytest.importorskip("jpadse_core.testing", reason="this jpadse has no conformance suites")


@needs_torchvision
class TestTorchvision(testing.SemanticExtractorTests):
    weights: Path

    def make(self) -> Any:
        return load("semantics", "torchvision", {"model": LIGHT, "weights": self.weights, "side": 64})


@pytest.fixture(autouse=True, scope="module")
def _weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    TestTorchvision.weights = saved(tmp_path_factory.mktemp("weights") / "made.pth", LIGHT)
