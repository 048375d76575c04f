"""Damaged copies of a file: cut short, and with single bits flipped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def damaged(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """About `count` damaged copies of `data`, each with a description of what was done to it."""
    lengths = {0, 1, 2, 3, 8, len(data) - 1, *np.linspace(0, len(data) - 1, count // 3).astype(int).tolist()}
    for length in sorted(length for length in lengths if 0 <= length < len(data)):
        yield f"cut to {length} of {len(data)} bytes", data[:length]
    random = np.random.default_rng(11)
    for position in sorted(random.choice(len(data), min(count, len(data)), replace=False).tolist()):
        bit = int(random.integers(8))
        broken = bytearray(data)
        broken[position] ^= 1 << bit
        yield f"bit {bit} of byte {position} of {len(data)} flipped", bytes(broken)
