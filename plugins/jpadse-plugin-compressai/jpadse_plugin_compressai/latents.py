"""How each family of models codes its latents: one description for both directions, so that they cannot drift apart.

All that decides how a symbol is read, the scales and means that the entropy networks give, is computed by `exact`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from jpadse_plugin_compressai.exact import UNIT, exact, in_units
from jpadse_plugin_compressai.symbols import Distributions, Integers
from jpadse_plugin_compressai.tiles import in_tiles

_Z_TILE, _Z_HALO = 16, 4
_Y_TILE, _Y_HALO = 64, 8


class SymbolCoder(Protocol):
    """A `SymbolWriter` or a `SymbolReader`."""

    def code(self, distributions: Distributions, rows: Integers, wanted: Integers | None) -> Integers:
        """Write what is wanted, or read."""


class Factorized:
    """Every channel has one distribution (Ballé et al. 2018, arXiv 1802.01436, "factorized")."""

    stride = 16
    """Pixels a latent, along a side."""

    def __init__(self, model: Any) -> None:
        self._channels = _Channels(model.entropy_bottleneck)

    def symbols(self, height: int, width: int) -> int:
        """How many symbols `height x width` latents take."""
        return self._channels.count * height * width

    def code(self, coder: SymbolCoder, height: int, width: int, y: Tensor | None = None) -> Tensor:
        """Code the latents.

        Args:
            coder: a writer, which wants `y`, or a reader, which does not.
            height, width: of the latents.
            y: float32 `[1, M, height, width]`.

        Returns:
            What the synthesis gets: float64 integers of that shape, in units of `1 / UNIT`.
        """
        return self._channels.code(coder, height, width, y)


class Hyperprior:
    """Every latent has a scale, and a mean where the model gives one, made of hyper-latents that are sent first (Ballé
    et al. 2018; Minnen, Ballé and Toderici 2018, arXiv 1809.02736, "mean")."""

    stride = 64

    def __init__(self, model: Any, *, means: bool = True) -> None:
        self._hyper = _Channels(model.entropy_bottleneck)
        self._latents = int(model.M)
        self._means = means
        self._analysis = model.h_a
        self._synthesis = exact(model.h_s)
        conditional = model.gaussian_conditional
        self._scales = Distributions.of(conditional.quantized_cdf, conditional.cdf_length, conditional.offset)
        self._borders = conditional.scale_table.double()[:-1] * UNIT

    def symbols(self, height: int, width: int) -> int:
        """See `Factorized.symbols`."""
        return self._latents * height * width + self._hyper.count * (height // 4) * (width // 4)

    def code(self, coder: SymbolCoder, height: int, width: int, y: Tensor | None = None) -> Tensor:
        """See `Factorized.code`."""
        z = None
        if y is not None:
            z = in_tiles(self._analysis, y if self._means else y.abs(), _Y_TILE, _Y_HALO, down=4)
        hyper = self._hyper.code(coder, height // 4, width // 4, z)
        parameters = in_tiles(self._synthesis, hyper, _Z_TILE, _Z_HALO, up=4)
        return self._conditioned(coder, parameters, y)

    def _conditioned(self, coder: SymbolCoder, parameters: Tensor, y: Tensor | None) -> Tensor:
        return self._normal(coder, parameters, None if y is None else in_units(y))

    def _normal(self, coder: SymbolCoder, parameters: Tensor, y: Tensor | None) -> Tensor:
        """Latents of normal distributions: `parameters` are scales, then means, along the channels."""
        scales, means = parameters.chunk(2, 1) if self._means else (parameters, torch.zeros_like(parameters))
        rows = torch.bucketize(scales, self._borders).flatten().numpy()
        return _shifted(coder, self._scales, rows, means, y)


class Autoregressive(Hyperprior):
    """Every latent's scale and mean are also made of those above and to the left of it (Minnen et al. 2018; Cheng et
    al. 2020, arXiv 2001.01568).

    CompressAI goes from latent to latent. A latent depends on two rows above, up to two columns further right, so all
    latents with equal `column + 3 * row` can be coded together: `width + 3 * (height - 1)` steps instead of
    `width * height`.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        context = model.context_prediction
        self._radius = context.padding[0]
        self._taps = context.mask[0, 0].nonzero().tolist()
        window = torch.nn.Conv2d(context.in_channels * len(self._taps), context.out_channels, 1)
        seen = torch.stack([context.weight.detach()[:, :, row, column] for row, column in self._taps], dim=2)
        window.weight = torch.nn.Parameter(seen.flatten(1)[..., None, None])
        window.bias = context.bias
        self._context = exact(window)
        self._parameters = exact(model.entropy_parameters)

    def _conditioned(self, coder: SymbolCoder, parameters: Tensor, y: Tensor | None) -> Tensor:
        height, width = parameters.shape[2:]
        wanted = None if y is None else in_units(y)
        radius = self._radius
        padded = torch.zeros(self._latents, height + 2 * radius, width + 2 * radius, dtype=torch.float64)
        for rows, columns in _fronts(height, width, radius + 1):
            near = torch.stack([padded[:, rows + down, columns + right] for down, right in self._taps], dim=1)
            context = self._context(near.flatten(0, 1)[None, ..., None])
            here = torch.cat((parameters[:, :, rows, columns][..., None], context), dim=1)
            target = None if wanted is None else wanted[:, :, rows, columns][..., None]
            coded = self._normal(coder, self._parameters(here), target)
            padded[:, rows + radius, columns + radius] = coded[0, ..., 0]
        return padded[None, :, radius : radius + height, radius : radius + width]


class _Channels:
    """Integers around a median, of one distribution a channel."""

    def __init__(self, bottleneck: Any) -> None:
        self._distributions = Distributions.of(bottleneck.quantized_cdf, bottleneck.cdf_length, bottleneck.offset)
        self.count = len(self._distributions.rows)
        self._medians = in_units(bottleneck.quantiles.detach()[:, 0, 1]).reshape(1, -1, 1, 1)

    def code(self, coder: SymbolCoder, height: int, width: int, values: Tensor | None) -> Tensor:
        medians = self._medians.expand(1, self.count, height, width)
        rows = torch.arange(self.count).repeat_interleave(height * width).numpy()
        return _shifted(coder, self._distributions, rows, medians, None if values is None else in_units(values))


def _shifted(
    coder: SymbolCoder, distributions: Distributions, rows: Integers, means: Tensor, wanted: Tensor | None
) -> Tensor:
    """Code whole steps from `means`; returns where they lead."""
    steps = None if wanted is None else ((wanted - means) / UNIT).round().long().flatten().numpy()
    coded = coder.code(distributions, rows, steps)
    return torch.from_numpy(coded).double().reshape(means.shape) * UNIT + means


def _fronts(height: int, width: int, delay: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and columns of the latents that are coded together, front by front."""
    for front in range(width + delay * (height - 1)):
        rows = torch.arange(max(0, -(-(front - width + 1) // delay)), min(height - 1, front // delay) + 1)
        yield rows, front - delay * rows
