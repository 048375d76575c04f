"""A depthwise convolution whose gradients are fast on CPUs in bfloat16."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Depthwise(torch.autograd.Function):
    # oneDNN's bfloat16 gradients of 5x5, strided and dilated depthwise convolutions take 4 to 20 times as long.
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, padding: int, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = stride, padding, dilation
        return F.conv2d(x, weight, None, stride, padding, dilation, x.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        stride, padding, dilation = ctx.geometry
        channels = x.shape[1]
        geometry = (None, [stride] * 2, [padding] * 2, [dilation] * 2, False, [0, 0], channels)
        wide = gradient.float()
        mask = [stride > 1, True, False]
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(wide, x.float(), weight.float(), *geometry, mask)
        if stride == 1:
            of_x = F.conv2d(gradient, weight.flip(2, 3), None, 1, padding, dilation, channels)
        return of_x.to(x.dtype), of_weight.to(weight.dtype), None, None, None


class DepthwiseConv2d(nn.Conv2d):
    """`nn.Conv2d` with one group a channel, square odd kernel and the fast gradients under bfloat16 autocast."""

    @property
    def _plain(self) -> bool:
        return self.kernel_size[0] == 3 and self.stride[0] == 1 and self.dilation[0] == 1

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - nn.Conv2d's name for it
        if not (self.training and torch.is_autocast_enabled("cpu")) or self._plain:
            return super().forward(input)
        dtype = torch.get_autocast_dtype("cpu")
        with torch.autocast("cpu", enabled=False):
            y: Tensor = _Depthwise.apply(  # type: ignore[no-untyped-call]
                input.to(dtype), self.weight.to(dtype), self.stride[0], int(self.padding[0]), self.dilation[0]
            )
            return y if self.bias is None else y + self.bias.to(dtype)[:, None, None]
