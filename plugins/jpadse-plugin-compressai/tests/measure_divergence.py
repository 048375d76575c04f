"""Decode one picture's bytes under other instruction sets and thread counts: by CompressAI itself, and by this plugin.

python measure_divergence.py PICTURE [ARCHITECTURE...]

The models have random weights and the widths of the zoo's lower qualities; the picture is cropped to 256 x 256. Printed
for each setting: scale indexes that floating point gives otherwise than when the picture was encoded, dB between the
picture that CompressAI decodes and the one that it decoded then, whether this plugin's latents are the encoder's, and
the samples of its picture that differ, and by how much.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SETTINGS: dict[str, dict[str, str]] = {
    "as encoded": {},
    "3 threads": {"THREADS": "3"},
    "oneDNN SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "ATen default": {"ATEN_CPU_CAPABILITY": "default"},
    "MKL compatible": {"MKL_CBWR": "COMPATIBLE"},
    "without oneDNN": {"ONEDNN": "0"},
}


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean((a.astype(float) - b) ** 2)
    return float("inf") if not error else 10 * np.log10(255**2 / error)


def main(picture: str, *architectures: str) -> None:
    architectures = architectures or ("bmshj2018-hyperprior", "mbt2018-mean", "mbt2018", "cheng2020-attn")
    with tempfile.TemporaryDirectory() as name:
        for setting, variables in SETTINGS.items():
            environment = os.environ | {"JPADSE_CACHE": name, "THREADS": "1"} | variables
            command = [sys.executable, "-W", "ignore", __file__, "--one", name, picture, *architectures]
            subprocess.run(command, env=environment, check=True)
            for architecture in architectures:
                first, now = (np.load(Path(name) / f"{architecture}-{run}.npz") for run in ("first", "now"))
                off = np.abs(first["ours"].astype(int) - now["ours"])
                print(
                    f"{setting:<15} {architecture:<21} {np.count_nonzero(first['indexes'] != now['indexes'])} of "
                    f"{now['indexes'].size}, {psnr(first['theirs'], now['theirs']):.1f} dB, "
                    f"{'equal' if now['equal'] else 'refused'}, {np.mean(off > 0):.4%} by {off.max()}",
                    flush=True,
                )


def one(folder: Path, picture: str, *architectures: str) -> None:
    """Encode in the first process, decode in all."""
    sys.path.insert(0, str(Path(__file__).parent))
    import torch
    from PIL import Image
    from tiny_models import codec, tiny_model

    from jpadse_core import BitstreamCorrupt
    from jpadse_plugin_compressai.library import model_architectures

    torch.set_num_threads(int(os.environ["THREADS"]))
    torch.backends.mkldnn.enabled = os.environ.get("ONEDNN") != "0"
    with Image.open(picture) as image:
        rgb = np.array(image.convert("RGB").crop((0, 0, 256, 256)))
    for architecture in architectures:
        made, weights = codec(architecture), folder / f"{architecture}.pth.tar"
        encoding = not weights.exists()
        if encoding:
            widths = (128,) if architecture.startswith("cheng2020") else (128, 192)
            torch.save(tiny_model(architecture, widths).state_dict(), weights)
        model = model_architectures[architecture].from_state_dict(torch.load(weights)).eval()
        with torch.inference_mode():
            if encoding:
                coded = model.compress(torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255)
                torch.save((made.encode(rgb, made.Options(weights=weights)), coded), folder / architecture)
            payload, coded = torch.load(folder / architecture, weights_only=False)
            z = model.entropy_bottleneck.decompress(coded["strings"][1], coded["shape"])
            scales = model.h_s(z).chunk(1 if architecture == "bmshj2018-hyperprior" else 2, 1)[0]
            theirs = (model.decompress(**coded)["x_hat"][0].clamp(0, 1) * 255).round().byte().numpy()
            indexes = model.gaussian_conditional.build_indexes(scales).numpy()
        try:
            ours, equal = made.decode(payload), True
        except BitstreamCorrupt:
            ours, equal = np.zeros_like(rgb), False
        for run in ("now", "first") if encoding else ("now",):
            np.savez(folder / f"{architecture}-{run}", indexes=indexes, theirs=theirs, ours=ours, equal=equal)


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        one(Path(sys.argv[2]), *sys.argv[3:])
    else:
        main(*sys.argv[1:])
