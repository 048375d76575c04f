"""Mixed precision where it is faster: bfloat16 on processors that have instructions for it."""

from __future__ import annotations

import torch


def mixed_precision(device: torch.device | None = None) -> torch.autocast:
    """A context of bfloat16 autocast, or of nothing: emulated bfloat16 is an order of magnitude slower than float32.

    Args:
        device: the one that computes; the CPU where it is None.
    """
    kind = "cpu" if device is None else device.type
    native = kind != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(kind, torch.bfloat16, enabled=native)
