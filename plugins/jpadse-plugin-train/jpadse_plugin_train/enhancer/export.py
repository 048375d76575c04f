"""The trained enhancer as an ONNX graph from bytes to bytes: normalisation, dial, rounding and clipping inside."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch

from jpadse_core.builtin.conditioning import HINT_SIZE
from jpadse_plugin_train.enhancer.deployed import Deployed
from jpadse_plugin_train.enhancer.model import CELL
from jpadse_plugin_train.enhancer.state import read_network

_ROWS, _COLUMNS = "rows", "columns"


def export(weights: Path, target: Path) -> None:
    """Write the ONNX graph of safetensors weights, or write that of an older ONNX file anew.

    Args:
        weights: what `train` wrote, or a file that this function wrote.
        target: the `.onnx` file; written whole or not at all.
    """
    partial = target.with_suffix(".partial")
    try:
        _export(weights, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _export(weights: Path, target: Path) -> None:
    network = read_network(weights)
    side = 64
    example = (
        torch.zeros(1, side, side, 3, dtype=torch.uint8),
        torch.zeros(1, side // CELL, side // CELL, dtype=torch.uint8),
        torch.zeros(1, HINT_SIZE),
        torch.zeros(1, 2),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Deployed(network).eval(),
            example,
            str(target),
            dynamo=False,
            opset_version=17,
            do_constant_folding=False,  # weights keep the names by which training goes on from the file
            input_names=["picture", "textures", "hints", "dial"],
            output_names=["enhanced"],
            dynamic_axes={
                "picture": {1: "height", 2: "width"},
                "textures": {1: _ROWS, 2: _COLUMNS},
                "dial": {0: "points"},
                "enhanced": {0: "points", 1: "height", 2: "width"},
            },
        )
    model = onnx.load(str(target))
    _name_sizes(model.graph)
    onnx.save(model, str(target))


def _name_sizes(graph: onnx.GraphProto) -> None:
    """Say of every convolution that its output has the map's size: ONNX Runtime leaves its blocked layout wherever it
    cannot prove that two tensors have the same shape."""
    for node in graph.node:
        if node.op_type == "Conv":
            shape = [1, None, _ROWS, _COLUMNS]
            graph.value_info.append(onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, shape))
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _name_sizes(attribute.g)
