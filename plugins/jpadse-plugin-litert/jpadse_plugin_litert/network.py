"""One `.tflite` segmentation network: a picture of its own size in, a class id for each pixel out."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import LabelSet, RgbImage, SemanticsError, WeightsMissing, resized_ids
from jpadse_plugin_litert.graph import classes_of_arg_max

FloatRange: TypeAlias = Literal["-1..1", "0..1", "0..255"]

_RANGES: dict[FloatRange, tuple[float, float]] = {"-1..1": (127.5, -1.0), "0..1": (255.0, 0.0), "0..255": (1.0, 0.0)}


class Network:
    """A `.tflite` model with one picture as its input, `[1, H, W, 3]` or `[1, 3, H, W]`, and one plane of class ids or
    one score for each class as its output.

    Args:
        path: the model's file.
        labels: its classes.
        float_range: what a model of floating point input expects black and white to be.

    Attributes:
        height, width: of the picture it takes.

    Raises:
        WeightsMissing: there is no such file.
        SemanticsError: it is no LiteRT model, no segmentation model, or one of another number of classes.
    """

    def __init__(self, path: Path, labels: LabelSet, float_range: FloatRange) -> None:
        self._path = path
        self._float_range = float_range
        self._interpreter = _open(path)
        self._turn = Lock()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self._channels_first, self.height, self.width = self._picture_axes()
        self._score_axis = self._axis_of_scores(labels)

    def ids(self, rgb: RgbImage) -> npt.NDArray[np.int64]:
        """The class id of every pixel of uint8 `[height, width, 3]`.

        Raises:
            SemanticsError: the one plane that the model gives holds no class ids.
        """
        value = self._fed(rgb.transpose(2, 0, 1) if self._channels_first else rgb)
        with self._turn:
            self._interpreter.set_tensor(self._input["index"], value)
            self._interpreter.invoke()
            output = self._interpreter.get_tensor(self._output["index"])
        if self._score_axis is None:
            if (output != np.floor(output)).any():
                raise SemanticsError(
                    f"{self._path}: gives fractions where class ids are wanted, as a matte or a depth map has them: "
                    "choose a model that gives class ids, or a score for each class"
                )
            return resized_ids(output.reshape(self._plane(output.shape)).astype(np.int64), self.height, self.width)
        return best_class(np.moveaxis(output, self._score_axis, 0)[:, 0], self.height, self.width)

    def _picture_axes(self) -> tuple[bool, int, int]:
        shape = tuple(int(side) for side in self._input["shape"])
        signature = tuple(int(side) for side in self._input.get("shape_signature", shape))
        if len(shape) != 4 or shape[0] != 1 or 3 not in (shape[1], shape[3]):
            raise SemanticsError(f"{self._path}: takes an input of shape {list(shape)}, which is no RGB picture")
        if -1 in signature[1:]:
            raise SemanticsError(f"{self._path}: its input has no fixed size: convert it with one, such as 1x513x513x3")
        channels_first = shape[3] != 3
        return (channels_first, *(shape[2:] if channels_first else shape[1:3]))

    def _axis_of_scores(self, labels: LabelSet) -> int | None:
        """The axis of the output along which the classes are; None where the output holds ids."""
        classes = len(labels.classes)
        shape = tuple(int(side) for side in self._output["shape"])
        planes = [axis for axis in (3, 1) if len(shape) == 4 and shape[axis] == classes]
        if planes and shape[0] == 1:
            return planes[0]
        if len([side for side in shape if side > 1]) <= 2 and len(shape) in (3, 4) and shape[0] == 1:
            self._refuse_other_classes(labels)
            return None
        wanted = "its own label set" if len(shape) == 4 else "a segmentation model"
        raise SemanticsError(
            f"{self._path}: gives an output of shape {list(shape)}, which is neither a map of class ids nor scores of "
            f"{classes} classes: choose {wanted}"
        )

    def _refuse_other_classes(self, labels: LabelSet) -> None:
        """Ids are of any label set with enough classes, so a wrong one would pass for a map of other things."""
        own, classes = classes_of_arg_max(self._path.read_bytes()), len(labels.classes)
        if own is None or own == classes or (own == classes + 1 and labels.void == classes):
            return
        raise SemanticsError(
            f"{self._path}: chooses among {own} classes, and {labels.name} has {classes}: choose its own label set"
        )

    def _plane(self, shape: tuple[int, ...]) -> tuple[int, int]:
        sides = shape[1:3] if len(shape) == 3 or shape[3] == 1 else shape[2:]
        return sides[0], sides[1]

    def _fed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        """A batch of one in the input's own type: quantised inputs take the samples, signed ones less 128."""
        kind = np.dtype(self._input["dtype"])
        if kind == np.uint8:
            return np.ascontiguousarray(rgb[None])
        if kind == np.int8:
            return (rgb[None].astype(np.int16) - 128).astype(np.int8)
        divisor, offset = _RANGES[self._float_range]
        return (rgb[None].astype(np.float32) / np.float32(divisor) + np.float32(offset)).astype(kind)


def best_class(scores: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[np.int64]:
    """The class of the highest score, the lowest of equals; scores `[C, h, w]` are scaled to the size first."""
    if scores.shape[1:] == (height, width):
        ids: npt.NDArray[np.int64] = scores.argmax(axis=0)
        return ids
    best = np.full((height, width), -np.inf, np.float32)
    ids = np.zeros((height, width), np.int64)
    for number, plane in enumerate(scores):
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        scaled = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
        higher = scaled > best
        best[higher], ids[higher] = scaled[higher], number
    return ids


def _open(path: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    if not path.is_file():
        raise WeightsMissing(f"{path}: there is no such model: give the path of a .tflite file")
    try:
        interpreter = Interpreter(str(path), num_threads=2)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SemanticsError(f"{path}: cannot be opened as a LiteRT model: {reason}") from error
    return interpreter
