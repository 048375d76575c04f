"""Weights out of an exported ONNX file: training goes on from what was shipped, wherever its own state went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor

_PREFIX = "network."
_HALVED = ".half"


def read_onnx_weights(file: Path) -> dict[str, Tensor]:
    """The named weights of a file that `extractor.export` or `enhancer.export` wrote, float32, by their torch names.

    Raises:
        ValueError: it is another file.
    """
    found = {}
    try:
        graph = onnx.load(str(file)).graph
    except DecodeError as error:
        raise ValueError(f"{file} is no ONNX file: give one that JPADSE exported") from error
    for weight in graph.initializer:
        if weight.name.startswith(_PREFIX):
            name = weight.name.removeprefix(_PREFIX).removesuffix(_HALVED)
            found[name] = torch.from_numpy(numpy_helper.to_array(weight).astype(np.float32))
    if not found:
        raise ValueError(f"{file} has no weights by their names in training: give one that JPADSE exported")
    return found
