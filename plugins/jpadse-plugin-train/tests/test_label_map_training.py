"""Training of the label-map coder: what it stores is what the coder computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from jpadse_core.bitstream.wavefront import network as coder
from jpadse_plugin_train.label_map.contexts import FIRST, SECOND, examples, neighbourhood
from jpadse_plugin_train.label_map.train import LabelMapConfig, fit


def map_of_regions(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :64]
    points = random.uniform(0, 1, (9, 2)) * (48, 64)
    return np.argmin([(y - row) ** 2 + (x - column) ** 2 for row, column in points], axis=0).astype(np.uint8)


def test_stored_integers_give_the_trained_probabilities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = neighbourhood(near=24, far=6)
    part = examples((map_of_regions(seed) for seed in range(4)), at, 100_000, 1)
    config = LabelMapConfig(data=tmp_path, out=tmp_path / "model_3.npy", steps=120, batch=64, widths=(16, 8))
    trained = fit(config, at, [part])
    trained.store(config.out, at)
    monkeypatch.setattr(coder, "FOLDER", tmp_path)
    model = coder.load_model.__wrapped__(3)
    rated = coder.Network(model, len(part.codes)).rate(part.codes == SECOND, part.codes != FIRST)
    with torch.no_grad():
        logits = trained(torch.from_numpy(part.codes), rounded=True).numpy()
    assert np.array_equal(rated, np.floor(logits * coder.LOGIT_SCALE + 1e-3) + len(model.table) // 2)
    ratios = np.diff(np.log(model.table[700:]))
    assert np.allclose(ratios, 1 / coder.LOGIT_SCALE, rtol=0.05)


def test_training_learns(tmp_path: Path) -> None:
    at = neighbourhood(near=24, far=6)
    part = examples((map_of_regions(seed) for seed in range(6)), at, 100_000, 1)
    config = LabelMapConfig(data=tmp_path, out=tmp_path / "m.npy", steps=800, batch=256, widths=(16, 8))
    trained = fit(config, at, [part])
    with torch.no_grad():
        logits = trained(torch.from_numpy(part.codes), rounded=True)
    guess = np.bincount(part.symbols, minlength=4) / len(part.symbols)
    entropy = -(guess[guess > 0] * np.log(guess[guess > 0])).sum()
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(part.symbols).long()).item()
    assert loss < 0.8 * entropy
