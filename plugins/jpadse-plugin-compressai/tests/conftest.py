"""Files of tiny models, a photograph, and a cache of weights for each test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves `tiny_models` out otherwise

from tiny_models import tiny_model

from jpadse_core import RgbImage


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a tiny model of an architecture."""
    import torch

    folder = tmp_path_factory.mktemp("weights")

    @cache
    def path(architecture: str) -> Path:
        torch.save(tiny_model(architecture).state_dict(), folder / f"{architecture}.pth.tar")
        return folder / f"{architecture}.pth.tar"

    return path


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of weights, and no leave to download."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("JPADSE_CACHE", str(folder))
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    return folder


@pytest.fixture(scope="session")
def coffee() -> RgbImage:
    """A corner of Rachel Michetti's "Coffee" (CC0), whose sides are multiples of nothing: 99 by 131."""
    from skimage import data

    return np.ascontiguousarray(data.coffee()[120:219, 200:331])
