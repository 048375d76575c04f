"""Running a convolutional network piece by piece, so that memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_tiles(
    network: Callable[[Tensor], Tensor], x: Tensor, tile: int, halo: int, *, up: int = 1, down: int = 1
) -> Tensor:
    """What `network(x)` gives, computed on tiles that overlap by all that a network sees around a sample.

    Args:
        network: scales height and width by `up / down`.
        x: `[1, C, H, W]`; H and W are multiples of `down`.
        tile: side of the part that is kept of each piece, in samples of `x`, a multiple of `down`.
        halo: how far a piece reaches beyond that, likewise.
    """
    height, width = x.shape[2:]
    strips = []
    for top in range(0, height, tile):
        strip = []
        for left in range(0, width, tile):
            above, before = min(top, halo), min(left, halo)
            piece = network(x[..., top - above : top + tile + halo, left - before : left + tile + halo])
            rows = slice(above * up // down, (above + min(tile, height - top)) * up // down)
            columns = slice(before * up // down, (before + min(tile, width - left)) * up // down)
            strip.append(piece[..., rows, columns])
        strips.append(torch.cat(strip, 3))
    return torch.cat(strips, 2)
