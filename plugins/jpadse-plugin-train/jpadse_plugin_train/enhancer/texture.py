"""How much of perception's texture the encoder will tell the decoder to show, as `jpadse_core` chooses it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jpadse_core.bitstream.perception_guide import TILE_LOG2, WHOLE
from jpadse_plugin_train.enhancer.model import lightness

_TILE = 1 << TILE_LOG2
_WINDOW = 5
_STEP = 2
_UNSEEN = 2 / 255
"""These three as in `jpadse_core.texture_choice`."""


def told_shares(base: Tensor, textured: Tensor, original: Tensor) -> Tensor:
    """The share of texture of every pixel, float `[B, 1, H, W]`, linear between the centres of tiles.

    That of a tile is the one whose local contrast is nearest to the original's; what it costs in bytes is left out.

    Args:
        base, textured, original: float `[B, 3, H, W]` on the scale -0.5 to 0.5, sides multiples of the tile's 32.
    """
    with torch.no_grad():
        wanted = _log_contrast(original)
        shares = torch.linspace(0, 1, WHOLE + 1, device=base.device)
        errors = [
            F.avg_pool2d((_log_contrast(torch.lerp(base, textured, share)) - wanted).abs(), _TILE // _STEP)
            for share in shares
        ]
        chosen = shares[torch.stack(errors).argmin(dim=0)]
        return F.interpolate(chosen, size=base.shape[2:], mode="bilinear", align_corners=False)


def _log_contrast(picture: Tensor) -> Tensor:
    """Logarithm of the standard deviation of lightness in windows."""
    edge = _WINDOW // 2
    light = F.pad(lightness(picture.float()), (edge, edge, edge, edge), mode="replicate")
    mean, square = (F.avg_pool2d(plane, _WINDOW, _STEP) for plane in (light, light.square()))
    return ((square - mean.square()).clamp(min=0).sqrt() + _UNSEEN).log()
