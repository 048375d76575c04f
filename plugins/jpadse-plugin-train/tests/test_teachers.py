"""Which teacher tells what of a photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jpadse_core.interfaces.label_sets import ADE20K_32
from jpadse_core.interfaces.labels import TEXTURES
from jpadse_plugin_train.teachers import PhotoTeacher, Teacher


class Fixed(Teacher):
    def __init__(self, *textures: str) -> None:
        self._map = np.array([[TEXTURES.index(texture) for texture in textures]], np.uint8)

    def textures(self, rgb: np.ndarray) -> np.ndarray:
        return self._map

    def probabilities(self, rgb: np.ndarray) -> np.ndarray:
        return 0.75 * np.eye(len(TEXTURES), dtype=np.float32)[self._map] + 0.25 / len(TEXTURES)


class Both(PhotoTeacher):
    def __init__(self, ade20k: Teacher, voc: Teacher) -> None:
        self._ade20k, self._voc = ade20k, voc


def test_voc_tells_only_what_ade20k_lacks() -> None:
    both = Both(
        Fixed("wall", "grass", "road", "other", "water", "person"),
        Fixed("person", "animal", "cycle", "vehicle", "vehicle", "furniture"),
    )
    found = [TEXTURES[index] for index in both.textures(np.zeros((1, 6, 3), np.uint8))[0]]
    assert found == ["wall", "animal", "cycle", "vehicle", "water", "person"]


def test_the_teachers_are_sure_of_what_voc_alone_knows() -> None:
    both = Both(Fixed("wall", "grass", "other", "other"), Fixed("person", "animal", "vehicle", "person"))
    rgb = np.zeros((1, 4, 3), np.uint8)
    likely = both.probabilities(rgb, both.textures(rgb))[0]
    assert [TEXTURES[index] for index in likely.argmax(-1)] == ["wall", "animal", "vehicle", "other"]
    assert likely.max(-1).tolist() == [194, 255, 255, 194]


def test_a_real_teacher_says_the_same_in_probabilities() -> None:
    folder = Path(__file__).parents[4] / "shared" / "data"
    if not folder.exists():
        pytest.skip("needs the data folder's networks and a photo")
    teacher = Teacher(folder / "networks" / "deeplab_ade20k.tflite", ADE20K_32)
    rgb = np.asarray(Image.open(sorted((folder / "photos" / "kodak").iterdir())[4]).convert("RGB"))
    likely = teacher.probabilities(rgb)
    assert likely.shape == (128, 128, len(TEXTURES))
    assert np.allclose(likely.sum(-1), 1, atol=1e-5)
    said = np.asarray(Image.fromarray(teacher.textures(rgb)).resize((128, 128), Image.Resampling.NEAREST))
    assert (likely.argmax(-1) == said).mean() > 0.9
