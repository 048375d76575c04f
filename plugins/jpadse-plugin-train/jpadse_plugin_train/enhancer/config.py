"""The settings of one training run of the enhancer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EnhancerConfig(BaseModel):
    """One stage of training.

    The stage `distortion` trains the trunk and `x_D` alone; `triangle` goes on with all three heads together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(description="the data folder")
    run: Path = Field(description="where checkpoints, curves and exported weights go")
    stage: Literal["distortion", "triangle"] = "distortion"
    steps: int = Field(30_000, ge=1, description="optimiser steps in all; a resumed run may raise it")
    decay_steps: int = Field(8_000, ge=1, description="the last steps, over which the learning rate falls to zero")
    learning_rate: float = Field(6e-4, gt=0)
    head_factor: float = Field(1.0, gt=0, description="the heads of perception and accuracy learn this much faster")
    batch: int = Field(8, ge=1)
    crop: int = Field(192, ge=32, multiple_of=16)
    seed: int = 1
    ema: float = Field(0.999, gt=0, lt=1, description="decay of the averaged weights, which are the ones exported")
    start_from: Path | None = Field(None, description="safetensors or exported ONNX weights to start from")
    extractor: Path | None = Field(None, description="the extractor's checkpoint or ONNX file, for the accuracy loss")
    checkpoint_minutes: float = Field(3, gt=0)
    validate_every: int = Field(2_000, ge=1)
