"""Which teacher tells what of a photo."""

from __future__ import annotations

import numpy as np

from jpadse_core.interfaces.labels import TEXTURES
from jpadse_plugin_train.teachers import PhotoTeacher, Teacher


class Fixed(Teacher):
    def __init__(self, *textures: str) -> None:
        self._map = np.array([[TEXTURES.index(texture) for texture in textures]], np.uint8)

    def textures(self, rgb: np.ndarray) -> np.ndarray:
        return self._map


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
