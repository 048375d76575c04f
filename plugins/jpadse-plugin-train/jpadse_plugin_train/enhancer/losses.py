"""What each corner of the triangle is trained for."""

from __future__ import annotations

import torch
from torch import Tensor


def charbonnier(output: Tensor, original: Tensor) -> Tensor:
    """Mean of sqrt(error^2 + 1e-6), a smooth L1, on samples that span 1.

    Source: Charbonnier et al., ICIP 1994; Lai et al., CVPR 2017, for restoration.
    """
    return torch.sqrt((output.float() - original).square() + 1e-6).mean()
