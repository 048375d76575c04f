"""The trained enhancer as an ONNX graph from bytes to bytes: normalisation, dial, rounding and clipping inside."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from jpadse_core.builtin.conditioning import HINT_SIZE
from jpadse_plugin_train.enhancer.model import CELL, EnhancerNetwork
from jpadse_plugin_train.enhancer.state import read_network


class Deployed(nn.Module):
    """What the graph computes.

    Inputs: `picture` uint8 `[1, H, W, 3]` with H and W multiples of 16, `textures` uint8 `[1, H/4, W/4]`, `hints`
    float32 `[1, HINT_SIZE]`, `dial` float32 `[1, 2]` (perception, accuracy). Output: `enhanced` uint8 `[1, H, W, 3]`.
    """

    def __init__(self, network: EnhancerNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor, textures: Tensor, hints: Tensor, dial: Tensor) -> Tensor:
        samples = picture.permute(0, 3, 1, 2).float() / 255 - 0.5
        base, perception, accuracy = self.network(samples, textures.long(), hints)
        perception_share, accuracy_share = dial[:, 0].view(-1, 1, 1, 1), dial[:, 1].view(-1, 1, 1, 1)
        enhanced = base + perception_share * perception + accuracy_share * accuracy
        return ((enhanced + 0.5) * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def export(weights: Path, target: Path) -> None:
    """Write the ONNX graph of safetensors weights.

    Args:
        weights: what `train` wrote.
        target: the `.onnx` file.
    """
    network = read_network(weights)
    side = 64
    example = (
        torch.zeros(1, side, side, 3, dtype=torch.uint8),
        torch.zeros(1, side // CELL, side // CELL, dtype=torch.uint8),
        torch.zeros(1, HINT_SIZE),
        torch.zeros(1, 2),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Deployed(network).eval(),
            example,
            str(target),
            dynamo=False,
            opset_version=17,
            input_names=["picture", "textures", "hints", "dial"],
            output_names=["enhanced"],
            dynamic_axes={
                "picture": {1: "height", 2: "width"},
                "textures": {1: "rows", 2: "columns"},
                "enhanced": {1: "height", 2: "width"},
            },
        )
