"""What the graph inside a `.tflite` file tells of the classes that it chooses among."""

from __future__ import annotations

import math
from typing import Any


def classes_of_arg_max(model: bytes) -> int | None:
    """How many classes the first output of a model is the arg-max of; None where it is none, or its size is not fixed.

    Args:
        model: a file that LiteRT opens.
    """
    from ai_edge_litert import schema_py_generated as schema

    operators = schema.BuiltinOperator
    kept = {operators.RESHAPE, operators.SQUEEZE, operators.EXPAND_DIMS, operators.CAST}
    root = schema.Model.GetRootAs(model)
    graph = root.Subgraphs(0)
    makers = {
        int(graph.Operators(number).Outputs(0)): graph.Operators(number) for number in range(graph.OperatorsLength())
    }
    output = int(graph.Outputs(0))
    while (maker := makers.pop(output, None)) is not None:
        code = root.OperatorCodes(maker.OpcodeIndex())
        source = int(maker.Inputs(0))
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # a file of either age has its code in one
        if kind == operators.ARG_MAX:
            scores, ids = _count(graph.Tensors(source)), _count(graph.Tensors(output))
            return scores // ids if ids > 0 and scores > 0 else None
        if kind not in kept:
            return None
        output = source
    return None


def _count(tensor: Any) -> int:
    return math.prod(int(tensor.Shape(axis)) for axis in range(tensor.ShapeLength()))
