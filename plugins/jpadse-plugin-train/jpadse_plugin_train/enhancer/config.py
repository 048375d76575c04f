"""The settings of one training run of the enhancer."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from jpadse_core.bitstream.perception_guide import TILE_LOG2
from jpadse_plugin_train.compression import DEFAULT_CODECS, CodecUse

_LARGEST_SIDE_WITHOUT_MS_SSIM = 160
Stage = Literal["semantics", "distortion", "triangle", "corners", "follow"]


class _Weights(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DistortionLoss(_Weights):
    """Weights of what `x_D` is trained for."""

    pixels: float = Field(1.0, ge=0, description="Charbonnier")
    squared: float = Field(20.0, ge=0, description="squared error, by which a network leaves the start far sooner")
    ms_ssim: float = Field(0.0, ge=0, description="1 - MS-SSIM; crops must be larger than 160 pixels")


class _CornerLoss(_Weights):
    pixels: float = Field(0.05, ge=0, description="Charbonnier")
    perceptual: float = Field(5.0, ge=0, description="ST-LPIPS on VGG-16")
    contrast: float = Field(0.0, ge=0, description="difference of the local deviations of VGG-16's features")
    features: float = Field(0.6, ge=0, description="distance of normalised ImageNet features")
    halved_features: float = Field(0.4, ge=0, description="as `features`, at half the size: classifiers look from afar")
    pooled: float = Field(0.0, ge=0, description="distance of means and deviations of ImageNet features over a crop")
    recognition: float = Field(0.0, ge=0, description="distance of what ImageNet classifiers make of the whole crop")
    halved_recognition: float = Field(0.0, ge=0, description="as `recognition`, at half the size")
    adversarial: float = Field(0.3, ge=0, description="against the critics of patches and of ImageNet features")
    gan: Literal["hinge", "least-squares"] = "hinge"
    feature_matching: float = Field(0.0, ge=0, description="distance of the critics' own features")


class PerceptionLoss(_CornerLoss):
    """Weights of what `x_D + r_P` is trained for."""


class AccuracyLoss(_CornerLoss):
    """Weights of what `x_D + r_A` is trained for."""

    pixels: float = Field(0.1, ge=0, description="Charbonnier")
    perceptual: float = Field(4.0, ge=0, description="ST-LPIPS on VGG-16")
    features: float = Field(0.5, ge=0, description="distance of normalised ImageNet features")
    halved_features: float = Field(0.5, ge=0, description="as `features`, at half the size: classifiers look from afar")
    adversarial: float = Field(0.2, ge=0, description="against the same critics")
    divergence: float = Field(0.1, ge=0, description="of the extractor's answer from its answer on the original")
    labels: float = Field(0.0, ge=0, description="cross-entropy of the extractor's answer where labels exist")


class EnhancerConfig(BaseModel):
    """One stage of training.

    The paper's three phases are `semantics` (the picture withheld: from the map alone, without a distortion term),
    `triangle` (picture and map, all losses) and `distortion` (trunk and `x_D` alone). `corners` trains the heads of
    perception and accuracy on a trunk that stays as it is: a start for `triangle`. `follow` teaches these heads, after
    their trunk has learnt on without them, to say what those of `followed` say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path | None = Field(None, description="a data folder laid out as docs/training.md says")
    pictures: Path | None = Field(None, description="any folder of pictures, instead of a data folder")
    semantics: str | None = Field(
        "deeplab", description="extractor that labels `pictures`, and a share of `data`; none: no maps"
    )
    run: Path = Field(description="where checkpoints, curves and exported weights go")
    stage: Stage = "distortion"
    steps: int = Field(30_000, ge=1, description="optimiser steps in all; a resumed run may raise it")
    decay_steps: int = Field(8_000, ge=1, description="the last steps, over which the learning rate falls to zero")
    warm_up_steps: int = Field(300, ge=1)
    learning_rate: float = Field(6e-4, gt=0)
    head_factor: float = Field(1.0, gt=0, description="the heads of perception and accuracy learn this much faster")
    trunk_share: float = Field(
        1e-3, ge=0, le=1, description="what reaches the trunk of the gradients of perception's and accuracy's losses"
    )
    taught: tuple[Literal["perception", "accuracy"], ...] = Field(
        ("perception", "accuracy"), min_length=1, description="the corners that learn, where not distortion alone does"
    )
    in_turns: bool = Field(False, description="perception and accuracy learn at every other step, which costs half")
    batch: int = Field(8, ge=1, description="crops a step and process")
    crop: int = Field(192, ge=32, multiple_of=16)
    codecs: tuple[CodecUse, ...] = Field(
        DEFAULT_CODECS, description="what compresses the crops; those not installed are left out"
    )
    street_share: float = Field(0.25, ge=0, le=1, description="share of the crops that are street scenes")
    extracted_share: float = Field(
        0.0, ge=0, le=1, description="share of a data folder's maps that are the extractor's, mistakes included"
    )
    enlarged_share: float = Field(
        0.0, ge=0, le=1, description="share of the crops that are enlarged, up to twice: large photos are smooth"
    )
    guided_share: float = Field(
        0.0, ge=0, le=1, description="in `corners`, share of the crops whose texture a perception guide keeps in bounds"
    )
    perceptual_window: int = Field(112, ge=64, description="side of the windows that ST-LPIPS sees")
    perceptual_scale: float = Field(
        1.0, gt=0, le=1, description="they are made smaller at random, down to this: texture matters from afar as well"
    )
    perceptual_crops: int = Field(2, ge=1, description="crops of a batch in which there is such a window")
    distortion: DistortionLoss = DistortionLoss()
    perception: PerceptionLoss = PerceptionLoss()
    accuracy: AccuracyLoss = AccuracyLoss()
    channels: int = Field(64, ge=8, multiple_of=8, description="of the trunk, where nothing is started from")
    blocks: int = Field(8, ge=1, le=8, description="of the trunk, likewise; more look beyond tiles' overlap")
    seed: int = 1
    ema: float = Field(0.999, gt=0, lt=1, description="decay of the averaged weights, which are the ones exported")
    start_from: Path | None = Field(None, description="safetensors or exported ONNX weights to start from")
    followed: Path | None = Field(None, description="the weights whose residuals the heads learn in the stage `follow`")
    perception_follows: tuple[float, float] = Field(
        (1.0, 0.0),
        description="there, the shares of its residuals of perception and accuracy that perception learns",
    )
    extractor: Path | None = Field(None, description="checkpoint or ONNX file of the extractor that judges accuracy")
    workers: int = Field(1, ge=0, description="processes that prepare batches; 0 prepares them in between")
    compile: bool = Field(False, description="torch.compile the blocks, where a compiler is at hand")
    checkpoint_minutes: float = Field(3, gt=0)
    validate_every: int = Field(2_000, ge=1)

    @field_validator("semantics", mode="before")
    @classmethod
    def _without_maps(cls, given: Any) -> Any:
        return None if given == "none" else given

    @field_validator("taught")
    @classmethod
    def _taught_once(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(given)) < len(given):
            raise ValueError("taught names each corner once")
        return given

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.data is None) == (self.pictures is None):
            raise ValueError("give either data, a data folder, or pictures, any folder of pictures")
        return self

    @model_validator(mode="after")
    def _measurable_crops(self) -> Self:
        if self.distortion.ms_ssim and self.crop <= _LARGEST_SIDE_WITHOUT_MS_SSIM:
            raise ValueError(f"MS-SSIM halves a picture four times: it wants crops of 176 pixels, not {self.crop}")
        return self

    @model_validator(mode="after")
    def _whole_tiles(self) -> Self:
        if self.guided_share and self.crop % (1 << TILE_LOG2):
            raise ValueError(f"a perception guide has tiles of {1 << TILE_LOG2} pixels: crops are multiples of that")
        return self

    @model_validator(mode="after")
    def _somebody_to_follow(self) -> Self:
        if (self.stage == "follow") != (self.followed is not None):
            raise ValueError("the stage follow wants followed, the weights to follow, and no other stage does")
        return self

    @property
    def task_network(self) -> Path:
        """The extractor that judges accuracy, by default the one that ships."""
        return self.extractor or Path(str(files("jpadse_core.builtin.weights") / "deeplab.onnx"))


def read_config(path: Path, **overrides: Any) -> EnhancerConfig:
    """The settings of a YAML file, with others over them.

    Raises:
        ValueError: they are not those of `EnhancerConfig`.
    """
    import yaml

    read = yaml.safe_load(path.read_text()) or {}
    if not isinstance(read, dict):
        raise ValueError(f"{path}: wants settings by name, as in `stage: distortion`")
    return EnhancerConfig.model_validate(read | overrides)
