"""A torchvision segmentation network with weights from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jpadse_core import PluginBroken, WeightsError, WeightsMissing


def load_network(architecture: str, weights: Path, classes: int) -> Any:
    """The network in evaluation mode.

    Args:
        architecture: as torchvision names its model builders.
        weights: a state dict as `torch.save` writes it, by itself or as `model` in a checkpoint. It is read without
            running code that it may hold.
        classes: how many it predicts.

    Raises:
        PluginBroken: torchvision cannot be imported beside this torch.
        WeightsMissing: there is no such file.
        WeightsError: the file holds no weights, or those of another network.
    """
    models = _models()
    if not weights.is_file():
        raise WeightsMissing(f"{weights}: there are no such weights")
    state = _read(weights)
    auxiliary = any(str(key).startswith("aux_classifier.") for key in state)
    extra = {"aux_loss": True} if auxiliary and not architecture.startswith("lraspp") else {}
    network = models.get_model(architecture, weights=None, weights_backbone=None, num_classes=classes, **extra)
    try:
        network.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{weights}: are not those of {architecture} with {classes} classes: {reason}") from error
    return network.eval()


def _models() -> Any:
    try:
        from torchvision import models
    except Exception as error:  # torchvision's own check of torch's version fails with RuntimeError and others
        raise PluginBroken(
            f"torchvision cannot be imported ({type(error).__name__}: {error}): install the torchvision that goes with "
            "this torch"
        ) from error
    return models


def _read(weights: Path) -> dict[str, Any]:
    import pickle

    import torch

    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{weights}: cannot be read as weights: {reason}") from error
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict):
        raise WeightsError(f"{weights}: holds a {type(state).__name__}, not a state dict")
    return state
