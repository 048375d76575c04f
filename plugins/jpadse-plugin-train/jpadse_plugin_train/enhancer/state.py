"""Everything a run needs to go on where it stopped, in one file that is replaced whole."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from jpadse_core.builtin.conditioning import HINT_SIZE
from jpadse_plugin_train.enhancer.model import EnhancerNetwork, Size
from jpadse_plugin_train.onnx_weights import read_onnx_weights


class Averaged:
    """Exponential moving average of a network's parameters.

    Args:
        network: copied; its average starts at its present weights.
        decay: share of the old average that one step keeps; smaller during the first steps.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after step `step`, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for mean, value in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)


def save_checkpoint(path: Path, content: dict[str, object]) -> None:
    """Write `content` so that a kill at any moment leaves the old file or the new one."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def save_weights(path: Path, network: nn.Module) -> None:
    """Weights alone, as safetensors."""
    partial = path.with_suffix(".partial")
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, partial)
    partial.replace(path)


def _read(path: Path) -> dict[str, Tensor]:
    state = read_onnx_weights(path) if path.suffix == ".onnx" else _read_safetensors(path)
    for head in ("perception", "accuracy"):  # older weights keep nothing
        state.setdefault(f"{head}.kept.weight", torch.zeros(1, HINT_SIZE))
        state.setdefault(f"{head}.kept.bias", torch.zeros(1))
    return state


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} holds no weights: give a run's weights.safetensors, or an exported .onnx") from error


def load_weights(path: Path, network: nn.Module) -> None:
    """Fill `network` with the weights of a safetensors file, or an exported ONNX file, of the same architecture."""
    network.load_state_dict(_read(path))


def read_network(path: Path) -> EnhancerNetwork:
    """The network whose weights a safetensors file, or an exported ONNX file, holds: they tell its size."""
    state = _read(path)
    network = EnhancerNetwork(Size.of(state))
    network.load_state_dict(state)
    return network
