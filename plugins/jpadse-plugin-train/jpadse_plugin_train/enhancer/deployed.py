"""The enhancer's network as its graph computes it: from bytes to bytes, in the form that ONNX Runtime runs fastest.

The same function as `EnhancerNetwork` with the dial applied, arranged so that all of the trunk stays in ONNX Runtime's
blocked layout of channels (docs/decisions/0018). What the network broadcasts, hints and block phase, comes by
convolutions of 1 by 1; pictures are folded with the twelve samples of a cell's row side by side, as their bytes lie.
Weights keep their names and shapes in the file; ONNX Runtime rearranges them once, when it opens it.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jpadse_core.builtin.conditioning import HINT_SIZE
from jpadse_plugin_train.enhancer.model import CELL, PHASES, EnhancerNetwork, ModulatedBlock, lightness

_CHANNEL_BLOCK = 16
"""Tensors can be joined in the blocked layout at multiples of this many channels: 8 with AVX2, 16 with AVX-512."""
_ROW = 3 * CELL
"""Samples of a row of a cell."""


_Block: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Weights and biases of a `ModulatedBlock` whose map and hints are one input: scale, shift, and two convolutions."""


class Deployed(nn.Module):
    """What the graph computes.

    Inputs: `picture` uint8 `[1, H, W, 3]` with H and W multiples of 16, `textures` uint8 `[1, H/4, W/4]`, `hints`
    float32 `[1, HINT_SIZE]`, `dial` float32 `[N, 2]` (perception, accuracy). Output: `enhanced` uint8 `[N, H, W, 3]`.
    A head whose share is 0 at every point of the dial does not run.
    """

    def __init__(self, network: EnhancerNetwork) -> None:
        super().__init__()
        self.network = network
        self._share_of_head = torch.jit.script(_share_of_head)
        self._to_lightness = _to_lightness()

    def forward(self, picture: Tensor, textures: Tensor, hints: Tensor, dial: Tensor) -> Tensor:
        network = self.network
        rows, columns = textures.shape[1:]
        cells = picture.reshape(1, rows, CELL, columns, _ROW).permute(0, 1, 3, 2, 4)
        cells = cells.reshape(1, rows, columns, CELL * _ROW).float()
        conditions = self._conditions(textures, hints)
        features = start = self._read(cells) + self._phase(rows, columns)
        for block in network.trunk:
            features = _modulated(features, conditions, _block(block))
        features = features + start
        residual = F.relu(network.distortion[0](features))
        change = F.conv2d(residual, *_to_cells(network.distortion[2]), padding=1).permute(0, 2, 3, 1)
        enhanced = cells + change
        for index, head in enumerate((network.perception, network.accuracy)):
            share = dial[:, index].view(-1, 1, 1, 1)
            enhanced = enhanced + self._share_of_head(
                share,
                features,
                conditions,
                _block(head.block),
                *_to_cells(head.last),
                head.kept(hints).view(1, 1, 1, 1),
                change,
                self._to_lightness,
            )
        enhanced = enhanced.round().clamp(0, 255).to(torch.uint8).reshape(-1, rows, columns, CELL, _ROW)
        return enhanced.permute(0, 1, 3, 2, 4).reshape(-1, rows * CELL, columns * CELL, 3)

    def _conditions(self, textures: Tensor, hints: Tensor) -> Tensor:
        """Features of the map, then the hints, the same in every cell."""
        rows, columns = textures.shape[1:]
        known = F.pad(hints, (0, _CHANNEL_BLOCK - HINT_SIZE))[:, :, None, None]
        planes = known.expand(1, _CHANNEL_BLOCK, rows, columns)
        blocked = F.conv2d(planes, torch.eye(_CHANNEL_BLOCK)[:, :, None, None])
        return torch.cat([self.network.map_features(textures.long()), blocked], 1)

    def _read(self, cells: Tensor) -> Tensor:
        layer = self.network.read_picture
        weight = layer.weight.unflatten(1, (3, CELL * CELL)).transpose(1, 2).flatten(1, 2)
        return F.conv2d((cells - 127.5).permute(0, 3, 1, 2), weight / 255, layer.bias, padding=1)

    def _phase(self, rows: int, columns: int) -> Tensor:
        places = PHASES * PHASES
        one_hot = torch.eye(places).view(1, places, PHASES, PHASES).repeat(1, 1, rows // PHASES, columns // PHASES)
        return F.conv2d(one_hot, self.network.phase.view(-1, places, 1, 1))


def _block(block: ModulatedBlock) -> _Block:
    by_hints = F.pad(block.by_hints.weight, (0, _CHANNEL_BLOCK - HINT_SIZE))[:, :, None, None]
    weight = torch.cat([block.by_map.weight, by_hints], 1)
    bias = block.by_map.bias + block.by_hints.bias
    channels = block.first.in_channels
    return (
        weight[:channels],
        1 + bias[:channels],
        weight[channels:],
        bias[channels:],
        block.first.weight,
        block.first.bias,
        block.second.weight,
        block.second.bias,
    )


def _to_cells(last: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution to a residual, which comes in 255ths and in the order of bytes."""
    weight = last.weight.unflatten(0, (3, CELL * CELL)).transpose(0, 1).flatten(0, 1)
    bias = last.bias.unflatten(0, (3, CELL * CELL)).transpose(0, 1).flatten(0, 1)
    return 255 * weight, 255 * bias


def _to_lightness() -> Tensor:
    """From a cell's samples to their pixels' lightness, in every channel."""
    mixed = lightness(torch.eye(3)[:, :, None, None]).reshape(3, 1).expand(3, 3)
    return torch.kron(torch.eye(CELL * CELL), mixed)


def _modulated(features: Tensor, conditions: Tensor, block: _Block) -> Tensor:
    """As `ModulatedBlock.forward`."""
    scale_weight, scale_bias, shift_weight, shift_bias, first_weight, first_bias, second_weight, second_bias = block
    scale = F.conv2d(conditions, scale_weight, scale_bias)
    shift = F.conv2d(conditions, shift_weight, shift_bias)
    inner = F.relu(F.conv2d(features * scale + shift, first_weight, first_bias, padding=1))
    return features + F.conv2d(inner, second_weight, second_bias, padding=1)


def _share_of_head(
    share: Tensor,
    features: Tensor,
    conditions: Tensor,
    block: _Block,
    weight: Tensor,
    bias: Tensor,
    kept: Tensor,
    change: Tensor,
    to_lightness: Tensor,
) -> Tensor:
    """A head's residual, in cells, times its shares; scripted, which makes shares of 0 a branch of the graph."""
    if bool((share != 0).any()):
        inner = F.relu(_modulated(features, conditions, block))
        made = F.conv2d(inner, weight, bias, padding=1).permute(0, 2, 3, 1)
        residual = share * (made - kept * (change @ to_lightness))
    else:
        residual = share
    return residual
