"""Train the enhancer: a seeded loop that can be killed at any time and goes on from its last checkpoint."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import torch

from jpadse_plugin_train.corpus import Corpus, Sample, manifest
from jpadse_plugin_train.enhancer.accuracy import imagenet_weights
from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.model import EnhancerNetwork
from jpadse_plugin_train.enhancer.objectives import DistortionObjective, Objective, TriangleObjective
from jpadse_plugin_train.enhancer.pairs import Batch, Pairs, Recipe
from jpadse_plugin_train.enhancer.perception import installed_weights as perception_weights
from jpadse_plugin_train.enhancer.state import Averaged, load_weights, save_checkpoint, save_weights
from jpadse_plugin_train.enhancer.validation import psnr_gains

_WARM_UP_STEPS = 300
_LARGEST_GRADIENT = 0.5
_REPORT_EVERY = 200


def learning_rate(config: EnhancerConfig, step: int) -> float:
    """Linear warm-up, a plateau, and a cosine to zero over the last `decay_steps`."""
    rate = config.learning_rate * min(1.0, (step + 1) / _WARM_UP_STEPS)
    left = config.steps - step
    if left < config.decay_steps:
        rate *= 0.5 - 0.5 * math.cos(math.pi * left / config.decay_steps)
    return rate


def _objective(config: EnhancerConfig) -> Objective:
    if config.stage == "distortion":
        return DistortionObjective()
    if config.extractor is None:
        raise ValueError("the stage triangle wants --extractor, the extractor's checkpoint or ONNX file")
    return TriangleObjective(config.extractor, imagenet_weights(), perception_weights())


def _validation(config: EnhancerConfig, cache: Path) -> list[Sample]:
    held_out = Corpus(config.data, cache, validation=True).samples(lambda clean, street: clean)
    return [sample for sample in held_out if not sample.street] + [s for s in held_out if s.street][:20]


class _Run:
    """The state of one run and what can be done with it."""

    def __init__(self, config: EnhancerConfig) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._checkpoint = config.run / "checkpoint.pt"
        self.weights = config.run / "weights.safetensors"
        self.network = EnhancerNetwork().to(memory_format=torch.channels_last)
        if config.start_from is not None:
            load_weights(config.start_from, self.network)
        heads = [*self.network.perception.parameters(), *self.network.accuracy.parameters()]
        of_heads = {id(parameter) for parameter in heads}
        trunk = [parameter for parameter in self.network.parameters() if id(parameter) not in of_heads]
        groups = [{"params": trunk, "factor": 1.0}, {"params": heads, "factor": config.head_factor}]
        self._optimiser = torch.optim.AdamW(groups, config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
        self.averaged = Averaged(self.network, config.ema)
        self._objective = _objective(config)

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "averaged": self.averaged.network,
            "optimiser": self._optimiser,
            "objective": self._objective,
        }

    def resume(self) -> int:
        """Load the checkpoint, where there is one; returns the steps that are done."""
        if not self._checkpoint.exists():
            return 0
        state = torch.load(self._checkpoint, weights_only=True)
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        return int(state["step"])

    def keep(self, step: int) -> None:
        """Write the checkpoint and the averaged weights."""
        states = {name: part.state_dict() for name, part in self._parts().items()}
        save_checkpoint(self._checkpoint, {**states, "step": step})
        save_weights(self.weights, self.averaged.network)

    def step(self, number: int, batch: Batch) -> float:
        """One optimiser step; returns the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self._config, number) * group["factor"]
        loss = self._objective.loss(self.network, batch)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self._optimiser.step()
        self.averaged.update(self.network, number)
        return loss.item()


def train(config: EnhancerConfig, *, resume: bool = False) -> Path:
    """Run one stage.

    Args:
        config: the settings; written to `run/config.json` beside the data's manifest.
        resume: go on from `run/checkpoint.pt` where there is one.

    Returns:
        The averaged weights, `run/weights.safetensors`.
    """
    config.run.mkdir(parents=True, exist_ok=True)
    cache = config.run.parent / "teacher-maps"
    samples = Corpus(config.data, cache).samples(lambda clean, street: clean)
    (config.run / "config.json").write_text(config.model_dump_json(indent=1))
    (config.run / "manifest.json").write_text(json.dumps(manifest(samples), indent=0))
    held_out = _validation(config, cache)
    pairs = Pairs(samples, Recipe(batch=config.batch, crop=config.crop), config.seed)
    run = _Run(config)
    first = run.resume() if resume else 0
    began = kept = time.monotonic()
    losses: list[float] = []
    with (config.run / "curve.jsonl").open("a") as curve:
        for step, batch in enumerate(pairs.stream(first, config.steps), start=first):
            losses.append(run.step(step, batch))
            done = step + 1
            if done % _REPORT_EVERY == 0:
                row = {"step": done, "loss": sum(losses) / len(losses), "seconds": round(time.monotonic() - began)}
                print(json.dumps(row), file=curve, flush=True)
                losses.clear()
            if done % config.validate_every == 0 or done == config.steps:
                gains = psnr_gains(run.averaged.network, held_out)
                print(json.dumps({"step": done, "gains": gains}), file=curve, flush=True)
            if time.monotonic() - kept > 60 * config.checkpoint_minutes or done == config.steps:
                run.keep(done)
                kept = time.monotonic()
    return run.weights
