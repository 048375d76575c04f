"""What each corner of the triangle is trained for, apart from the networks that judge."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def charbonnier(output: Tensor, original: Tensor) -> Tensor:
    """Mean of sqrt(error^2 + 1e-6), a smooth L1, on samples that span 1.

    Source: Charbonnier et al., ICIP 1994; Lai et al., CVPR 2017, for restoration.
    """
    return torch.sqrt((output.float() - original).square() + 1e-6).mean()


def dissimilarity(output: Tensor, original: Tensor) -> Tensor:
    """1 - MS-SSIM of pictures on the scale -0.5 to 0.5, sides above 160 pixels.

    Source: Wang, Simoncelli and Bovik, Asilomar 2003, as in pytorch-msssim.
    """
    from pytorch_msssim import ms_ssim

    similarity: Tensor = ms_ssim(output.float() + 0.5, original + 0.5, data_range=1.0)
    return 1 - similarity


def feature_distance(features: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Squared distance of features `[B, C, h, w]`, each normalised over its channels; mean over positions, sum over
    layers.

    Source: the unit-normalised differences of LPIPS (Zhang et al., CVPR 2018), without its learned weights.
    """
    distances = [
        (F.normalize(mine.float(), dim=1) - F.normalize(target.float(), dim=1)).square().sum(1).mean()
        for mine, target in zip(features, targets, strict=True)
    ]
    return torch.stack(distances).sum()


def local_contrast(features: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """How far the standard deviations of features `[B, C, h, w]` in windows of 9 by 9 differ, relative to their mean in
    the target; mean over windows, sum over layers. Texture of the right strength costs nothing, wherever it lies.

    Source: the texture terms of DISTS (Ding et al., IEEE TPAMI 2022), but in windows.
    """
    distances = []
    for mine, target in zip(map(_deviation, features), map(_deviation, targets), strict=True):
        distances.append((mine - target).abs().mean() / target.mean())
    return torch.stack(distances).sum()


def _deviation(features: Tensor) -> Tensor:
    wide = features.float()
    side = min(9, *wide.shape[2:])
    mean, square = F.avg_pool2d(wide, side, 2), F.avg_pool2d(wide.square(), side, 2)
    return ((square - mean.square()).clamp(min=0) + 1e-6).sqrt()


def pooled_distance(features: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Squared distance of means and deviations over a crop of features `[B, C, h, w]`, relative to the target's; mean
    over crops, sum over layers."""
    distances = map(relative_distance, map(_pooled, features), map(_pooled, targets))
    return torch.stack(list(distances)).sum()


def relative_distance(features: Tensor, targets: Tensor) -> Tensor:
    """Squared distance of features `[B, C]`, relative to the target's; mean over the batch."""
    return ((features - targets).square().sum(1) / targets.square().sum(1)).mean()


def _pooled(features: Tensor) -> Tensor:
    wide = features.float()
    return torch.cat([wide.mean((2, 3)), wide.std((2, 3))], 1)
