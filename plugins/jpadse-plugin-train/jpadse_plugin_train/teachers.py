"""Texture maps of photos without labels, from the frozen DeepLab teachers in a data folder."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.interfaces.label_sets import ADE20K_32, VOC_21
from jpadse_core.interfaces.labels import TEXTURES, LabelSet

VOID = 255
_UNKNOWN_TO_ADE20K = [TEXTURES.index("animal"), TEXTURES.index("cycle")]
_LOGITS = "logits/semantic/BiasAdd"
_OTHER, _VEHICLE = TEXTURES.index("other"), TEXTURES.index("vehicle")


class Teacher:
    """One `.tflite` segmentation network.

    Args:
        path: the model; input uint8 `[1, S, S, 3]`, output the class id of every pixel.
        label_set: what its ids mean.
    """

    def __init__(self, path: Path, label_set: LabelSet) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._label_set = label_set
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that to keep all tensors costs memory
            self._interpreter = Interpreter(str(path), num_threads=2, experimental_preserve_all_tensors=True)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]

    def textures(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Texture ids, uint8 `[H, W]`, of a picture that is squeezed to the network's input size."""
        self._look_at(rgb)
        ids = np.squeeze(self._interpreter.get_tensor(self._output["index"]))
        lookup = np.zeros(256, np.uint8)
        lookup[: len(self._label_set.classes)] = self._label_set.texture_ids
        small = Image.fromarray(lookup[np.clip(ids, 0, 255).astype(np.uint8)])
        return np.asarray(small.resize((rgb.shape[1], rgb.shape[0]), Image.Resampling.NEAREST))

    def probabilities(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Of every texture, float32 `[h, w, textures]`, at the resolution at which the network thinks.

        Source: Hinton et al., "Distilling the knowledge in a neural network", 2015.
        """
        self._look_at(rgb)
        details = self._interpreter.get_tensor_details()
        logits = next(tensor for tensor in details if tensor["name"].endswith(_LOGITS))
        scale, zero = logits["quantization"]
        values = (self._interpreter.get_tensor(logits["index"])[0].astype(np.float32) - zero) * (scale or 1)
        likely = np.exp(values - values.max(-1, keepdims=True))
        textures = np.zeros((*likely.shape[:2], len(TEXTURES)), np.float32)
        for plane, texture in zip(np.moveaxis(likely, -1, 0), self._label_set.texture_ids, strict=True):
            textures[..., texture] += plane
        return textures / textures.sum(-1, keepdims=True)

    def _look_at(self, rgb: npt.NDArray[np.uint8]) -> None:
        side = int(self._input["shape"][1])
        squeezed = np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BILINEAR))[None]
        if self._input["dtype"] != np.uint8:
            squeezed = (squeezed.astype(np.float32) / 127.5 - 1).astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], squeezed)
        self._interpreter.invoke()


class PhotoTeacher:
    """DeepLab-ADE20K, and of DeepLab-VOC what the 32 classes of the former lack: animals, cycles, trains, boats."""

    def __init__(self, networks: Path) -> None:
        self._ade20k = Teacher(networks / "deeplab_ade20k.tflite", ADE20K_32)
        self._voc = Teacher(networks / "deeplab_voc.tflite", VOC_21)

    def textures(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Texture ids, uint8 `[H, W]`."""
        found, things = self._ade20k.textures(rgb), self._voc.textures(rgb)
        lacking = np.isin(things, _UNKNOWN_TO_ADE20K) | ((things == _VEHICLE) & (found == _OTHER))
        return np.where(lacking, things, found)

    def probabilities(self, rgb: npt.NDArray[np.uint8], textures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Of every texture, in 255ths, uint8 `[h, w, textures]`; `textures` is what `textures` says of the picture."""
        likely = self._ade20k.probabilities(rgb)
        found = np.asarray(Image.fromarray(textures).resize(likely.shape[1::-1], Image.Resampling.NEAREST))
        lacking = np.isin(found, _UNKNOWN_TO_ADE20K) | ((found == _VEHICLE) & (likely.argmax(-1) == _OTHER))
        likely[lacking] = np.eye(len(TEXTURES), dtype=np.float32)[found[lacking]]
        return np.rint(255 * likely).astype(np.uint8)
