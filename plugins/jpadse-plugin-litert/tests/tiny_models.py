"""Tiny `.tflite` models, written byte by byte: a 1 x 1 convolution that scores three classes red, green and blue."""

from __future__ import annotations

from typing import Any, Literal

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

SIDE = 16
Kind = Literal["float", "uint8", "int8"]

_TYPES = {"float": schema.TensorType.FLOAT32, "uint8": schema.TensorType.UINT8, "int8": schema.TensorType.INT8}
_NUMPY = {"float": np.float32, "uint8": np.uint8, "int8": np.int8}
_ZERO = {"float": 0, "uint8": 128, "int8": 0}


class _Builder:
    def __init__(self) -> None:
        self.tensors: list[Any] = []
        self.buffers = [schema.BufferT()]

    def tensor(self, shape: list[int], kind: int, scale: float, zero: int, data: np.ndarray | None = None) -> int:
        buffer = schema.BufferT()
        if data is not None:
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
        self.buffers.append(buffer)
        quantisation = schema.QuantizationParametersT()
        if scale:
            quantisation.scale, quantisation.zeroPoint = [scale], [zero]
        made = schema.TensorT(shape=shape, type=kind, buffer=len(self.buffers) - 1, name=f"tensor{len(self.tensors)}")
        made.quantization = quantisation
        self.tensors.append(made)
        return len(self.tensors) - 1


def colour_model(kind: Kind = "float", *, arg_max: bool = False, classes: int = 3) -> bytes:
    """A model of input `[1, 16, 16, 3]` with the scores of every pixel, or with the class of the highest."""
    build = _Builder()
    scale, zero = (0.0, 0) if kind == "float" else (1 / 128, _ZERO[kind])
    picture = build.tensor([1, SIDE, SIDE, 3], _TYPES[kind], scale, zero)
    weights = np.full((classes, 1, 1, 3), zero, _NUMPY[kind])
    for number in range(classes):
        weights[number, 0, 0, number] = 1 if kind == "float" else zero + 64
    filters = build.tensor(list(weights.shape), _TYPES[kind], scale, zero, weights)
    bias_kind = schema.TensorType.FLOAT32 if kind == "float" else schema.TensorType.INT32
    bias_data = np.zeros(classes, np.float32 if kind == "float" else np.int32)
    bias = build.tensor([classes], bias_kind, scale * scale, 0, bias_data)
    scores = build.tensor([1, SIDE, SIDE, classes], _TYPES[kind], scale, zero)
    convolution = schema.Conv2DOptionsT(strideW=1, strideH=1, dilationWFactor=1, dilationHFactor=1)
    operators = [_operator(0, [picture, filters, bias], scores, schema.BuiltinOptions.Conv2DOptions, convolution)]
    output = scores
    if arg_max:
        axis = build.tensor([1], schema.TensorType.INT32, 0.0, 0, np.array([3], np.int32))
        output = build.tensor([1, SIDE, SIDE], schema.TensorType.INT32, 0.0, 0)
        options = schema.ArgMaxOptionsT(outputType=schema.TensorType.INT32)
        operators.append(_operator(1, [scores, axis], output, schema.BuiltinOptions.ArgMaxOptions, options))
    graph = schema.SubGraphT(tensors=build.tensors, inputs=[picture], outputs=[output], operators=operators)
    codes = [
        schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=version)
        for code, version in ((schema.BuiltinOperator.CONV_2D, 3), (schema.BuiltinOperator.ARG_MAX, 1))
    ]
    model = schema.ModelT(version=3, operatorCodes=codes, subgraphs=[graph], buffers=build.buffers)
    packed = flatbuffers.Builder(4096)
    packed.Finish(model.Pack(packed), file_identifier=b"TFL3")
    return bytes(packed.Output())


def _operator(code: int, inputs: list[int], output: int, options_type: int, options: Any) -> Any:
    return schema.OperatorT(
        opcodeIndex=code, inputs=inputs, outputs=[output], builtinOptionsType=options_type, builtinOptions=options
    )
