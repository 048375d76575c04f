"""Texture maps of photos without labels, from the frozen DeepLab teachers in a data folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.interfaces.label_sets import ADE20K_32, VOC_21
from jpadse_core.interfaces.labels import TEXTURES, LabelSet

VOID = 255
_THINGS = frozenset({"person", "animal", "vehicle", "cycle", "furniture"})


class Teacher:
    """One `.tflite` segmentation network.

    Args:
        path: the model; input uint8 `[1, S, S, 3]`, output the class id of every pixel.
        label_set: what its ids mean.
    """

    def __init__(self, path: Path, label_set: LabelSet) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._label_set = label_set
        self._interpreter = Interpreter(str(path), num_threads=2)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]

    def textures(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Texture ids, uint8 `[H, W]`, of a picture that is squeezed to the network's input size."""
        side = int(self._input["shape"][1])
        squeezed = np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BILINEAR))[None]
        if self._input["dtype"] != np.uint8:
            squeezed = (squeezed.astype(np.float32) / 127.5 - 1).astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], squeezed)
        self._interpreter.invoke()
        ids = np.squeeze(self._interpreter.get_tensor(self._output["index"]))
        lookup = np.zeros(256, np.uint8)
        lookup[: len(self._label_set.classes)] = self._label_set.texture_ids
        small = Image.fromarray(lookup[np.clip(ids, 0, 255).astype(np.uint8)])
        return np.asarray(small.resize((rgb.shape[1], rgb.shape[0]), Image.Resampling.NEAREST))


class PhotoTeacher:
    """ADE20K's stuff and VOC's things together, as general photos want both."""

    def __init__(self, networks: Path) -> None:
        self._stuff = Teacher(networks / "deeplab_ade20k.tflite", ADE20K_32)
        self._things = Teacher(networks / "deeplab_voc.tflite", VOC_21)
        self._is_thing = np.array([texture in _THINGS for texture in TEXTURES])

    def textures(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Texture ids, uint8 `[H, W]`."""
        things = self._things.textures(rgb)
        return np.where(self._is_thing[things], things, self._stuff.textures(rgb)).astype(np.uint8)
