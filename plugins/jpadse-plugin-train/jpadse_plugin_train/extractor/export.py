"""The trained extractor as an ONNX file: uint8 picture in, logits out, weights stored in half precision."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from jpadse_plugin_train.extractor.model import DeepLab, fold_norms
from jpadse_plugin_train.extractor.train import network_of

_OPSET = 18
_HALVED_FROM = 64


class Deployed(nn.Module):
    """The network behind the file's interface.

    Input `picture`: uint8 `[1, H, W, 3]`, sRGB, `H` and `W` multiples of 32.
    Output `logits`: float32 `[1, len(TEXTURES), H / 4, W / 4]`.
    """

    def __init__(self, network: DeepLab) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        logits: Tensor = self.network(picture.permute(0, 3, 1, 2).to(torch.float32))
        return logits


def export(network: DeepLab, file: Path) -> str:
    """Write `network` to `file`, whole or not at all, and return the file's sha256.

    The network is folded and its weights are rounded to half precision in place: it then computes what the file does.
    """
    fold_norms(network.eval())
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.numel() >= _HALVED_FROM:
                parameter.copy_(parameter.half().float())
    rows, columns = torch.export.Dim("rows", max=512), torch.export.Dim("columns", max=512)
    program = torch.onnx.export(
        Deployed(network).eval(),
        (torch.zeros(1, 96, 128, 3, dtype=torch.uint8),),
        input_names=["picture"],
        output_names=["logits"],
        opset_version=_OPSET,
        dynamo=True,
        dynamic_shapes={"picture": {1: 32 * rows, 2: 32 * columns}},
        verbose=False,
    )
    assert program is not None
    model = program.model_proto
    _halve(model.graph)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    partial = file.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(file)
    return hashlib.sha256(data).hexdigest()


def _halve(graph: onnx.GraphProto) -> None:
    """Store big weights as float16 with a cast behind each, which ONNX Runtime folds when it loads the file."""
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= _HALVED_FROM:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m jpadse_plugin_train.extractor.export", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    options = parser.parse_args()
    print(export(network_of(options.checkpoint), options.out), options.out)


if __name__ == "__main__":
    main()
