"""Weights such as ship, from a data folder: every stage with the settings that measured best."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from jpadse_plugin_train.compression import DEFAULT_CODECS
from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.export import export as export_enhancer
from jpadse_plugin_train.enhancer.interpolate import interpolate
from jpadse_plugin_train.enhancer.train import train as train_enhancer
from jpadse_plugin_train.extractor.export import export as export_extractor
from jpadse_plugin_train.extractor.interpolate import between
from jpadse_plugin_train.extractor.train import ExtractorConfig, network_of
from jpadse_plugin_train.extractor.train import train as train_extractor
from jpadse_plugin_train.pin import pin

EXTRACTOR_STEPS = (1_200, 2_000)
EXTRACTOR_FURTHER: dict[str, Any] = {
    "steps": 2_200,
    "batch": 8,
    "side": 320,
    "balance": 0.4,
    "photo_share": 0.5,
    "decoder_rate": 8e-4,
    "backbone_rate": 3e-4,
    "seed": 2,
}
"""From the first weights, on larger crops."""
EXTRACTOR_ON_COMPOSITES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.5, {"steps": 800, "decoder_rate": 8e-4, "backbone_rate": 3e-4, "seed": 7}),
    (0.75, {"steps": 800, "decoder_rate": 5e-4, "backbone_rate": 2e-4, "seed": 9}),
    (0.35, {"steps": 640, "decoder_rate": 4e-4, "backbone_rate": 2e-4, "seed": 11}),
    (
        1.0,
        {
            "steps": 2_400,
            "batch": 12,
            "side": 384,
            "photo_share": 0.6,
            "decoder_rate": 6e-4,
            "backbone_rate": 2.5e-4,
            "ema": 0.998,
            "seed": 22,
            "frozen_stages": 2,
            "composites": 1_200,
        },
    ),
    (
        1.0,
        {
            "steps": 2_300,
            "batch": 12,
            "side": 384,
            "photo_share": 0.6,
            "decoder_rate": 5e-4,
            "backbone_rate": 2.2e-4,
            "ema": 0.998,
            "seed": 24,
            "frozen_stages": 2,
            "composites": 1_200,
        },
    ),
)
"""Then five runs, each from between the start and the end of the one before: by this share at its end."""
COMPOSITES = 1_500
"""Of all but the last two of these runs."""
DISTORTION: dict[str, Any] = {"steps": 28_000, "decay_steps": 8_000, "crop": 128, "batch": 8}
CORNERS: dict[str, Any] = {
    "stage": "corners",
    "steps": 4_000,
    "decay_steps": 1_500,
    "warm_up_steps": 50,
    "crop": 160,
    "batch": 4,
    "learning_rate": 1.2e-3,
    "ema": 0.997,
    "street_share": 0.4,
    "codecs": [use.model_copy(update={"skew": 1.6 * use.skew}) for use in DEFAULT_CODECS],
}
"""Perception and accuracy matter at low rates, so those are drawn more often."""
TRIANGLE: dict[str, Any] = {
    "stage": "triangle",
    "steps": 2_450,
    "decay_steps": 1_800,
    "warm_up_steps": 50,
    "crop": 160,
    "batch": 4,
    "learning_rate": 3e-4,
    "head_factor": 3.0,
    "in_turns": True,
    "ema": 0.998,
    "street_share": 0.35,
    "codecs": [use.model_copy(update={"skew": 1.28 * use.skew}) for use in DEFAULT_CODECS],
}
SHARE_OF_TRIANGLE = 0.6
"""Trunk, distortion and accuracy that ship lie between those before this stage and those after it."""
PERCEPTION: dict[str, Any] = {
    "stage": "corners",
    "taught": ("perception",),
    "steps": 1_400,
    "decay_steps": 850,
    "warm_up_steps": 30,
    "crop": 160,
    "batch": 8,
    "learning_rate": 1e-3,
    "ema": 0.995,
    "street_share": 0.3,
    "perceptual_crops": 8,
    "perceptual_window": 144,
    "perceptual_scale": 0.4,
    "perception": {
        "perceptual": 10.0,
        "contrast": 0.4,
        "features": 0.1,
        "halved_features": 0.4,
        "pooled": 0.3,
    },
}
"""Perception's head anew, judged from near and far (docs/decisions/0029)."""
SHARE_OF_PERCEPTION = 0.75
FURTHER_DISTORTION: dict[str, Any] = {
    "stage": "distortion",
    "steps": 8_500,
    "decay_steps": 7_000,
    "warm_up_steps": 100,
    "crop": 128,
    "batch": 16,
    "learning_rate": 5e-4,
    "codecs": [use.model_copy(update={"skew": 1.15 * use.skew}) for use in DEFAULT_CODECS],
}
"""Then trunk and distortion alone, for as long as they gain (docs/decisions/0030)."""
FOLLOW: dict[str, Any] = {
    "stage": "follow",
    "steps": 1_400,
    "decay_steps": 1_200,
    "warm_up_steps": 20,
    "crop": 128,
    "batch": 12,
    "learning_rate": 2e-3,
    "ema": 0.99,
    "street_share": 0.3,
    "perception_follows": (0.65, 0.55),
}
"""The heads say on that trunk what they said before; perception also some of what accuracy does."""
PERCEPTION_AGAIN: dict[str, Any] = {
    **PERCEPTION,
    "steps": 450,
    "decay_steps": 400,
    "warm_up_steps": 20,
    "learning_rate": 6e-4,
    "ema": 0.99,
    "perception": {**PERCEPTION["perception"], "features": 0.25, "halved_features": 0.6, "pooled": 0.6},
}

