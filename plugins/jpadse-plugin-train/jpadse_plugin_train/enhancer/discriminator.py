"""The critic of the perception corner: patches of a picture together with their texture map."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from jpadse_plugin_train.enhancer.model import CELL, NO_MAP


class PatchDiscriminator(nn.Module):
    """Scores every patch as real or made, given its textures; receptive field 100 pixels.

    Source: Isola et al., CVPR 2017; spectral normalisation, Miyato et al., ICLR 2018.
    """

    def __init__(self, channels: int = 48) -> None:
        super().__init__()
        self.embed = nn.Embedding(NO_MAP + 1, 8)
        self.first = spectral_norm(nn.Conv2d(3 * CELL * CELL + 8, channels, 3, padding=1))
        self.second = spectral_norm(nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1))
        self.third = spectral_norm(nn.Conv2d(2 * channels, 2 * channels, 3, padding=1))
        self.last = spectral_norm(nn.Conv2d(2 * channels, 1, 3, padding=1))

    def forward(self, picture: Tensor, textures: Tensor) -> Tensor:
        """Scores `[B, 1, H/8, W/8]` of float `[B, 3, H, W]` and int64 `[B, H/4, W/4]`."""
        known = self.embed(textures).permute(0, 3, 1, 2)
        features = torch.cat((F.pixel_unshuffle(picture, CELL), known), dim=1)
        for layer in (self.first, self.second, self.third):
            features = F.leaky_relu(layer(features), 0.2)
        scores: Tensor = self.last(features)
        return scores


def critic_loss(real: Tensor, made: Tensor) -> Tensor:
    """The discriminator's hinge loss.

    Source: Lim and Ye, 2017.
    """
    return F.relu(1 - real.float()).mean() + F.relu(1 + made.float()).mean()


def generator_loss(made: Tensor) -> Tensor:
    """The generator's hinge loss."""
    return -made.float().mean()
