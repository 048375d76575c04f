"""Models with random weights, whose latents are spread as those of trained ones."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

TINY = {"cheng2020-anchor": (8,), "cheng2020-attn": (8,)}


def tiny_model(architecture: str, widths: tuple[int, ...] = (), seed: int = 0) -> Any:
    """A model with its distributions; scales from a tenth to tens, means beside zero.

    Args:
        architecture: as in CompressAI's zoo.
        widths: numbers of channels, N and M; by default, a few.
        seed: of the weights.
    """
    import torch

    from jpadse_plugin_compressai.library import model_architectures

    torch.manual_seed(seed)
    model = model_architectures[architecture](*(widths or TINY.get(architecture, (8, 12))))
    with torch.no_grad():
        for part, gain, shift in (("g_a", 60, 0), ("h_a", 10, 0), ("h_s", 8, 2), ("entropy_parameters", 8, 2)):
            last = [layer for layer in getattr(model, part, ()) if hasattr(layer, "weight")][-1:]
            for layer in last:
                layer.weight.mul_(gain)
                layer.bias.add_(shift * (1 + torch.randn_like(layer.bias)))
    model.update()
    return model.eval()


def codec(architecture: str) -> Any:
    """The installed codec."""
    (found,) = entry_points(group="jpadse.codecs", name=architecture)
    return found.load()()
