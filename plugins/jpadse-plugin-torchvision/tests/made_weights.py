"""Weights made at random, and the reason why there may be none."""

from __future__ import annotations

from pathlib import Path

import pytest

LIGHT = "lraspp_mobilenet_v3_large"
FAVOURITE = 12


def _why_not() -> str:
    """Why torchvision cannot be imported; empty where it can."""
    try:
        import torchvision  # noqa: F401
    except Exception as error:  # one that goes with another torch raises RuntimeError and others
        return f"torchvision cannot be imported beside this torch: {error}"
    return ""


needs_torchvision = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "torchvision is there")


def saved(path: Path, architecture: str, classes: int = 21, favourite: int = FAVOURITE, auxiliary: bool = True) -> Path:
    """A network of random weights that scores one class far above all others."""
    import torch
    from torchvision.models import get_model

    torch.manual_seed(1)
    extra = {} if architecture.startswith("lraspp") else {"aux_loss": auxiliary}
    network = get_model(architecture, weights=None, weights_backbone=None, num_classes=classes, **extra)
    head = network.classifier.low_classifier if architecture.startswith("lraspp") else network.classifier[-1]
    with torch.no_grad():
        head.bias[favourite] += 1000
    torch.save(network.state_dict(), path)
    return path