_SECOND_ROUND: tuple[dict[str, Any], ...] = (
    {**FURTHER_DISTORTION, "steps": 13_000, "decay_steps": 11_500, "ema": 0.9993, "street_share": 0.35, "seed": 31},
    {
        **FOLLOW,
        "steps": 1_300,
        "decay_steps": 1_150,
        "street_share": 0.35,
        "perception_follows": (1, 0),
        "seed": 32,
    },
    {**PERCEPTION_AGAIN, "steps": 520, "decay_steps": 470, "street_share": 0.33, "seed": 33},
)
_ENLARGED: tuple[dict[str, Any], ...] = (
    {"steps": 10_000, "decay_steps": 8_800, "enlarged_share": 0.3, "seed": 41},
    {"enlarged_share": 0.3, "seed": 52},
    {"steps": 460, "decay_steps": 415, "enlarged_share": 0.35, "seed": 53},
)
ROUNDS: tuple[tuple[dict[str, Any], ...], ...] = (
    (FURTHER_DISTORTION, FOLLOW, PERCEPTION_AGAIN),
    _SECOND_ROUND,
    tuple({**stage, **change} for stage, change in zip(_SECOND_ROUND, _ENLARGED, strict=True)),
)
"""Distortion, following and perception, as often as they gain (docs/decisions/0031 and 0033)."""
_GUIDED: dict[str, Any] = {**ROUNDS[-1][-1], "guided_share": 0.75}
_FAR: dict[str, Any] = {
    **_GUIDED,
    "steps": 800,
    "decay_steps": 740,
    "perception": {
        **PERCEPTION["perception"],
        "pixels": 0.1,
        "features": 0.4,
        "halved_features": 0.8,
        "pooled": 1.5,
    },
}
WITHIN_THE_GUIDE: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    (
        {**_GUIDED, "steps": 300, "decay_steps": 200, "seed": 61},
        {
            **_GUIDED,
            "steps": 300,
            "decay_steps": 200,
            "seed": 61,
            "perception": {**PERCEPTION["perception"], "features": 0.5, "halved_features": 1.0, "pooled": 2.0},
        },
    ),
    ({**_FAR, "seed": 73}, {**_FAR, "seed": 74}),
)
"""Perception with as much texture as its guide lets it show: two runs at a time, whose mean goes on (0034)."""
_RECOGNISED: dict[str, Any] = {
    **_FAR,
    "crop": 192,
    "batch": 6,
    "perceptual_crops": 6,
    "perceptual_window": 160,
    "steps": 1_000,
    "decay_steps": 900,
    "perception": {**_FAR["perception"], "pooled": 0.75, "recognition": 2.0},
    "seed": 81,
}
RECOGNISED: tuple[dict[str, Any], ...] = (
    _RECOGNISED,
    {
        **_RECOGNISED,
        "steps": 800,
        "decay_steps": 740,
        "learning_rate": 5e-4,
        "perception": {**_FAR["perception"], "pooled": 0.5, "recognition": 3.0},
        "seed": 82,
    },
)
"""Perception by what classifiers make of a whole crop (docs/decisions/0035)."""
ACCURACY_AGAIN: dict[str, Any] = {
    "stage": "corners",
    "taught": ("accuracy",),
    "steps": 460,
    "decay_steps": 400,
    "warm_up_steps": 20,
    "crop": 256,
    "batch": 4,
    "learning_rate": 6e-4,
    "ema": 0.99,
    "street_share": 0.4,
    "perceptual_crops": 4,
    "perceptual_window": 192,
    "perceptual_scale": 0.4,
    "accuracy": {"recognition": 1.0, "halved_recognition": 2.0},
    "enlarged_share": 0.2,
    "seed": 91,
}
SHARE_OF_ACCURACY = 0.5
"""Accuracy that ships lies between its head before this stage and after it."""


