"""The triangle's corners against plain JPEG at equal bytes: distortion, perception, and what frozen networks still see.

    python examples/corners.py FOLDER --quality 5 [--segmenter A.tflite] [--classifier B.tflite] [--size 1024x512]

The networks judge by agreement with their own answer on the original: mean intersection over union of the classes that
occur in it, and whether the most likely class is the same. Neither was used in training. Needs
`pip install 'jpadse[measure]' ai-edge-litert`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from jpadse_core import build_pipeline
from jpadse_core.builtin.ssimulacra2 import Ssimulacra2
from jpadse_core.comparison.equal_bytes import plain_at_least
from jpadse_core.comparison.report import CORNERS
from jpadse_core.distortion import psnr

Picture = npt.NDArray[np.uint8]


class Judge:
    """A frozen `.tflite` network that takes one uint8 picture of a fixed size."""

    def __init__(self, path: Path) -> None:
        self._interpreter = Interpreter(str(path))
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]

    def answer(self, rgb: Picture) -> npt.NDArray[np.generic]:
        """Its output for a picture that is squeezed to its input size."""
        height, width = (int(side) for side in self._input["shape"][1:3])
        seen = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))[None]
        if self._input["dtype"] != np.uint8:
            seen = (seen / 127.5 - 1).astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], seen)
        self._interpreter.invoke()
        return np.squeeze(self._interpreter.get_tensor(self._output["index"]))


def halves(rgb: Picture) -> list[Picture]:
    """A wide picture as two, so that the judge sees it less squeezed."""
    height, width = rgb.shape[:2]
    return [rgb] if width < 1.8 * height else [rgb[:, : width // 2], rgb[:, width // 2 :]]


def confusion(judge: Judge, original: Picture, picture: Picture) -> npt.NDArray[np.int64]:
    """Pixels by the judge's class on the original and on the picture, `[256, 256]`."""
    counts = np.zeros(65536, np.int64)
    for reference, part in zip(halves(original), halves(picture), strict=True):
        pairs = judge.answer(reference).astype(np.int64) * 256 + judge.answer(part).astype(np.int64)
        counts += np.bincount(pairs.ravel(), minlength=65536)
    return counts.reshape(256, 256)


def mean_iou(counts: npt.NDArray[np.int64]) -> float:
    """Per cent, over the classes that occur in the reference."""
    union = counts.sum(0) + counts.sum(1) - counts.diagonal()
    there = counts.sum(1) > 0
    return float(100 * (counts.diagonal()[there] / union[there]).mean())


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quality", type=int, default=5)
    parser.add_argument("--segmenter", type=Path)
    parser.add_argument("--classifier", type=Path)
    parser.add_argument("--size", help="resize pictures to WIDTHxHEIGHT first")
    arguments = parser.parse_args()
    segmenter = Judge(arguments.segmenter) if arguments.segmenter else None
    classifier = Judge(arguments.classifier) if arguments.classifier else None
    ssimulacra2 = Ssimulacra2()
    rows: dict[str, list[list[float]]] = {}
    counts: dict[str, npt.NDArray[np.int64]] = {}

    def judged(label: str, original: Picture, picture: Picture, size: int) -> None:
        rate = size * 8 / (original.shape[0] * original.shape[1])
        same = (
            [float(classifier.answer(original).argmax() == classifier.answer(picture).argmax()) * 100]
            if classifier
            else []
        )
        rows.setdefault(label, []).append(
            [rate, psnr(original, picture), ssimulacra2.measure(original, picture), *same]
        )
        if segmenter:
            counts[label] = counts.get(label, 0) + confusion(segmenter, original, picture)

    variants: dict[str, str | None] = {"": "deeplab", ", no semantics": None}
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in {".png", ".webp", ".jpg"})
    for path in paths:
        image = Image.open(path).convert("RGB")
        if arguments.size:
            width, height = arguments.size.split("x")
            image = image.resize((int(width), int(height)), Image.Resampling.LANCZOS)
        original = np.asarray(image)
        for suffix, semantics in variants.items():
            pipeline = build_pipeline("jpeg", semantics)
            encoded = pipeline.encode(original, quality=arguments.quality)
            if not suffix:
                plain = plain_at_least(pipeline.codec, original, len(encoded), {})
                judged("plain JPEG, at least as many bytes", original, plain.picture, plain.size)
            for corner in CORNERS:
                judged(f"{corner}{suffix}", original, pipeline.decode(encoded, corner), len(encoded))
    print(f"{len(paths)} pictures of {arguments.folder.name}, q{arguments.quality}\n")
    heads = ["bpp", "PSNR", "SSIMULACRA2"]
    heads += ["top-1 agreement %"] if classifier else []
    heads += ["mIoU agreement %"] if segmenter else []
    print("| | " + " | ".join(heads) + " |")
    print("| --- |" + " --- |" * len(heads))
    for label, values in rows.items():
        means = np.mean(values, axis=0)
        cells = [f"{means[0]:.4f}", *(f"{mean:.2f}" for mean in means[1:])]
        cells += [f"{mean_iou(counts[label]):.1f}"] if segmenter else []
        print(f"| {label} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
