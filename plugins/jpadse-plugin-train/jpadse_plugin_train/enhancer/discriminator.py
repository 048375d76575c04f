"""The critics of the perception corner: of patches at two scales with their textures, and of ImageNet features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from jpadse_plugin_train.enhancer.accuracy import ImageNetFeatures
from jpadse_plugin_train.enhancer.model import CELL, NO_MAP

Opinion = list[Tensor]
"""What one critic says: its inner features, and last its scores."""


def _opinion(layers: nn.ModuleList, last: nn.Module, features: Tensor) -> Opinion:
    seen = []
    for layer in layers:
        features = F.leaky_relu(layer(features), 0.2)
        seen.append(features)
    return [*seen, last(features)]


class PatchDiscriminator(nn.Module):
    """Scores every patch as real or made, given its textures; receptive field 100 pixels.

    Source: Isola et al., CVPR 2017; spectral normalisation, Miyato et al., ICLR 2018.
    """

    def __init__(self, channels: int = 48) -> None:
        super().__init__()
        self.embed = nn.Embedding(NO_MAP + 1, 8)
        self.layers = nn.ModuleList(
            spectral_norm(layer)
            for layer in (
                nn.Conv2d(3 * CELL * CELL + 8, channels, 3, padding=1),
                nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
                nn.Conv2d(2 * channels, 2 * channels, 3, padding=1),
            )
        )
        self.last = spectral_norm(nn.Conv2d(2 * channels, 1, 3, padding=1))

    def forward(self, picture: Tensor, textures: Tensor) -> Opinion:
        """Scores `[B, 1, H/8, W/8]` of float `[B, 3, H, W]` and int64 `[B, H/4, W/4]`."""
        known = self.embed(textures).permute(0, 3, 1, 2)
        features = torch.cat((F.pixel_unshuffle(picture, CELL), known), dim=1)
        return _opinion(self.layers, self.last, features)


class FeatureDiscriminator(nn.Module):
    """Scores every position of one layer of frozen features.

    Source: the idea of Projected GANs (Sauer et al., NeurIPS 2021), without the random projections.
    """

    def __init__(self, inputs: int, channels: int = 64) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            spectral_norm(layer)
            for layer in (nn.Conv2d(inputs, channels, 1), nn.Conv2d(channels, channels, 3, padding=1))
        )
        self.last = spectral_norm(nn.Conv2d(channels, 1, 1))

    def forward(self, features: Tensor) -> Opinion:
        """Scores `[B, 1, h, w]` of float `[B, C, h, w]`."""
        return _opinion(self.layers, self.last, features)


class Critics(nn.Module):
    """All critics together."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.ModuleList(PatchDiscriminator() for _ in range(2))
        self.features = nn.ModuleList(FeatureDiscriminator(channels) for channels in ImageNetFeatures.CHANNELS)

    def forward(self, picture: Tensor, textures: Tensor, features: Sequence[Tensor]) -> list[Opinion]:
        """What each says of float `[B, 3, H, W]`, its textures int64 `[B, H/4, W/4]` and its ImageNet features."""
        halved = F.avg_pool2d(picture, 2), textures[:, ::2, ::2]
        by_patches = [critic(*view) for critic, view in zip(self.patches, ((picture, textures), halved), strict=True)]
        by_features = [critic(layer) for critic, layer in zip(self.features, features, strict=True)]
        return by_patches + by_features


Gan = Literal["hinge", "least-squares"]


def critic_loss(real: Sequence[Opinion], made: Sequence[Opinion], gan: Gan) -> Tensor:
    """The critics' loss, mean over critics.

    Source: hinge, Lim and Ye, 2017; least squares, Mao et al., ICCV 2017.
    """
    losses = []
    for true, false in zip(real, made, strict=True):
        scores = true[-1].float(), false[-1].float()
        if gan == "hinge":
            losses.append(F.relu(1 - scores[0]).mean() + F.relu(1 + scores[1]).mean())
        else:
            losses.append((scores[0] - 1).square().mean() + scores[1].square().mean())
    return torch.stack(losses).mean()


def generator_loss(made: Sequence[Opinion], gan: Gan) -> Tensor:
    """The generator's loss, mean over critics; sources as for `critic_loss`."""
    scores = [opinion[-1].float() for opinion in made]
    losses = [-score.mean() if gan == "hinge" else (score - 1).square().mean() for score in scores]
    return torch.stack(losses).mean()


def feature_matching(made: Sequence[Opinion], real: Sequence[Opinion]) -> Tensor:
    """Mean absolute difference of the critics' inner features.

    Source: Wang et al., pix2pixHD, CVPR 2018.
    """
    losses = [
        F.l1_loss(mine.float(), target.float().detach())
        for false, true in zip(made, real, strict=True)
        for mine, target in zip(false[:-1], true[:-1], strict=True)
    ]
    return torch.stack(losses).mean()
