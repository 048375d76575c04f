"""What a run leaves beside its weights: settings, code and data it was made from, curves, and pictures to look at."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_plugin_train.compression import compress
from jpadse_plugin_train.corpus import Sample, manifest
from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.model import EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import quarter, to_tensor

_MAY_CHANGE = {
    "run",
    "data",
    "pictures",
    "steps",
    "decay_steps",
    "workers",
    "compile",
    "checkpoint_minutes",
    "validate_every",
}
"""Settings of how long and where a run goes on."""
_STRIP_SIDE = 192
_STRIPS = 6


def commit() -> str | None:
    """The commit of the code, where it runs from a checkout; a plus where files differ from it."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()


def require_same_settings(config: EnhancerConfig) -> None:
    """Refuse to go on with settings other than those of a run's first steps: `config.json` tells one of all its steps.

    Raises:
        ValueError: more than how long and where it runs is another.
    """
    file = config.run / "config.json"
    begun = json.loads(file.read_text()) if file.exists() else {}
    asked = config.model_dump(mode="json", exclude=_MAY_CHANGE)
    others = [name for name, value in asked.items() if begun.get(name, value) != value]
    if others:
        raise ValueError(
            f"{config.run} was begun with another {', '.join(others)}: resume with its config.json, or give another "
            "run that has its weights to start_from"
        )


class Records:
    """The files of one run's folder.

    Args:
        config: the run's settings, written to `config.json`.
        samples: the training pictures, whose sha256 go to `manifest.json`.
        done: steps that are behind it; what the curve has of later ones is of a run that was killed or replaced.
    """

    def __init__(self, config: EnhancerConfig, samples: Sequence[Sample], done: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._folder = config.run
        self._folder.mkdir(parents=True, exist_ok=True)
        made_by = {
            "commit": commit(),
            "python": platform.python_version(),
            "processor": platform.machine(),
            **{name: version(name) for name in ("jpadse", "jpadse-plugin-train", "torch", "numpy", "pillow")},
        }
        for name, content in (("manifest", manifest(list(samples))), ("made-by", made_by)):
            (self._folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
        (self._folder / "config.json").write_text(config.model_dump_json(indent=1) + "\n")
        self._curve = self._folder / "curve.jsonl"
        rows = self._curve.read_text().splitlines() if self._curve.exists() else []
        self._curve.write_text("".join(f"{row}\n" for row in rows if json.loads(row)["step"] <= done))
        self._board = SummaryWriter(str(self._folder / "tensorboard"), purge_step=done + 1)  # type: ignore[no-untyped-call]

    def note(self, step: int, figures: Mapping[str, float]) -> None:
        """Add figures of a step to `curve.jsonl` and to TensorBoard's events."""
        with self._curve.open("a") as curve:
            print(json.dumps({"step": step, **figures}), file=curve)
        for name, value in figures.items():
            self._board.add_scalar(name, value, step)  # type: ignore[no-untyped-call]
        self._board.flush()  # type: ignore[no-untyped-call]

    def show(self, step: int, network: EnhancerNetwork, samples: Sequence[Sample]) -> None:
        """Write `strips/STEP.png`: original, JPEG at quality 10, and the three corners, a row for each picture."""
        device = next(network.parameters()).device
        rows = [_strip(network, sample, device) for sample in samples[:: max(len(samples) // _STRIPS, 1)][:_STRIPS]]
        target = self._folder / "strips" / f"{step:06}.png"
        target.parent.mkdir(exist_ok=True)
        Image.fromarray(np.concatenate(rows)).save(target)

    def close(self) -> None:
        """Close TensorBoard's file."""
        self._board.close()  # type: ignore[no-untyped-call]


def _strip(network: EnhancerNetwork, sample: Sample, device: torch.device) -> np.ndarray:
    side = min(_STRIP_SIDE, *(length // 16 * 16 for length in sample.rgb.shape[:2]))
    rgb = np.ascontiguousarray(sample.rgb[:side, :side])
    decoded = compress(rgb, "jpeg", {"quality": 10})
    hints = hint_vector("jpeg", decoded.hints.bits_per_pixel, decoded.hints.quality)
    ids = torch.from_numpy(quarter(sample.textures[:side, :side])).long()[None]
    with torch.inference_mode():
        told = to_tensor([decoded.rgb]), ids, torch.from_numpy(hints)[None]
        base, perception, accuracy = network(*(value.to(device) for value in told))
        corners = torch.cat((base, base + perception, base + accuracy)).float()
    pictures = (corners + 0.5).mul(255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    strip = np.zeros((_STRIP_SIDE, 5 * _STRIP_SIDE, 3), np.uint8)
    for place, picture in enumerate((rgb, decoded.rgb, *pictures)):
        strip[:side, place * _STRIP_SIDE : place * _STRIP_SIDE + side] = picture
    return strip
