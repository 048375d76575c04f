"""Integers to bytes and back, by rANS over integer cumulative distributions (CompressAI's coder).

An integer outside its distribution's range is coded as the distribution's last bin, and in full beside the stream.
CompressAI's decoder has an escape of its own, which reads as far as a hostile stream tells it to, behind the buffer's
end. Here it never runs: each distribution ends in one more bin, of no width, where the coder's escape would be. What
is left reads at most one word a symbol, and that many words of zeros stand behind the stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from torch import Tensor

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, WeightsError
from jpadse_plugin_compressai.library import BufferedRansEncoder, RansDecoder

Integers = npt.NDArray[np.int64]

_TOTAL = 1 << 16
_LONGEST = 1 << 16
_LARGEST = 1 << 20
_BLOCK = 1 << 16
_WORD, _STATE = 4, 8


@dataclass(frozen=True, eq=False)
class Distributions:
    """Integer cumulative distributions, one a row.

    Attributes:
        rows: of each, 0 to 65536 in increasing steps, one a bin; then 65536 again.
        first: int64 `[rows]`, the integer that the first bin stands for.
        escape: int64 `[rows]`, the bin that stands for all other integers.
    """

    rows: list[list[int]]
    first: Integers
    escape: Integers

    @classmethod
    def of(cls, cumulative: Tensor, lengths: Tensor, offsets: Tensor) -> Distributions:
        """As CompressAI's entropy models hold them.

        Raises:
            WeightsError: they are not there, or are no distributions.
        """
        if not cumulative.numel():
            raise WeightsError("the distributions are missing: save the model's state after its update()")
        if cumulative.ndim != 2 or not len(cumulative) == lengths.numel() == offsets.numel():
            raise WeightsError("the distributions do not fit together")
        rows = []
        for row, length in zip(cumulative.tolist(), lengths.flatten().tolist(), strict=True):
            steps = row[:length]
            rising = all(low < high for low, high in pairwise(steps))
            if not 3 <= length <= min(len(row), _LONGEST) or steps[0] or steps[-1] != _TOTAL or not rising:
                raise WeightsError("a distribution does not rise from 0 to 65536")
            rows.append([*steps, _TOTAL])
        first = np.array(offsets.flatten().tolist(), np.int64)
        return cls(rows, first, np.array([len(row) - 3 for row in rows], np.int64))

    def coder_arguments(self) -> tuple[list[list[int]], list[int], list[int]]:
        return self.rows, [len(row) for row in self.rows], [0] * len(self.rows)


class SymbolWriter:
    """Takes integers in the order in which a `SymbolReader` will give them."""

    def __init__(self) -> None:
        self._encoder = BufferedRansEncoder()
        self._escapes = bytearray()

    def code(self, distributions: Distributions, rows: Integers, wanted: Integers | None) -> Integers:
        """Write integers.

        Args:
            distributions, rows: where to look up each integer's distribution.
            wanted: the integers; beyond +-2**20 they are clipped.

        Returns:
            What the reader will get.
        """
        assert wanted is not None
        values = np.clip(wanted, -_LARGEST, _LARGEST)
        bins, escape = values - distributions.first[rows], distributions.escape[rows]
        outside = (bins < 0) | (bins >= escape)
        for value in values[outside].tolist():
            self._escapes += write_varint(2 * value if value >= 0 else -2 * value - 1)
        tables = distributions.coder_arguments()
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            coded = np.where(outside, escape, bins)[part]
            self._encoder.encode_with_indexes(coded.tolist(), rows[part].tolist(), *tables)
        return values

    def finish(self) -> bytes:
        """All that was written."""
        return write_varint(len(self._escapes)) + bytes(self._escapes) + self._encoder.flush()


class SymbolReader:
    """Gives integers back.

    Args:
        data: what `SymbolWriter.finish` returned, or anything that claims to be.
        most: no more than so many integers will be read.
    """

    def __init__(self, data: Reader, most: int) -> None:
        self._escapes = Reader(data.block(data.varint()), "list of large symbols")
        self._decoder = RansDecoder()
        self._decoder.set_stream(data.rest() + bytes(_STATE + _WORD * most))
        self._left = most

    def code(self, distributions: Distributions, rows: Integers, wanted: Integers | None = None) -> Integers:
        """Read the integer of each row.

        Raises:
            BitstreamCorrupt, BitstreamTruncated: an integer that is coded in full is too large, or is not there.
        """
        self._left -= len(rows)
        assert self._left >= 0
        tables = distributions.coder_arguments()
        bins = np.empty(len(rows), np.int64)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            bins[part] = self._decoder.decode_stream(rows[part].tolist(), *tables)
        values = bins + distributions.first[rows]
        for at in np.flatnonzero(bins == distributions.escape[rows]).tolist():
            folded = self._escapes.varint()
            values[at] = folded >> 1 if not folded & 1 else -(folded >> 1) - 1
            if abs(values[at]) > _LARGEST:
                raise BitstreamCorrupt("the list of large symbols holds one that is too large")
        return values
