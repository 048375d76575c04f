"""Frozen networks of a few bytes, so that what runs the large ones is tested where those are not.

Each sees the colours of a picture of 8 by 8."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

flatbuffers = pytest.importorskip("flatbuffers")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

_SIDE = 8
_TYPES = {"float32": schema.TensorType.FLOAT32, "uint8": schema.TensorType.UINT8, "int32": schema.TensorType.INT32}


class _Graph:
    """A TensorFlow Lite file in the making; tensors are numbers."""

    def __init__(self) -> None:
        self._model, self._graph = schema.ModelT(), schema.SubGraphT()
        self._model.version, self._model.subgraphs = 3, [self._graph]
        self._model.operatorCodes, self._model.buffers = [], [schema.BufferT()]
        self._graph.tensors, self._graph.operators = [], []

    def tensor(self, shape: Sequence[int], dtype: str, values: Any = None) -> int:
        buffer, tensor = schema.BufferT(), schema.TensorT()
        if values is not None:
            buffer.data = np.frombuffer(np.asarray(values, dtype).tobytes(), np.uint8)
        tensor.shape, tensor.type = list(shape), _TYPES[dtype]
        tensor.name, tensor.buffer = str(len(self._graph.tensors)).encode(), len(self._model.buffers)
        self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def add(self, name: str, inputs: list[int], output: int, options: Any) -> int:
        code, operator = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        operator.opcodeIndex, operator.inputs, operator.outputs = len(self._model.operatorCodes), inputs, [output]
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        operator.builtinOptions = options
        self._model.operatorCodes.append(code)
        self._graph.operators.append(operator)
        return output

    def save(self, path: Path, picture: int, *outputs: int) -> Path:
        self._graph.inputs, self._graph.outputs = [picture], list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        path.write_bytes(builder.Output())
        return path


def _seen(graph: _Graph) -> tuple[int, int]:
    """The picture, and the same as floats."""
    shape = (1, _SIDE, _SIDE, 3)
    options = schema.CastOptionsT()
    options.inDataType, options.outDataType = _TYPES["uint8"], _TYPES["float32"]
    picture = graph.tensor(shape, "uint8")
    return picture, graph.add("CAST", [picture], graph.tensor(shape, "float32"), options)


def _mean_colour(graph: _Graph, floats: int) -> int:
    """As shares, `[1, 3]`."""
    axes, share = graph.tensor((2,), "int32", [1, 2]), graph.tensor((1,), "float32", [1 / 255])
    mean = graph.add("MEAN", [floats, axes], graph.tensor((1, 3), "float32"), schema.ReducerOptionsT())
    return graph.add("MUL", [mean, share], graph.tensor((1, 3), "float32"), schema.MulOptionsT())


def segmenter(path: Path) -> Path:
    """Scores `[1, 8, 8, 3]`: every pixel is of the class of its strongest colour."""
    graph = _Graph()
    picture, floats = _seen(graph)
    return graph.save(path, picture, floats)


def classifier(path: Path) -> Path:
    """Scores `[1, 3]`: the strongest colour of the whole."""
    graph = _Graph()
    picture, floats = _seen(graph)
    return graph.save(path, picture, _mean_colour(graph, floats))


def detector(path: Path) -> Path:
    """TensorFlow Lite's detection outputs: a box for every colour, with its mean as score."""
    graph = _Graph()
    picture, floats = _seen(graph)
    boxes = graph.tensor((1, 3, 4), "float32", [[0.1, 0.2, 0.5, 0.6], [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]])
    classes, count = graph.tensor((1, 3), "float32", [0, 1, 2]), graph.tensor((1,), "float32", [3])
    return graph.save(path, picture, boxes, classes, _mean_colour(graph, floats), count)
