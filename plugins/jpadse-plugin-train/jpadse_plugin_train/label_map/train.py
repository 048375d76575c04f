"""Training of the label-map coder's network, in the integers it will compute with."""

from __future__ import annotations

import itertools
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F

from jpadse_core.bitstream.wavefront.network import CANDIDATES, LARGEST_ACTIVATION, PLANES
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_plugin_train.label_map.contexts import NEITHER, SECOND, Examples, Neighbourhood, examples, neighbourhood
from jpadse_plugin_train.label_map.maps import domains

WEIGHT_SCALES = (32, 64, 64)
ACTIVATION_SCALE = 16
"""Whole numbers stand for weights and activations times these."""
SHIFTS = (WEIGHT_SCALES[0] // ACTIVATION_SCALE, WEIGHT_SCALES[1])
_LARGEST_WEIGHT = 127


class LabelMapConfig(BaseModel):
    """One run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(description="the data folder")
    out: Path = Field(description="the model file to write")
    steps: int = Field(40_000, ge=0, description="0 only fits `start_from` to the neighbours looked at")
    batch: int = Field(2048, ge=8)
    examples: int = Field(1_200_000, ge=1, description="busy pixels kept of each domain")
    widths: tuple[int, int] = (128, 32)
    learning_rate: float = Field(2e-3, gt=0)
    start_from: Path | None = Field(None, description="a model file of the same widths to go on from")
    shares: dict[str, int] = Field(default_factory=dict, description="weight of a domain in a batch, 1 where unsaid")
    seed: int = 1


class ContextNetwork(nn.Module):
    """Logits of the candidates and of an escape; weights and activations are rounded as they will be stored."""

    def __init__(self, neighbours: int, widths: tuple[int, int]) -> None:
        super().__init__()
        sizes = (PLANES * neighbours, *widths, CANDIDATES + 1)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(sizes))

    def forward(self, codes: Tensor, *, rounded: bool) -> Tensor:
        """Logits `[n, 4]` of codes uint8 `[n, N]`."""
        x = torch.cat([codes == SECOND, codes == NEITHER], 1).float()
        for index, layer in enumerate(self.layers):
            scale = WEIGHT_SCALES[index]
            bias_scale = scale if index == 0 else scale * ACTIVATION_SCALE
            weight, bias = layer.weight, layer.bias
            if rounded:
                weight = _through(weight, (weight * scale).round().clamp(-_LARGEST_WEIGHT, _LARGEST_WEIGHT) / scale)
                bias = _through(bias, (bias * bias_scale).round() / bias_scale)
            x = F.linear(x, weight, bias)
            if index < len(self.layers) - 1:
                x = F.relu(x)
                if rounded:
                    x = _through(x, (x * ACTIVATION_SCALE).floor().clamp(0, LARGEST_ACTIVATION) / ACTIVATION_SCALE)
        return x

    @torch.no_grad()
    def load(self, file: Path, at: Neighbourhood) -> None:
        """Take the weights of a file that `store` wrote.

        A neighbour that is not looked at here is taken for the nearest one that is, which mostly has its label; one
        that the file does not know begins at zero.
        """
        loaded = np.load(file, allow_pickle=False)
        stored = {name: loaded[name] for name in (loaded.dtype.names if isinstance(loaded, np.ndarray) else loaded)}
        first = np.zeros((PLANES, len(at.offsets), stored["weights1"].shape[1]), np.int64)
        for place, offset in enumerate(stored["offsets"].astype(np.int64)):
            nearest = np.abs(at.offsets - offset).sum(axis=1).argmin()
            first[:, nearest] += stored["weights1"].reshape(PLANES, -1, first.shape[2])[:, place]
        stored["weights1"] = first.reshape(-1, first.shape[2])
        for index, layer in enumerate(self.layers):
            scale = WEIGHT_SCALES[index]
            bias_scale = scale if index == 0 else scale * ACTIVATION_SCALE
            layer.weight.copy_(torch.from_numpy(stored[f"weights{index + 1}"].T.astype(np.float32)) / scale)
            layer.bias.copy_(torch.from_numpy(stored[f"biases{index + 1}"].astype(np.float32)) / bias_scale)

    def store(self, file: Path, at: Neighbourhood) -> None:
        """Write the model file that `jpadse_core.bitstream.wavefront.network.load_model` reads."""
        stored = {
            "skew": np.int64(at.skew),
            "offsets": at.offsets.astype(np.int8),
            "watched": at.watched.astype(np.uint8),
            "shifts": np.array(SHIFTS, np.int64),
            "tiers": at.tiers.astype(np.uint8),
            "rarity": np.array(at.rarity, np.int64),
            "band": np.int64(at.band),
        }
        for index, layer in enumerate(self.layers):
            scale = WEIGHT_SCALES[index]
            bias_scale = scale if index == 0 else scale * ACTIVATION_SCALE
            weight = (layer.weight.detach() * scale).round().clamp(-_LARGEST_WEIGHT, _LARGEST_WEIGHT)
            stored[f"weights{index + 1}"] = weight.T.contiguous().numpy().astype(np.int8)
            stored[f"biases{index + 1}"] = (layer.bias.detach() * bias_scale).round().numpy().astype(np.int32)
        record = np.zeros((), [(name, value.dtype, value.shape) for name, value in stored.items()])
        for name, value in stored.items():
            record[name] = value
        partial = file.with_suffix(".partial")
        with partial.open("wb") as target:
            np.save(target, record)
        partial.replace(file)


def train(config: LabelMapConfig, extractor: SemanticExtractor) -> None:
    """Train on all domains evenly and write the model file.

    Args:
        config: the run.
        extractor: see `domains`.
    """
    torch.manual_seed(config.seed)
    at = neighbourhood()
    maps_of = domains(config.data, extractor) if config.steps else {}
    parts = [examples(maps(), at, config.examples, config.seed) for maps in maps_of.values()]
    network = fit(config, at, parts)
    network.store(config.out, at)


def fit(config: LabelMapConfig, at: Neighbourhood, parts: list[Examples]) -> ContextNetwork:
    """Train on examples of several domains; the second half of the steps computes in whole numbers."""
    network = ContextNetwork(len(at.offsets), config.widths)
    if config.start_from is not None:
        network.load(config.start_from, at)
    optimiser = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=1e-3)
    tensors = [(torch.from_numpy(part.codes), torch.from_numpy(part.symbols)) for part in parts]
    share, began, losses = config.batch // max(len(parts), 1), time.monotonic(), []
    for step in range(config.steps):
        pace = min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / config.steps))
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * pace
        chosen = [torch.randint(0, len(symbols), (share,)) for _, symbols in tensors]
        codes = torch.cat([part[index] for (part, _), index in zip(tensors, chosen, strict=True)])
        symbols = torch.cat([part[index] for (_, part), index in zip(tensors, chosen, strict=True)])
        loss = F.cross_entropy(network(codes, rounded=2 * step >= config.steps), symbols.long())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
        if len(losses) == 2_000 or step + 1 == config.steps:
            row = {"step": step + 1, "bits": round(sum(losses) / len(losses) / math.log(2), 5)}
            print(json.dumps(row | {"seconds": round(time.monotonic() - began)}), flush=True)
            losses.clear()
    return network


def _through(value: Tensor, rounded: Tensor) -> Tensor:
    """The rounded value, with the gradient of the exact one (straight-through estimator, Bengio et al., 2013)."""
    return value + (rounded - value).detach()
