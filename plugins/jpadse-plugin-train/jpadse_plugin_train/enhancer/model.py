"""The enhancer's network: a pixel-unshuffled trunk modulated by textures and hints, and three heads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jpadse_core.builtin.conditioning import HINT_SIZE
from jpadse_core.interfaces.labels import TEXTURES

CELL = 4
"""Side of the cells that the pixel-unshuffle folds into channels; also the label map's divisor."""
PHASES = 4
"""Codecs work on blocks of 8 or 16 pixels: what a cell looks like depends on its place among 4 by 4 cells."""
NO_MAP = len(TEXTURES)
"""The texture id that stands for "no map was sent"."""


@dataclass(frozen=True)
class Size:
    """Widths and depth of the network."""

    channels: int = 64
    blocks: int = 8
    embedding: int = 24
    map_channels: int = 32

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> Size:
        """The size of the network that has this `state_dict`."""
        return cls(
            channels=len(state["read_picture.weight"]),
            blocks=len([name for name in state if name.startswith("trunk.") and name.endswith(".first.weight")]),
            embedding=state["embed.weight"].shape[1],
            map_channels=len(state["read_map.0.weight"]),
        )


class ModulatedBlock(nn.Module):
    """A residual block whose input is scaled and shifted per pixel by the map (SFT, Wang et al., CVPR 2018) and per
    picture by the hints (FiLM, Perez et al., AAAI 2018)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.by_map = nn.Conv2d(size.map_channels, 2 * size.channels, 1)
        self.by_hints = nn.Linear(HINT_SIZE, 2 * size.channels)
        self.first = nn.Conv2d(size.channels, size.channels, 3, padding=1)
        self.second = nn.Conv2d(size.channels, size.channels, 3, padding=1)
        for layer in (self.by_map, self.by_hints, self.second):
            nn.init.zeros_(layer.bias)
            with torch.no_grad():
                layer.weight.mul_(0.1)

    def forward(self, features: Tensor, map_features: Tensor, hints: Tensor) -> Tensor:
        modulation = self.by_map(map_features) + self.by_hints(hints)[:, :, None, None]
        scale, shift = modulation.chunk(2, dim=1)
        modulated = features * (1 + scale) + shift
        return features + self.second(F.relu(self.first(modulated)))


def _from_picture(size: Size) -> nn.Conv2d:
    """The convolution of a folded picture, begun at each cell's cosine transform.

    Nearly all that random filters give is the cell's mean, and the network would first have to find what codecs spoil.
    The mean and the other coefficients are scaled so that both are of the size of the features.
    """
    first = nn.Conv2d(3 * CELL * CELL, size.channels, 3, padding=1)
    cosines = torch.cos(math.pi / CELL * torch.outer(torch.arange(CELL), torch.arange(CELL) + 0.5))
    cosines *= torch.tensor([1.0] + [math.sqrt(2)] * (CELL - 1))[:, None] / math.sqrt(CELL)
    bases = torch.kron(cosines, cosines)
    bases *= torch.tensor([0.5] + [4.0] * (CELL * CELL - 1))[:, None]
    low_frequencies_first = torch.kron(torch.eye(3), bases).unflatten(0, (3, -1)).transpose(0, 1).flatten(0, 1)
    count = min(size.channels, first.in_channels)
    with torch.no_grad():
        first.weight.mul_(0.3)
        first.weight[:count] = 0
        first.weight[:count, :, 1, 1] = low_frequencies_first[:count]
    return first


def _to_picture(size: Size) -> nn.Conv2d:
    """The convolution to a residual picture, folded; starts at zero."""
    last = nn.Conv2d(size.channels, 3 * CELL * CELL, 3, padding=1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return last


class ResidualHead(nn.Sequential):
    """Trunk features to the residual of `x_D`."""

    def __init__(self, size: Size) -> None:
        inner = nn.Conv2d(size.channels, size.channels, 3, padding=1)
        super().__init__(inner, nn.ReLU(), _to_picture(size), nn.PixelShuffle(CELL))


class ModulatedHead(nn.Module):
    """Trunk features, map and hints to the residual of another corner.

    `kept` gives, by the hints, the share of `x_D`'s own change of lightness that the corner takes back: there is
    texture in what distortion smooths.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.block = ModulatedBlock(size)
        self.last = _to_picture(size)
        self.kept = nn.Linear(HINT_SIZE, 1)
        nn.init.zeros_(self.kept.weight)
        nn.init.zeros_(self.kept.bias)

    def forward(self, features: Tensor, map_features: Tensor, hints: Tensor, change: Tensor) -> Tensor:
        made = F.pixel_shuffle(self.last(F.relu(self.block(features, map_features, hints))), CELL)
        return made - self.kept(hints)[:, :, None, None] * lightness(change)


def lightness(picture: Tensor) -> Tensor:
    """Luma `[B, 1, H, W]` of RGB `[B, 3, H, W]`, by the weights of BT.601."""
    red, green, blue = picture.split(1, dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


class EnhancerNetwork(nn.Module):
    """Decoded picture, texture map and hints to the three heads' pictures.

    Source: the dial of three heads is JPADSE's; the conditional generator it replaces is JPAD-SE's (arXiv 2005.12810).
    """

    def __init__(self, size: Size | None = None) -> None:
        super().__init__()
        size = size or Size()
        self.size = size
        self.embed = nn.Embedding(NO_MAP + 1, size.embedding)
        self.read_map = nn.Sequential(
            nn.Conv2d(size.embedding, size.map_channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(size.map_channels, size.map_channels, 3, padding=1),
            nn.ReLU(),
        )
        self.read_picture = _from_picture(size)
        self.phase = nn.Parameter(torch.zeros(1, size.channels, PHASES, PHASES))
        self.trunk = nn.ModuleList(ModulatedBlock(size) for _ in range(size.blocks))
        self.distortion = ResidualHead(size)
        self.perception = ModulatedHead(size)
        self.accuracy = ModulatedHead(size)

    def map_features(self, textures: Tensor) -> Tensor:
        """Features of the map `[B, M, H/4, W/4]`; argument as in `forward`."""
        features: Tensor = self.read_map(self.embed(textures).permute(0, 3, 1, 2))
        return features

    def features(self, picture: Tensor, map_features: Tensor, hints: Tensor) -> Tensor:
        """Trunk features `[B, C, H/4, W/4]`; arguments as in `forward`."""
        folded = F.pixel_unshuffle(picture, CELL)
        grid = self.phase.repeat(1, 1, folded.shape[2] // PHASES, folded.shape[3] // PHASES)
        features = start = self.read_picture(folded) + grid
        for block in self.trunk:
            features = block(features, map_features, hints)
        return features + start

    def forward(self, picture: Tensor, textures: Tensor, hints: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Enhance.

        Args:
            picture: float `[B, 3, H, W]`, samples / 255 - 0.5; H and W multiples of 16, block-aligned.
            textures: int64 `[B, H/4, W/4]`, positions in `TEXTURES`, or `NO_MAP`.
            hints: float `[B, HINT_SIZE]`, see `jpadse_core.builtin.conditioning`.

        Returns:
            `x_D` and the residuals `r_P` and `r_A`, each float `[B, 3, H, W]` on the picture's scale.
        """
        map_features = self.map_features(textures)
        features = self.features(picture, map_features, hints)
        change = self.distortion(features)
        given = features, map_features, hints, change
        return picture + change, self.perception(*given), self.accuracy(*given)
