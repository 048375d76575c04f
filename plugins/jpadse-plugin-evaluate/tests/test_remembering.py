"""A remembering enhancer's files and pictures are those of the enhancer inside, which is asked less often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpadse_core import RgbImage, build_pipeline
from jpadse_core.builtin.network_enhancer import NetworkEnhancer
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.bench import Task, time_task
from jpadse_plugin_evaluate.remembering import RememberingEnhancer
from jpadse_plugin_evaluate.settings import Variant


@pytest.mark.parametrize("at_once", [True, False])
def test_files_and_pictures_are_the_same_and_what_was_made_is_not_made_again(
    at_once: bool, astronaut: RgbImage, coffee: RgbImage
) -> None:
    asked: list[Any] = []

    class Counting:
        name = "default"
        digest = load("enhancer", "default").digest

        def enhance(self, rgb: RgbImage, *question: Any) -> RgbImage:
            asked.append(question)
            return load("enhancer", "default").enhance(rgb, *question)

    class CountingAtOnce(Counting):
        def enhance_all(self, rgb: RgbImage, *question: Any) -> list[RgbImage]:
            asked.append(question)
            return load("enhancer", "default").enhance_all(rgb, *question)

    inside = CountingAtOnce() if at_once else Counting()
    remembering = RememberingEnhancer(inside)
    pipeline = build_pipeline("jpeg", "deeplab", remembering)
    plain = build_pipeline("jpeg", "deeplab", inside)
    for rgb in (astronaut, coffee):
        data = pipeline.encode(rgb, quality=5)
        assert len(asked) == (1 if at_once else 2)
        shown = [pipeline.decode(data, corner) for corner in ("perception", "distortion", "perception")]
        assert len(asked) == (3 if at_once and "perception_guide" not in data.sections else 2)
        assert bytes(data) == bytes(plain.encode(rgb, quality=5))
        for picture, corner in zip(shown, ("perception", "distortion", "perception"), strict=True):
            assert np.array_equal(picture, plain.decode(data, corner))
        asked.clear()
    assert remembering.spared > 0


def test_files_name_the_distribution_of_the_enhancer_inside(coffee: RgbImage) -> None:
    remembering = RememberingEnhancer(load("enhancer", "default"))
    assert bytes(build_pipeline("jpeg", None, remembering).encode(coffee)) == bytes(
        build_pipeline("jpeg", None).encode(coffee)
    )


def test_a_bench_times_every_run(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    run = NetworkEnhancer._enhanced

    def counted(self: NetworkEnhancer, *question: Any) -> list[RgbImage]:
        asked.append(question)
        return run(self, *question)

    monkeypatch.setattr(NetworkEnhancer, "_enhanced", counted)
    task = Task("jpeg", (), Variant("default", None), 20.0, (pictures / "coffee.png",), runs=3)
    files = time_task(task).files
    assert len(asked) == 4
    time_task(replace(task, files=files))
    assert len(asked) == 8
