"""Frozen `.tflite` networks, which judge what machines still see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import JpadseError, RgbImage, WeightsMissing
from jpadse_plugin_evaluate.digests import file_digest

_WIDE = 1.8
"""From this aspect on, a network with a square input sees a picture in two halves rather than squeezed."""


class TfliteNetwork:
    """A `.tflite` network that takes one RGB picture of a fixed size, and runs on one thread.

    Attributes:
        packages: see `Measure`.
        identity: the file's name and the beginning of its sha256.
        side: height and width of its input.

    Raises:
        WeightsMissing: the file is not there.
        JpadseError: LiteRT is not installed, or the file is no such network.
    """

    packages: tuple[str, ...] = ("ai-edge-litert",)

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise WeightsMissing(f"{path}: is no file: give a .tflite network")
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise JpadseError(f"{path}: needs LiteRT: pip install 'jpadse-plugin-evaluate[judges]'") from error
        self.identity = f"{path.name} {file_digest(path)[:16]}"
        try:
            self._interpreter = Interpreter(str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise JpadseError(f"{path}: is no network that LiteRT runs: {error}") from error
        inputs: list[dict[str, Any]] = self._interpreter.get_input_details()
        shape = tuple(int(side) for side in inputs[0]["shape"])
        if len(inputs) != 1 or len(shape) != 4 or shape[0] != 1 or shape[3] != 3:
            raise JpadseError(f"{path}: wants an input of {shape}, where one RGB picture [1, H, W, 3] was due")
        self._input = inputs[0]
        self.side = shape[1:3]
        self.outputs: list[dict[str, Any]] = self._interpreter.get_output_details()

    def answers(self, rgb: RgbImage) -> list[npt.NDArray[Any]]:
        """All outputs for a picture squeezed (bilinear) to the network's input, in the order of the file.

        A float input gets samples from -1 to 1.
        """
        seen = np.asarray(Image.fromarray(rgb).resize(self.side[::-1], Image.Resampling.BILINEAR))[None]
        if self._input["dtype"] != np.uint8:
            seen = (seen / 127.5 - 1).astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], seen)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_tensor(output["index"])) for output in self.outputs]


def parts_of(array: npt.NDArray[Any], shape: tuple[int, ...] | None = None) -> list[npt.NDArray[Any]]:
    """A wide picture or label map as its two halves, anything else as it is; `shape` decides instead of its own."""
    height, width = (shape or array.shape)[:2]
    if width < _WIDE * height:
        return [array]
    middle = array.shape[1] // 2
    return [np.ascontiguousarray(array[:, :middle]), np.ascontiguousarray(array[:, middle:])]
