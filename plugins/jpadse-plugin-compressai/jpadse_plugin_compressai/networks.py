"""A model of CompressAI, ready to code: its transforms in floating point, its latents exactly."""

from __future__ import annotations

import pickle
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from jpadse_core.errors import CodecError, WeightsError
from jpadse_core.interfaces.picture import RgbImage
from jpadse_plugin_compressai.latents import Autoregressive, Factorized, Hyperprior
from jpadse_plugin_compressai.library import load_pretrained, model_architectures
from jpadse_plugin_compressai.tiles import in_tiles

_DOWN = 16
_TILE = 64
_HALO, _DEEP_HALO = 2, 12
"""Latents that the transforms see to each side: 1.9 in the models of 2018, at most 10.3 in those of 2020."""

_loading = threading.Lock()


class Network:
    """One model with its weights.

    Args:
        architecture: as in `payload.ARCHITECTURES`.
        path: a state dictionary of it, as `torch.save` writes it, or a checkpoint with one at `state_dict`.

    Raises:
        WeightsError: the file is no such thing.
    """

    def __init__(self, architecture: str, path: Path) -> None:
        model = _model(architecture, path)
        self._analysis, self._synthesis = model.g_a, model.g_s
        self._halo = _DEEP_HALO if architecture.startswith("cheng2020") else _HALO
        self.latents: Factorized | Hyperprior
        if architecture == "bmshj2018-factorized":
            self.latents = Factorized(model)
        elif architecture in ("bmshj2018-hyperprior", "mbt2018-mean"):
            self.latents = Hyperprior(model, means=architecture == "mbt2018-mean")
        else:
            self.latents = Autoregressive(model)

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the latents of a picture."""
        stride = self.latents.stride
        return -(-height // stride) * stride // _DOWN, -(-width // stride) * stride // _DOWN

    def analyse(self, rgb: RgbImage) -> torch.Tensor:
        """Latents of a picture, float32 `[1, M, ...]`; the picture is continued by its border where it must be.

        Raises:
            CodecError: they are not finite.
        """
        height, width = self.size(*rgb.shape[:2])
        missing = (0, height * _DOWN - rgb.shape[0]), (0, width * _DOWN - rgb.shape[1]), (0, 0)
        whole = np.pad(rgb, missing, mode="edge").transpose(2, 0, 1)[None]
        x = torch.from_numpy(whole.astype(np.float32) / np.float32(255))
        y = in_tiles(self._analysis, x, _TILE * _DOWN, self._halo * _DOWN, down=_DOWN)
        if not torch.isfinite(y).all():
            raise CodecError("the analysis network gives numbers that are not finite: its weights are of no use")
        return y

    def synthesise(self, y: torch.Tensor, height: int, width: int) -> RgbImage:
        """The picture of decoded latents, uint8 `[height, width, 3]`."""
        x = in_tiles(self._synthesis, y, _TILE, self._halo, up=_DOWN)
        levels = (x[0, :, :height, :width].clamp(0, 1) * 255).round().byte()
        return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())


def network(architecture: str, path: Path, digest: str) -> Network:
    """The model in a file of weights that has this digest; the last two models stay in memory."""
    with _loading:
        return _network(architecture, path, digest)


@lru_cache(maxsize=2)
def _network(architecture: str, path: Path, _digest: str) -> Network:
    return Network(architecture, path)


def _model(architecture: str, path: Path) -> Any:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = load_pretrained(state.get("state_dict", state))
        model = model_architectures[architecture].from_state_dict(state).eval().requires_grad_(False)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, AttributeError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{path}: holds no state of {architecture}: {reason}") from error
    return model
