"""Integers to bytes and back, within range and without, and from hostile streams."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("compressai", reason="learned codecs need compressai")

import torch
from tiny_models import tiny_model

from jpadse_core import BitstreamCorrupt, BitstreamTruncated, WeightsError
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_plugin_compressai.symbols import Distributions, SymbolReader, SymbolWriter


@pytest.fixture(scope="module")
def scales() -> Distributions:
    conditional = tiny_model("bmshj2018-hyperprior").gaussian_conditional
    return Distributions.of(conditional.quantized_cdf, conditional.cdf_length, conditional.offset)


def integers(count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    rows = random.integers(0, 64, count)
    return rows, np.rint(random.standard_cauchy(count) * spread).astype(np.int64)


@pytest.mark.parametrize("spread", [0.1, 3.0, 5000.0])
def test_integers_come_back_in_order_whatever_their_size(scales: Distributions, spread: float) -> None:
    rows, values = integers(70_000, spread)
    writer = SymbolWriter()
    written = np.concatenate([writer.code(scales, rows[part], values[part]) for part in (slice(9), slice(9, None))])
    reader = SymbolReader(Reader(writer.finish(), "test"), len(rows))
    assert np.array_equal(written, np.clip(values, -(1 << 20), 1 << 20))
    assert np.array_equal(np.concatenate([reader.code(scales, rows[:100]), reader.code(scales, rows[100:])]), written)


def test_symbols_cost_about_their_entropy(scales: Distributions) -> None:
    rows = np.full(20_000, 30)
    deviation = 0.11 * (256 / 0.11) ** (30 / 63)
    writer = SymbolWriter()
    writer.code(scales, rows, np.rint(np.random.default_rng(6).normal(0, deviation, len(rows))).astype(np.int64))
    bits = len(writer.finish()) * 8 / len(rows)
    assert bits == pytest.approx(0.5 * np.log2(2 * np.pi * np.e * deviation**2), rel=0.01)


@pytest.mark.parametrize("seed", range(40))
def test_a_hostile_stream_gives_integers_or_an_error_and_nothing_else(scales: Distributions, seed: int) -> None:
    random = np.random.default_rng(seed)
    junk = bytes([0xFF] * 500) if seed == 0 else random.bytes(int(random.integers(0, 400)))
    escapes = random.bytes(int(random.integers(0, 60)))
    reader = SymbolReader(Reader(write_varint(len(escapes)) + escapes + junk, "test"), 5_000)
    try:
        values = reader.code(scales, random.integers(0, 64, 5_000))
    except (BitstreamCorrupt, BitstreamTruncated):
        return
    assert np.abs(values).max() <= 1 << 20


@pytest.mark.parametrize(
    ("steps", "length"),
    [([0, 5, 5, 65536], 4), ([1, 5, 9, 65536], 4), ([0, 5, 9, 65535], 4), ([0, 65536, 0, 0], 2), ([0, 5, 9, 65536], 5)],
)
def test_tables_that_are_no_distributions_are_refused(steps: list[int], length: int) -> None:
    with pytest.raises(WeightsError, match="does not rise from 0 to 65536"):
        Distributions.of(torch.tensor([steps]), torch.tensor([length]), torch.tensor([0]))


def test_tables_that_are_missing_or_do_not_fit_together_are_refused() -> None:
    none = torch.tensor([], dtype=torch.int32)
    with pytest.raises(WeightsError, match=r"update\(\)"):
        Distributions.of(none, none, none)
    with pytest.raises(WeightsError, match="fit together"):
        Distributions.of(torch.tensor([[0, 9, 65536]]), torch.tensor([3, 3]), torch.tensor([0]))
