"""The perceptual distance that the perception corner is trained for: ST-LPIPS on VGG-16 up to its fourth slice."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SLICES = ((0, 2), (6, 8), (12, 14, 16), (20, 22, 24))
_BLUR = (1.0, 2.0, 1.0)


def installed_weights() -> Path:
    """The VGG-16 weights that the wheel `stlpips-pytorch` brings (BSD-2).

    Raises:
        FileNotFoundError: it is not installed.
    """
    spec = find_spec("stlpips_pytorch")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the perception loss wants its weights: pip install --no-deps stlpips-pytorch")
    return Path(spec.origin).parent / "weights" / "vST0.0" / "vgg_shift_tolerant.pth"


def _halve(features: Tensor) -> Tensor:
    """Max pooling with an anti-aliasing blur, padded as in ST-LPIPS."""
    pooled = F.pad(F.max_pool2d(features, 2, stride=1), (2, 2, 2, 2), mode="reflect")
    line = torch.tensor(_BLUR, dtype=pooled.dtype, device=pooled.device)
    kernel = (line[:, None] * line / 16).expand(features.shape[1], 1, 3, 3)
    return F.conv2d(pooled, kernel, stride=2, groups=features.shape[1])


class PerceptualDistance(nn.Module):
    """Shift-tolerant LPIPS without its fifth slice, which crops are too small for.

    Source: Ghildyal and Liu, ECCV 2022; Zhang et al., CVPR 2018.

    Args:
        weights: `vgg_shift_tolerant.pth`.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        state = torch.load(weights, map_location="cpu", weights_only=True)
        self.register_buffer("shift", state["scaling_layer.shift"])
        self.register_buffer("scale", state["scaling_layer.scale"])
        self.slices = nn.ModuleList()
        for number, positions in enumerate(_SLICES, start=1):
            layers = nn.ModuleList()
            for position in positions:
                kernel = state[f"net.slice{number}.{position}.weight"]
                layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
                layer.load_state_dict({"weight": kernel, "bias": state[f"net.slice{number}.{position}.bias"]})
                layers.append(layer)
            self.slices.append(layers)
            self.register_buffer(f"weight{number}", state[f"lin{number - 1}.model.1.weight"].clamp(min=0))
        self.requires_grad_(False).to(memory_format=torch.channels_last)

    def features(self, picture: Tensor) -> list[Tensor]:
        """Features of float `[B, 3, H, W]`, samples / 255 - 0.5."""
        features = (2 * picture - self.shift) / self.scale
        found = []
        for number, layers in enumerate(self.slices):
            features = _halve(features) if number else features
            for layer in layers:
                features = F.relu(layer(features))
            found.append(features)
        return found

    def forward(self, features: list[Tensor], targets: list[Tensor]) -> Tensor:
        """Mean distance of pictures by their features."""
        distance = features[0].new_zeros((), dtype=torch.float32)
        for number, pair in enumerate(zip(features, targets, strict=True), start=1):
            mine, target = (F.normalize(layer.float(), dim=1, eps=1e-6) for layer in pair)
            weight = self.get_buffer(f"weight{number}")
            distance = distance + (weight * (mine - target).square()).sum(dim=1).mean()
        return distance
