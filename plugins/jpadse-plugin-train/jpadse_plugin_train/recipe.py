"""The shipped weights, from a data folder: every stage with the settings that made them."""

from __future__ import annotations

from pathlib import Path

from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.export import export as export_enhancer
from jpadse_plugin_train.enhancer.train import train as train_enhancer
from jpadse_plugin_train.extractor.export import export as export_extractor
from jpadse_plugin_train.extractor.train import ExtractorConfig, network_of
from jpadse_plugin_train.extractor.train import train as train_extractor
from jpadse_plugin_train.pin import pin

EXTRACTOR_STEPS = (1_200, 2_000)
DISTORTION = {"steps": 28_000, "decay_steps": 8_000, "crop": 128, "batch": 8}
TRIANGLE = {
    "steps": 2_000,
    "decay_steps": 1_500,
    "crop": 128,
    "batch": 4,
    "learning_rate": 1.5e-4,
    "head_factor": 6,
    "ema": 0.995,
}


def reproduce(data: Path, runs: Path, out: Path) -> None:
    """Train extractor and enhancer, export them to `out`, and pin them. A killed run goes on from its checkpoints.

    Args:
        data: the data folder.
        runs: where checkpoints and curves are kept.
        out: the weights folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    cache = runs / "teacher-maps"
    for steps in EXTRACTOR_STEPS:
        extractor = ExtractorConfig(data=data, run=runs / "extractor", cache=cache, steps=steps)
        train_extractor(extractor, resume=True)
    checkpoint = runs / "extractor" / "checkpoint.pt"
    export_extractor(network_of(checkpoint), out / "deeplab.onnx")
    distortion = EnhancerConfig.model_validate({"data": data, "run": runs / "distortion", **DISTORTION})
    started = train_enhancer(distortion, resume=True)
    settings = {"stage": "triangle", "start_from": started, "extractor": checkpoint, **TRIANGLE}
    triangle = EnhancerConfig.model_validate({"data": data, "run": runs / "triangle", **settings})
    export_enhancer(train_enhancer(triangle, resume=True), out / "enhancer.onnx")
    pin(out)
