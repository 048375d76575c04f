"""Train the enhancer: a seeded loop that can be killed at any time and goes on from its last checkpoint.

On several processes, on one machine or more, start it with `accelerate launch -m jpadse_plugin_train.enhancer`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from jpadse_core.plugins.loading import load
from jpadse_plugin_train.compression import installed
from jpadse_plugin_train.corpus import Corpus, Sample
from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.model import EnhancerNetwork, ModulatedBlock, Size
from jpadse_plugin_train.enhancer.objectives import objective_of, trained_parts
from jpadse_plugin_train.enhancer.pairs import Batch, Pairs, Recipe
from jpadse_plugin_train.enhancer.records import Records, require_same_settings
from jpadse_plugin_train.enhancer.state import Averaged, read_network, save_checkpoint, save_weights
from jpadse_plugin_train.enhancer.validation import psnr_gains
from jpadse_plugin_train.extracted import with_extracted
from jpadse_plugin_train.folder import folder_samples

_LARGEST_GRADIENT = 0.5
_REPORT_EVERY = 50
_STREETS_HELD_OUT = 10


def learning_rate(config: EnhancerConfig, step: int) -> float:
    """Linear warm-up, a plateau, and a cosine to zero over the last `decay_steps`."""
    rate = config.learning_rate * min(1.0, (step + 1) / config.warm_up_steps)
    left = config.steps - step
    if left < config.decay_steps:
        rate *= 0.5 - 0.5 * math.cos(math.pi * left / config.decay_steps)
    return rate


def _samples(config: EnhancerConfig, *, validation: bool) -> list[Sample]:
    if config.pictures is not None:
        cache = config.run.parent / "folder-maps"
        return folder_samples(config.pictures, config.semantics, cache, validation=validation)
    assert config.data is not None
    cache = config.run.parent / "teacher-maps"
    found = Corpus(config.data, cache, validation=validation).samples(lambda clean, street: clean)
    if not validation:
        return _with_mistakes(found, config) if config.extracted_share else found
    streets = [sample for sample in found if sample.street][:_STREETS_HELD_OUT]
    return [sample for sample in found if not sample.street] + streets


def _with_mistakes(samples: list[Sample], config: EnhancerConfig) -> list[Sample]:
    if config.semantics is None:
        raise ValueError("extracted_share wants semantics, the name of an extractor")
    extractor = load("semantics", config.semantics)
    cache = config.run.parent / "extracted-maps"
    return [with_extracted(sample, extractor, cache, familiar=True) for sample in samples]


class _Run:
    """The state of one run and what can be done with it."""

    def __init__(self, config: EnhancerConfig, accelerator: Accelerator) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._accelerator = accelerator
        self._checkpoint = config.run / "checkpoint.pt"
        self.weights = config.run / "weights.safetensors"
        if config.start_from is None:
            network = EnhancerNetwork(Size(channels=config.channels, blocks=config.blocks))
        else:
            network = read_network(config.start_from)
        self.network = network.to(accelerator.device, memory_format=torch.channels_last)
        self._trained = trained_parts(self.network, config)
        groups = [{"params": part.parameters, "factor": part.factor} for part in self._trained]
        self._optimiser = torch.optim.AdamW(groups, config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
        self.averaged = Averaged(self.network, config.ema)
        if config.compile:
            for module in self.network.modules():
                if isinstance(module, ModulatedBlock):  # stages call parts of the network rather than the whole
                    module.compile()
        self._objective = objective_of(config, accelerator.device, self._share_gradients)

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "averaged": self.averaged.network,
            "optimiser": self._optimiser,
            "objective": self._objective,
        }

    def _share_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        if self._accelerator.num_processes > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad = self._accelerator.reduce(parameter.grad, "mean")

    def resume(self) -> int:
        """Load the checkpoint, where there is one; returns the steps that are done."""
        if not self._checkpoint.exists():
            return 0
        require_same_settings(self._config)
        state = torch.load(self._checkpoint, weights_only=True, map_location=self._accelerator.device)
        try:
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
        except (RuntimeError, ValueError) as error:
            told = f"{self._checkpoint} is of another stage or size: resume with its config.json, or give another run"
            raise ValueError(told) from error
        return int(state["step"])

    def keep(self, step: int) -> None:
        """Write the checkpoint and the averaged weights."""
        states = {name: part.state_dict() for name, part in self._parts().items()}
        save_checkpoint(self._checkpoint, {**states, "step": step})
        save_weights(self.weights, self.averaged.network)

    def step(self, number: int, batch: Batch) -> dict[str, float]:
        """One optimiser step; returns the terms of the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self._config, number) * group["factor"]
        terms = self._objective.terms(self.network, batch.to(self._accelerator.device), number)
        self._optimiser.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        for part in self._trained:
            self._share_gradients(part.parameters)
            torch.nn.utils.clip_grad_norm_(part.parameters, _LARGEST_GRADIENT)
        self._optimiser.step()
        self.averaged.update(self.network, number)
        return {name: float(term.detach()) for name, term in terms.items()}


def train(config: EnhancerConfig, *, resume: bool = False) -> Path:
    """Run one stage.

    Args:
        config: the settings.
        resume: go on from `run/checkpoint.pt` where there is one.

    Raises:
        ValueError: `run` was begun with other settings, of more than how long and where it runs.

    Returns:
        The averaged weights, `run/weights.safetensors`. What else the folder holds is written by `Records`.
    """
    accelerator = Accelerator()
    first, every = accelerator.process_index, accelerator.num_processes
    samples, held_out = _samples(config, validation=False), _samples(config, validation=True)
    codecs = installed(config.codecs)
    recipe = Recipe(
        batch=config.batch,
        crop=config.crop,
        codecs=codecs,
        street_share=config.street_share,
        extracted_share=config.extracted_share,
        enlarged_share=config.enlarged_share,
    )
    pairs = Pairs(samples, recipe, config.seed)
    run = _Run(config, accelerator)
    done = run.resume() if resume else 0
    records = Records(config, samples, done) if accelerator.is_main_process else None
    began = kept = time.monotonic()
    values: dict[str, list[float]] = {}
    numbers = range(done * every + first, config.steps * every, every)
    for batch in pairs.stream(numbers, config.workers):
        for name, value in run.step(done, batch).items():
            values.setdefault(name, []).append(value)
        done += 1
        if records is None:
            continue
        if done % _REPORT_EVERY == 0:
            means = {name: sum(found) / len(found) for name, found in values.items()}
            records.note(done, {**means, "seconds": round(time.monotonic() - began)})
            values.clear()
        if time.monotonic() - kept > 60 * config.checkpoint_minutes or done == config.steps:
            run.keep(done)
            kept = time.monotonic()
        if done % config.validate_every == 0 or done == config.steps:
            records.note(done, psnr_gains(run.averaged.network, held_out, codecs))
            records.show(done, run.averaged.network, held_out)
    if records is not None:
        records.close()
    return run.weights
