"""Convolutional networks in fixed point: the same numbers on every machine.

A sum of floating-point products depends on its order, and the order depends on the processor, its instruction set and
the number of threads. A sum of *integers* does not, as long as no partial sum leaves the 53 bits that a double holds.
So weights and activations are rounded to integers once, and every convolution runs in float64 on integer values, whose
sums are exact in any order. What lies between convolutions works on single elements, with operations that IEEE 754
rounds correctly.

After Ballé, Johnston and Minnen, "Integer networks for data compression with latent-variable models" (ICLR 2019), with
far more bits than they need, so that networks trained in floating point serve as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from jpadse_core.errors import WeightsError

UNIT = 2.0**16
"""One, in the fixed point of activations."""
_LARGEST = 4096 * UNIT
_DOUBLE = 2.0**53
_MOST_BITS, _FEWEST_BITS = 24, 8


def in_units(values: Tensor) -> Tensor:
    """Float64 integers, in units of `1 / UNIT`, nearest to `values`, which are clipped to +-4096."""
    return (values.double() * UNIT).round().clamp(-_LARGEST, _LARGEST)


def exact(module: nn.Module) -> Callable[[Tensor], Tensor]:
    """The network as a function of float64 integers in units of `1 / UNIT`, to the like, clipped to +-4096.

    Args:
        module: a sequence of plain or transposed convolutions, ReLU, leaky ReLU and pixel shuffles.

    Raises:
        WeightsError: its weights are too large to be exact at eight fractional bits.
        NotImplementedError: another layer.
    """
    match module:
        case nn.Sequential():
            return partial(_in_turn, [exact(layer) for layer in module])
        case nn.Conv2d() | nn.ConvTranspose2d():
            return _convolution(module)
        case nn.ReLU():
            return torch.relu
        case nn.LeakyReLU():
            return partial(_leaky, module.negative_slope)
        case nn.PixelShuffle():
            return module
    raise NotImplementedError(f"no exact {type(module).__name__}")


def _in_turn(layers: list[Callable[[Tensor], Tensor]], x: Tensor) -> Tensor:
    for layer in layers:
        x = layer(x)
    return x


def _leaky(slope: float, x: Tensor) -> Tensor:
    return torch.where(x < 0, (x * slope).round(), x)


def _convolution(layer: nn.Conv2d | nn.ConvTranspose2d) -> Callable[[Tensor], Tensor]:
    integer = copy.deepcopy(layer).double().requires_grad_(False)
    bias = torch.zeros(layer.out_channels) if layer.bias is None else layer.bias.detach()
    inputs = (0, 2, 3) if isinstance(layer, nn.ConvTranspose2d) else (1, 2, 3)
    for bits in range(_MOST_BITS, _FEWEST_BITS - 1, -1):
        weight = (layer.weight.detach().double() * 2.0**bits).round()
        offset = (bias.double() * (UNIT * 2.0**bits)).round()
        if (weight.abs().sum(inputs) * _LARGEST + offset.abs()).max() < _DOUBLE:
            integer.weight = nn.Parameter(weight, requires_grad=False)
            integer.bias = nn.Parameter(offset, requires_grad=False)
            return partial(_rounded, integer, 2.0**-bits)
    raise WeightsError("the entropy network's weights are too large for fixed point")


def _rounded(layer: nn.Module, step: float, x: Tensor) -> Tensor:
    return (layer(x) * step).round().clamp(-_LARGEST, _LARGEST)
