"""Mixed precision where it is faster: bfloat16 on CPUs that have instructions for it."""

from __future__ import annotations

import torch


def mixed_precision() -> torch.autocast:
    """A context of bfloat16 autocast, or of nothing: emulated bfloat16 is an order of magnitude slower than float32."""
    native = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(native))
