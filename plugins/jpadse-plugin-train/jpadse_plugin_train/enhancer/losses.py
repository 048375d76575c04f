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
