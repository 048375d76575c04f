"""Codecs that work without training: the models' layers are set so that they send a picture sixteen times smaller, in
finer steps the higher the quality. For suites that want a codec which does its job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import nn

from jpadse_plugin_compressai import codecs
from jpadse_plugin_compressai.codecs import LearnedOptions, ShortScaleOptions


def thumbnails() -> Path:
    return Path(os.environ["THUMBNAILS"])


class Options(LearnedOptions):
    """Options with these weights as default."""

    weights: Path | None = Field(default_factory=thumbnails, exclude=True)


class ShortOptions(ShortScaleOptions):
    """Options with these weights as default."""

    weights: Path | None = Field(default_factory=thumbnails, exclude=True)


class Factorized(codecs.Bmshj2018Factorized):
    """Thumbnails by a factorized prior."""

    Options = Options


class Joint(codecs.Mbt2018):
    """Thumbnails by an autoregressive model."""

    Options = Options


class Attention(codecs.Cheng2020Attn):
    """Thumbnails by a model with attention."""

    Options = ShortOptions


@torch.no_grad()
def write_thumbnails(architecture: str, folder: Path, levels: int) -> None:
    """The weights of every quality level."""
    from jpadse_plugin_compressai.library import model_architectures

    folder.mkdir()
    for quality in range(1, levels + 1):
        torch.manual_seed(0)
        model = model_architectures[architecture](*([4] if architecture.startswith("cheng2020") else [4, 4]))
        for layer in model.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                layer.weight.zero_()
                layer.bias.zero_()
            elif hasattr(layer, "gamma"):
                layer.gamma.zero_()
        carrying = [layer for part in (model.g_a, model.g_s) for layer in map(_carrier, part) if layer is not None]
        for layer in carrying:
            _carry(layer)
        _last(model.g_a).weight.mul_(2.0**quality)
        carrying[-1].weight.mul_(2.0**-quality)
        if hasattr(model, "gaussian_conditional"):
            _last(getattr(model, "entropy_parameters", model.h_s)).bias[:4] = 8
        model.update()
        torch.save(model.state_dict(), folder / f"mse-{quality}.pth.tar")
        torch.save(model.state_dict(), folder / f"ms-ssim-{quality}.pth.tar")


def _last(network: nn.Sequential) -> Any:
    return [layer for layer in network if isinstance(layer, nn.Conv2d)][-1]


def _carrier(block: nn.Module) -> nn.Module | None:
    """The layer by which a block lets the picture through; None where it does so by itself."""
    if isinstance(block, nn.Conv2d | nn.ConvTranspose2d):
        return block
    if isinstance(block, nn.Sequential):
        return block[0]
    if hasattr(block, "conv_b"):
        block.conv_b[-1].bias.fill_(-1000)  # an attention of nothing
    way = getattr(block, "upsample", None) or getattr(block, "skip", None)
    return way[0] if isinstance(way, nn.Sequential) else way


def _carry(layer: Any) -> None:
    """Let channel c of the input be channel c of the output, at half or twice the size where the layer has a stride."""
    middle, channels = layer.kernel_size[0] // 2, min(3, layer.in_channels)
    if isinstance(layer, nn.ConvTranspose2d):
        for channel in range(channels):
            layer.weight[channel, channel, middle : middle + 2, middle : middle + 2] = 1
    elif layer.kernel_size[0] == 5:
        for channel in range(channels):
            layer.weight[channel, channel, middle : middle + 2, middle : middle + 2] = 0.25
    else:
        copies = 4 if layer.out_channels in (12, 4 * layer.in_channels) else 1
        for channel in range(channels * copies):
            layer.weight[channel, channel // copies, middle, middle] = 1
