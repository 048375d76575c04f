"""Train the enhancer: a seeded loop that can be killed at any time and goes on from its last checkpoint."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import torch

from jpadse_plugin_train.corpus import Corpus, Sample, manifest
from jpadse_plugin_train.enhancer.accuracy import imagenet_weights
from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.model import EnhancerNetwork
from jpadse_plugin_train.enhancer.objectives import DistortionObjective, Objective, TriangleObjective
from jpadse_plugin_train.enhancer.pairs import Pairs, Recipe
from jpadse_plugin_train.enhancer.perception import installed_weights as perception_weights
from jpadse_plugin_train.enhancer.state import Averaged, load_weights, save_checkpoint, save_weights
from jpadse_plugin_train.enhancer.validation import psnr_gains

_WARM_UP_STEPS = 300
_LARGEST_GRADIENT = 0.5


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
        raise ValueError("the stage triangle wants --extractor, the extractor's safetensors weights")
    return TriangleObjective(config.extractor, imagenet_weights(), perception_weights())


def _validation(config: EnhancerConfig, cache: Path) -> list[Sample]:
    held_out = Corpus(config.data, cache, validation=True).samples(lambda clean, street: clean)
    return [sample for sample in held_out if not sample.street] + [s for s in held_out if s.street][:20]


def train(config: EnhancerConfig, *, resume: bool = False) -> Path:
    """Run one stage.

    Args:
        config: the settings; written to `run/config.json` beside the data's manifest.
        resume: go on from `run/checkpoint.pt` where there is one.

    Returns:
        The averaged weights, `run/weights.safetensors`.
    """
    torch.manual_seed(config.seed)
    config.run.mkdir(parents=True, exist_ok=True)
    cache = config.run.parent / "teacher-maps"
    samples = Corpus(config.data, cache).samples(lambda clean, street: clean)
    (config.run / "config.json").write_text(config.model_dump_json(indent=1))
    (config.run / "manifest.json").write_text(json.dumps(manifest(samples), indent=0))
    held_out = _validation(config, cache)
    pairs = Pairs(samples, Recipe(batch=config.batch, crop=config.crop), config.seed)

    network = EnhancerNetwork().to(memory_format=torch.channels_last)
    if config.start_from is not None:
        load_weights(config.start_from, network)
    optimiser = torch.optim.AdamW(network.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    averaged = Averaged(network, config.ema)
    objective = _objective(config)
    checkpoint = config.run / "checkpoint.pt"
    first = 0
    if resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        averaged.network.load_state_dict(state["averaged"])
        optimiser.load_state_dict(state["optimiser"])
        objective.load_state_dict(state["objective"])
        first = state["step"]

    def keep(step: int) -> None:
        parts = {"network": network, "averaged": averaged.network, "optimiser": optimiser, "objective": objective}
        states = {name: part.state_dict() for name, part in parts.items()}
        save_checkpoint(checkpoint, {**states, "step": step})
        save_weights(config.run / "weights.safetensors", averaged.network)

    kept = time.monotonic()
    began, running = kept, 0.0
    with (config.run / "curve.jsonl").open("a") as curve:
        for step, batch in enumerate(pairs.stream(first, config.steps), start=first):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(config, step)
            loss = objective.loss(network, batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            averaged.update(network, step)
            running += loss.item()
            done = step + 1
            if done % 200 == 0:
                row = {"step": done, "loss": round(running / 200, 5), "seconds": round(time.monotonic() - began)}
                print(json.dumps(row), file=curve, flush=True)
                running = 0.0
            if done % config.validate_every == 0 or done == config.steps:
                row = {"step": done, "gains": psnr_gains(averaged.network, held_out)}
                print(json.dumps(row), file=curve, flush=True)
            if time.monotonic() - kept > 60 * config.checkpoint_minutes or done == config.steps:
                keep(done)
                kept = time.monotonic()
    return config.run / "weights.safetensors"
