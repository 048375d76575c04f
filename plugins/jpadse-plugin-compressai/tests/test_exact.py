"""Networks in fixed point: exact, in whatever order they are summed, and close to what they stand for."""

from __future__ import annotations

import copy

import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")

import torch
from tiny_models import tiny_model
from torch import Tensor, nn

from jpadse_core import WeightsError
from jpadse_plugin_compressai.exact import UNIT, exact, in_units

ENTROPY_NETWORKS = [
    pytest.param(architecture, part, id=f"{architecture}-{part}")
    for architecture in ("bmshj2018-hyperprior", "mbt2018-mean", "mbt2018", "cheng2020-anchor")
    for part in ("h_s", "entropy_parameters")
    if part == "h_s" or architecture not in ("bmshj2018-hyperprior", "mbt2018-mean")
]


def hyper_latents(channels: int) -> Tensor:
    return torch.randint(-9, 10, (1, channels, 5, 7), generator=torch.Generator().manual_seed(3)).float() + 0.3


def shuffled(network: nn.Sequential) -> tuple[nn.Sequential, Tensor]:
    """The same network with its first layer's input channels in another order, and that order."""
    other = copy.deepcopy(network)
    first = other[0]
    axis = 0 if isinstance(first, nn.ConvTranspose2d) else 1
    order = torch.randperm(first.in_channels, generator=torch.Generator().manual_seed(4))
    first.weight = nn.Parameter(first.weight.detach().index_select(axis, order))
    return other, order


@pytest.mark.parametrize(("architecture", "part"), ENTROPY_NETWORKS)
@torch.inference_mode()
def test_another_order_of_summation_changes_no_bit(architecture: str, part: str) -> None:
    network = getattr(tiny_model(architecture), part)
    other, order = shuffled(network)
    x = hyper_latents(network[0].in_channels)
    assert torch.equal(exact(network)(in_units(x)), exact(other)(in_units(x)[:, order]))


@torch.inference_mode()
def test_in_floating_point_the_order_of_summation_does_change_bits() -> None:
    network = tiny_model("mbt2018-mean").h_s
    other, order = shuffled(network)
    x = hyper_latents(network[0].in_channels)
    assert not torch.equal(network(x), other(x[:, order]))


@pytest.mark.parametrize(("architecture", "part"), ENTROPY_NETWORKS)
@torch.inference_mode()
def test_fixed_point_is_close_to_floating_point(architecture: str, part: str) -> None:
    network = getattr(tiny_model(architecture), part)
    x = hyper_latents(network[0].in_channels)
    assert (exact(network)(in_units(x)) / UNIT - network.double()(x.double())).abs().max() < 2e-3


@torch.no_grad()
def test_a_convolution_gives_what_integers_of_any_size_give() -> None:
    layer = nn.Conv2d(3, 2, 3, padding=1)
    random = torch.Generator().manual_seed(5)
    nn.init.uniform_(layer.weight, -40, 40, generator=random)
    x = in_units(torch.randn(1, 3, 4, 4, generator=random) * 900)
    bits = 15  # the most that 27 weights of about 40 leave beside activations of 28 bits
    weight = (layer.weight.double() * 2.0**bits).round().flatten(1).long().tolist()
    bias = (layer.bias.double() * (UNIT * 2.0**bits)).round().long().tolist()
    windows = nn.functional.unfold(x, 3, padding=1)[0].T.long().tolist()
    sums = [
        sum(map(int.__mul__, window, row)) + offset
        for row, offset in zip(weight, bias, strict=True)
        for window in windows
    ]
    assert max(map(abs, sums)).bit_length() > 24 + bits
    expected = (torch.tensor(sums, dtype=torch.float64) * 2.0**-bits).round().clamp(-4096 * UNIT, 4096 * UNIT)
    assert torch.equal(exact(layer)(x).flatten(), expected)


def test_weights_that_leave_no_room_are_refused() -> None:
    layer = nn.Conv2d(1, 1, 1)
    nn.init.constant_(layer.weight, 2.0**18)
    with pytest.raises(WeightsError, match="too large for fixed point"):
        exact(layer)


def test_numbers_beyond_the_range_are_clipped_alike_on_the_way_in_and_out() -> None:
    layer = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(layer.weight, 3)
    assert exact(layer)(in_units(torch.full((1, 1, 1, 1), 1e9))).item() == 4096 * UNIT


def test_a_layer_that_is_not_known_to_be_exact_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="Sigmoid"):
        exact(nn.Sequential(nn.Sigmoid()))
