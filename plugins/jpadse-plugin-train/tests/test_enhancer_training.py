"""The enhancer's training on a data folder of a few small pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch")

from jpadse_core.builtin.conditioning import hint_vector  # noqa: E402
from jpadse_plugin_train.corpus import Corpus  # noqa: E402
from jpadse_plugin_train.enhancer.config import EnhancerConfig  # noqa: E402
from jpadse_plugin_train.enhancer.export import export  # noqa: E402
from jpadse_plugin_train.enhancer.model import EnhancerNetwork  # noqa: E402
from jpadse_plugin_train.enhancer.pairs import Pairs, Recipe  # noqa: E402
from jpadse_plugin_train.enhancer.state import load_weights, save_weights  # noqa: E402
from jpadse_plugin_train.enhancer.train import train  # noqa: E402


def _picture(seed: int, side: int = 64) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (side // 8, side // 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    for name in ("cityscapes256/photos", "cityscapes256/labels", "camvid/train", "camvid/val"):
        (folder / "data" / "street" / name).mkdir(parents=True)
    for name in ("cid22", "gb82", "bsds500"):
        (folder / "data" / "photos" / name).mkdir(parents=True)
    maps = folder / "teacher-maps"
    maps.mkdir()
    for number in (9, 10, 2876):
        _picture(number).save(folder / f"data/street/cityscapes256/photos/{number:04}.jpg", quality=95)
        labels = Image.fromarray(np.full((64, 64), number % 19, np.uint8))
        labels.save(folder / f"data/street/cityscapes256/labels/{number:04}.png")
    for number in range(13):
        _picture(number).save(folder / f"data/photos/cid22/{number:02}.png")
        Image.fromarray(np.full((64, 64), number, np.uint8)).save(maps / f"photos_cid22_{number:02}.png.png")
    return folder


def _config(data: Path, run: str, steps: int) -> EnhancerConfig:
    return EnhancerConfig(
        data=data / "data", run=data / run, steps=steps, decay_steps=1, batch=2, crop=32, validate_every=100
    )


def test_a_resumed_run_equals_an_uninterrupted_one(data: Path) -> None:
    torch.set_num_threads(1)
    whole, halved = EnhancerNetwork(), EnhancerNetwork()
    load_weights(train(_config(data, "whole", 4)), whole)
    train(_config(data, "halved", 2))
    load_weights(train(_config(data, "halved", 4), resume=True), halved)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halved.state_dict()[name]), name


def test_the_same_batch_number_gives_the_same_batch(data: Path) -> None:
    samples = Corpus(data / "data", data / "teacher-maps").samples()
    pairs = Pairs(samples, Recipe(batch=2, crop=32), seed=5)
    first, second, other = pairs.batch(7), pairs.batch(7), pairs.batch(8)
    assert torch.equal(first.decoded, second.decoded)
    assert torch.equal(first.hints, second.hints)
    assert not torch.equal(first.decoded, other.decoded)


def test_the_onnx_graph_equals_the_network(data: Path, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(3)
    network = EnhancerNetwork().eval()
    for last in (network.distortion[2], network.perception.last, network.accuracy.last):
        torch.nn.init.normal_(last.weight, std=0.02)
    save_weights(tmp_path / "weights.safetensors", network)
    export(tmp_path / "weights.safetensors", tmp_path / "enhancer.onnx")
    picture = np.asarray(_picture(1, 96))[:64]
    textures = np.random.default_rng(0).integers(0, 25, (16, 24), dtype=np.uint8)
    hints = hint_vector("jpeg", 0.3, 0.1)
    session = onnxruntime.InferenceSession(str(tmp_path / "enhancer.onnx"))
    feeds = {"picture": picture[None], "textures": textures[None], "hints": hints[None]}
    (given,) = session.run(None, {**feeds, "dial": np.array([[0.25, 0.5]], np.float32)})
    samples = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255 - 0.5
    with torch.inference_mode():
        parts = network(samples, torch.from_numpy(textures).long()[None], torch.from_numpy(hints)[None])
    due = ((parts[0] + 0.25 * parts[1] + 0.5 * parts[2] + 0.5) * 255).clamp(0, 255)[0].permute(1, 2, 0).numpy()
    assert np.abs(given[0] - due).max() <= 0.5 + 1e-2
    assert np.abs(given[0].astype(float) - picture).max() > 2
