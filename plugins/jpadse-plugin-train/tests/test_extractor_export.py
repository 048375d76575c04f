"""The exported extractor computes what the trained one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="export needs torch")
onnx = pytest.importorskip("onnx", reason="export needs onnx")
pytest.importorskip("onnxscript", reason="export needs onnxscript")

from jpadse_plugin_train.extractor.export import Deployed, export  # noqa: E402
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
