"""What exactness costs: bytes and CPU seconds of one picture by CompressAI itself and by this plugin.

python measure_cost.py PICTURE [ARCHITECTURE...]

Models and picture as in measure_divergence.py. The last figures are CPU seconds of the synthesis network in float32, as
it is used, and in float64.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from tiny_models import codec, tiny_model


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and CPU seconds of the second of two runs."""
    work()
    start = time.process_time()
    return work(), time.process_time() - start


@torch.inference_mode()
def main(picture: str, *architectures: str) -> None:
    with Image.open(picture) as image:
        rgb = np.array(image.convert("RGB").crop((0, 0, 256, 256)))
    x = torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255
    for architecture in architectures or ("bmshj2018-hyperprior", "mbt2018-mean", "mbt2018", "cheng2020-attn"):
        model = tiny_model(architecture, (128,) if architecture.startswith("cheng2020") else (128, 192))
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "weights.pth.tar"
            torch.save(model.state_dict(), weights)
            made = codec(architecture)
            payload, encoding = timed(
                lambda made=made, weights=weights: made.encode(rgb, made.Options(weights=weights))
            )
            _, decoding = timed(lambda made=made, payload=payload: made.decode(payload))
        coded, compressing = timed(lambda model=model: model.compress(x))
        _, decompressing = timed(lambda model=model, coded=coded: model.decompress(**coded))
        latents = torch.randn(1, int(model.M), 16, 16)
        _, single = timed(lambda model=model, latents=latents: model.g_s(latents))
        model.double()
        _, double = timed(lambda model=model, latents=latents: model.g_s(latents.double()))
        print(
            f"{architecture}: {sum(len(part[0]) for part in coded['strings'])} and {len(payload)} bytes, encoding "
            f"{compressing:.2f} and {encoding:.2f} s, decoding {decompressing:.2f} and {decoding:.2f} s, synthesis "
            f"{single:.2f} and {double:.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
