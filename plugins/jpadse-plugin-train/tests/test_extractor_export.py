"""The exported extractor computes what the trained one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="export needs torch")
onnx = pytest.importorskip("onnx", reason="export needs onnx")
pytest.importorskip("onnxscript", reason="export needs onnxscript")

from jpadse_plugin_train.extractor.export import Deployed, export  # noqa: E402
from jpadse_plugin_train.extractor.interpolate import between  # noqa: E402
from jpadse_plugin_train.extractor.measure import onnx_logits  # noqa: E402
from jpadse_plugin_train.extractor.model import DeepLab, fold_norms  # noqa: E402


@pytest.fixture(scope="module")
def network() -> DeepLab:
    torch.manual_seed(0)
    made = DeepLab()
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.02, 0.2)
    return made.eval()


def test_folding_the_norms_changes_nothing(network: DeepLab) -> None:
    picture = torch.rand(1, 3, 64, 96) * 255
    with torch.no_grad():
        before = network(picture)
        fold_norms(network)
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
        assert torch.allclose(network(picture), before, atol=1e-3 * before.abs().max().item())


@pytest.mark.filterwarnings("ignore")
def test_onnx_runtime_gives_torch_s_logits_at_any_size(network: DeepLab, tmp_path: Path) -> None:
    file = tmp_path / "extractor.onnx"
    export(network, file)
    assert file.stat().st_size < 8_000_000
    logits = onnx_logits(file)
    for height, width in ((64, 96), (160, 32)):
        picture = np.random.default_rng(height).integers(0, 256, (1, height, width, 3), np.uint8)
        with torch.no_grad():
            wanted = Deployed(network)(torch.from_numpy(picture)).numpy()
        found = logits(picture)
        assert found.shape == (1, 24, height // 4, width // 4)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted, atol=1e-3 * float(np.abs(wanted).max()))


def test_an_interpolated_extractor_lies_between(network: DeepLab, tmp_path: Path) -> None:
    fold_norms(network)
    files = []
    for number in range(2):
        state = {name: value + number for name, value in network.state_dict().items()}
        files.append(tmp_path / f"{number}.pt")
        torch.save({"average": state}, files[-1])
    for name, value in between(*files, 0.75).state_dict().items():
        assert torch.allclose(value, network.state_dict()[name] + 0.75, atol=1e-5), name


def test_extractors_of_other_parts_are_not_interpolated(tmp_path: Path) -> None:
    files = [tmp_path / "first.pt", tmp_path / "folded.pt"]
    network = DeepLab()
    fold_norms(network.backbone)
    torch.save({"average": network.state_dict()}, files[0])
    fold_norms(network)
    torch.save({"average": network.state_dict()}, files[1])
    with pytest.raises(ValueError, match="differ in their parts"):
        between(*files, 0.5)
