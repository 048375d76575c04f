"""The tutorial's settings are real ones, and do what it says on a folder of a few pictures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch")

from jpadse_plugin_train.enhancer.config import EnhancerConfig, read_config  # noqa: E402
from jpadse_plugin_train.enhancer.train import train  # noqa: E402

TUTORIAL = (Path(__file__).parents[3] / "docs" / "your-own-enhancer.md").read_text()
SETTINGS = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)


def test_it_has_both_stages() -> None:
    assert [name for name, _ in SETTINGS] == ["distortion.yaml", "corners.yaml"]
    assert [yaml.safe_load(text)["stage"] for _, text in SETTINGS] == ["distortion", "corners"]


def test_its_stages_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(3):
        noise = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((64, 64), Image.Resampling.BICUBIC).save(tmp_path / "photos" / f"{number}.png")
    shipped = Path(str(read_config_file(tmp_path, *SETTINGS[0]).task_network)).with_name("enhancer.onnx")
    (tmp_path / "enhancer.onnx").write_bytes(shipped.read_bytes())
    for name, text in SETTINGS:
        config = read_config_file(tmp_path, name, text)
        small = {"steps": 1, "batch": 2, "crop": 64, "workers": 0, "codecs": config.codecs[:1], "semantics": None}
        assert train(config.model_copy(update=small)).is_file()


def read_config_file(folder: Path, name: str, text: str) -> EnhancerConfig:
    """The settings of a block of the tutorial."""
    (folder / name).write_text(text)
    return read_config(folder / name)
