"""Enhancement against MozJPEG, and of MozJPEG's own files: both JPEG encoders, plain and with a sidecar.

    python examples/mozjpeg.py FOLDER [--first N]

Both encoders have libjpeg's tables, 4:2:0 and the qualities 5, 10, 20 and 40; MozJPEG's trellis then chooses
coefficients, and its scans are progressive. Sidecars are attached to either's files and decoded for distortion; all
bytes count. BD-rate by PCHIP over the means of all pictures. Needs `pip install jpeglib bjontegaard`.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import bjontegaard
import jpeglib
import numpy as np
import numpy.typing as npt
from PIL import Image
from results_page import pictures_in

from jpadse_core import Pipeline, build_pipeline, decode
from jpadse_core.builtin.ssimulacra2 import Ssimulacra2
from jpadse_core.distortion import psnr

Picture = npt.NDArray[np.uint8]
QUALITIES = (5, 10, 20, 40)
VERSION = "mozjpeg403"


def by_libjpeg(rgb: Picture, quality: int) -> bytes:
    """A file of libjpeg-turbo, with Huffman tables made for it."""
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=quality, optimize=True)
    return target.getvalue()


def by_mozjpeg(rgb: Picture, quality: int) -> bytes:
    """A file of MozJPEG with the tables that libjpeg has at this quality."""
    with Image.open(io.BytesIO(by_libjpeg(rgb, quality))) as image:
        tables = np.array([image.quantization[index] for index in (0, 1)], np.uint16).reshape(2, 8, 8)
    with tempfile.TemporaryDirectory() as folder, jpeglib.version(VERSION):
        file = Path(folder) / "moz.jpg"
        picture = jpeglib.from_spatial(rgb)
        picture.samp_factor = "4:2:0"
        picture.write_spatial(str(file), qt=tables)
        return file.read_bytes()


ENCODERS: dict[str, Callable[[Picture, int], bytes]] = {"libjpeg": by_libjpeg, "MozJPEG": by_mozjpeg}


def measured(rgb: Picture, data: bytes, decoded: Picture, metric: Ssimulacra2) -> tuple[float, float, float]:
    """Bits per pixel, PSNR and SSIMULACRA2."""
    return len(data) * 8 / rgb[..., 0].size, psnr(rgb, decoded), metric.measure(rgb, decoded)


def curves(files: list[Path], pipeline: Pipeline) -> dict[str, npt.NDArray[np.float64]]:
    """By encoder, plain and enhanced: means `[qualities, 3]` of `measured`."""
    metric, found = Ssimulacra2(), {}
    for (name, encode), quality in product(ENCODERS.items(), QUALITIES):
        plain, enhanced = [], []
        for file in files:
            rgb = np.asarray(Image.open(file).convert("RGB"))
            data = encode(rgb, quality)
            attached = pipeline.attach(data, rgb)
            plain.append(measured(rgb, data, decode(data, enhance=False), metric))
            enhanced.append(measured(rgb, attached, decode(attached), metric))
        found.setdefault(name, []).append(np.mean(plain, axis=0))
        found.setdefault(f"{name}, enhanced", []).append(np.mean(enhanced, axis=0))
    return {name: np.array(points) for name, points in found.items()}


def bd_rate(anchor: npt.NDArray[np.float64], test: npt.NDArray[np.float64], figure: int) -> float:
    """Per cent of bytes; below 0 the test curve takes fewer."""
    given = anchor[:, 0], anchor[:, figure], test[:, 0], test[:, figure]
    return float(bjontegaard.bd_rate(*given, method="pchip", min_overlap=0.5))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, help="only so many pictures, by name")
    given = parser.parse_args()
    found = curves(pictures_in(given.folder)[: given.first], build_pipeline("jpeg"))
    for name, points in found.items():
        print(name, " ".join(f"({bits:.4f} bpp, {decibels:.2f} dB, {score:.2f})" for bits, decibels, score in points))
    print("\n| | against | PSNR | SSIMULACRA2 |\n| --- | --- | --- | --- |")
    pairs = (("MozJPEG", "libjpeg"), ("libjpeg, enhanced", "libjpeg"), ("libjpeg, enhanced", "MozJPEG"),
             ("MozJPEG, enhanced", "MozJPEG"), ("MozJPEG, enhanced", "libjpeg, enhanced"))  # fmt: skip
    for test, anchor in pairs:
        rates = (bd_rate(found[anchor], found[test], figure) for figure in (1, 2))
        print(f"| {test} | {anchor} | " + " | ".join(f"{rate:+.1f} %" for rate in rates) + " |")


if __name__ == "__main__":
    main()