def reproduce(data: Path, runs: Path, out: Path, *, share: float = 1.0) -> None:
    """Train extractor and enhancer, export them to `out`, and pin them. A killed run goes on from its checkpoints.

    Args:
        data: the data folder.
        runs: where checkpoints and curves are kept.
        out: the weights folder.
        share: of every stage's steps; a thousandth rehearses the whole in minutes.
    """
    out.mkdir(parents=True, exist_ok=True)
    cache = runs / "teacher-maps"
    for steps in EXTRACTOR_STEPS:
        extractor = ExtractorConfig(data=data, run=runs / "extractor", cache=cache, steps=_part(steps, share))
        begun = train_extractor(extractor, resume=True)
    further = {**EXTRACTOR_FURTHER, "steps": _part(EXTRACTOR_FURTHER["steps"], share), "start_from": begun}
    checkpoint = train_extractor(
        ExtractorConfig(data=data, run=runs / "extractor-further", cache=cache, **further), resume=True
    )
    started_from = runs / "extractor-further" / "deeplab.onnx"
    export_extractor(network_of(checkpoint), started_from)
    for number, (part, settings) in enumerate(EXTRACTOR_ON_COMPOSITES, 1):
        run = runs / f"extractor-composites-{number}"
        shortened = {**EXTRACTOR_FURTHER, "composites": COMPOSITES, **settings, "start_from": started_from}
        shortened |= {name: _part(shortened[name], share) for name in ("steps", "composites")}
        ended = train_extractor(ExtractorConfig(data=data, run=run, cache=cache, **shortened), resume=True)
        export_extractor(between(started_from, ended, part), run / "deeplab.onnx")
        started_from = run / "deeplab.onnx"
    shutil.copyfile(started_from, out / "deeplab.onnx")
    common = {"data": data, "extractor": out / "deeplab.onnx"}
    started = _stage(share, {**common, "run": runs / "distortion", **DISTORTION})
    corners = _stage(share, {**common, "run": runs / "corners", "start_from": started, **CORNERS})
    triangle = _stage(share, {**common, "run": runs / "triangle", "start_from": corners, **TRIANGLE})
    joint = runs / "joint.safetensors"
    interpolate(corners, triangle, SHARE_OF_TRIANGLE, joint)
    perception = _stage(share, {**common, "run": runs / "perception", "start_from": joint, **PERCEPTION})
    followed = runs / "corners-of-the-triangle.safetensors"
    interpolate(joint, perception, SHARE_OF_PERCEPTION, followed)
    for number, (distortion, follow, last) in enumerate(ROUNDS, 1):
        trunk = _stage(share, {**common, "run": runs / f"trunk-{number}", "start_from": followed, **distortion})
        heads = {**common, "run": runs / f"heads-{number}", "start_from": trunk, "followed": followed, **follow}
        again = {**common, "run": runs / f"ended-{number}", "start_from": _stage(share, heads), **last}
        followed = _stage(share, again)
    followed = _within_the_guide(share, common, runs, followed)
    for number, settings in enumerate(RECOGNISED, 1):
        followed = _stage(share, {**common, "run": runs / f"recognised-{number}", "start_from": followed, **settings})
    accuracy = _stage(share, {**common, "run": runs / "accuracy", "start_from": followed, **ACCURACY_AGAIN})
    ended = runs / "ended.safetensors"
    interpolate(followed, accuracy, SHARE_OF_ACCURACY, ended)
    export_enhancer(ended, out / "enhancer.onnx")
    pin(out)


def _within_the_guide(share: float, common: dict[str, Any], runs: Path, begun: Path) -> Path:
    for number, pair in enumerate(WITHIN_THE_GUIDE, 1):
        ended = [
            _stage(share, {**common, "run": runs / f"guided-{number}-{letter}", "start_from": begun, **settings})
            for letter, settings in zip("ab", pair, strict=True)
        ]
        begun = runs / f"guided-{number}.safetensors"
        interpolate(ended[0], ended[1], 0.5, begun)
    return begun


def _stage(share: float, settings: dict[str, Any]) -> Path:
    shortened = {name: _part(settings[name], share) for name in ("steps", "decay_steps")}
    return train_enhancer(EnhancerConfig.model_validate({**settings, **shortened}), resume=True)


def _part(steps: int, share: float) -> int:
    return max(1, round(steps * share))
