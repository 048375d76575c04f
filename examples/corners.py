"""The triangle's corners against the plain codec at equal bytes: distortion, perception, and what frozen networks see.

    python examples/corners.py FOLDER --quality 5 [--codec jpeg] [--size 1024x512] [--perception]
        [--segmenter A.tflite [--labels FOLDER]] [--classifier B.tflite]

The networks judge by agreement with their own answer on the original: mean intersection over union of the classes that
occur in it, and whether the most likely class is the same. `--labels` adds the segmenter's mIoU against Cityscapes'
label maps (19 classes) of the same names. `--perception` adds ST-LPIPS and the Fréchet distance of EfficientNet-Lite0's
features of 256-pixel patches. The map is sent whatever it shows, and the last rows are without one. Needs `pip install
'jpadse[measure]' ai-edge-litert`, and for `--perception` `jpadse-plugin-evaluate[deep]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from jpadse_core import build_pipeline
from jpadse_core.builtin.ssimulacra2 import Ssimulacra2
from jpadse_core.comparison.equal_bytes import plain_at_least
from jpadse_core.comparison.report import CORNERS
from jpadse_core.distortion import psnr
from jpadse_core.interfaces.label_sets import CITYSCAPES_19, CITYSCAPES_34

Picture = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
_VOID = 255


class Judge:
    """A frozen `.tflite` network that takes one uint8 picture of a fixed size."""

    def __init__(self, path: Path) -> None:
        self._interpreter = Interpreter(str(path))
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self.size = int(self._input["shape"][2]), int(self._input["shape"][1])

    def answer(self, rgb: Picture) -> npt.NDArray[np.generic]:
        """Its output for a picture that is squeezed to its input size."""
        seen = np.asarray(Image.fromarray(rgb).resize(self.size, Image.Resampling.BILINEAR))[None]
        if self._input["dtype"] != np.uint8:
            seen = (seen / 127.5 - 1).astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], seen)
        self._interpreter.invoke()
        return np.squeeze(self._interpreter.get_tensor(self._output["index"]))


def halves(rgb: Picture) -> list[Picture]:
    """A wide picture as two, so that the judge sees it less squeezed."""
    height, width = rgb.shape[:2]
    return [rgb] if width < 1.8 * height else [rgb[:, : width // 2], rgb[:, width // 2 :]]


def classes_seen(judge: Judge, picture: Picture) -> list[npt.NDArray[np.int64]]:
    """The judge's answer for each view of a picture."""
    return [judge.answer(half).astype(np.int64) for half in halves(picture)]


def confusion(reference: list[npt.NDArray[np.int64]], seen: list[npt.NDArray[np.int64]]) -> Counts:
    """Pixels by class of the reference and by class seen, `[256, 256]`."""
    counts = np.zeros(65536, np.int64)
    for known, answer in zip(reference, seen, strict=True):
        counts += np.bincount((known * 256 + answer).ravel(), minlength=65536)
    return counts.reshape(256, 256)


def mean_iou(counts: Counts) -> float:
    """Per cent, over the classes that occur in the reference."""
    counts = counts[:_VOID]
    union = counts.sum(0)[:_VOID] + counts.sum(1) - counts.diagonal()
    there = counts.sum(1) > 0
    return float(100 * (counts.diagonal()[there] / union[there]).mean())


def true_classes(path: Path, judge: Judge, picture: Picture) -> list[npt.NDArray[np.int64]]:
    """Cityscapes' 19 classes of a labelIds file at the judge's resolution, for each of its views; 255 is void."""
    lookup = np.full(256, _VOID, np.uint8)
    for number, name in enumerate(CITYSCAPES_34.classes):
        if name in CITYSCAPES_19.classes:
            lookup[number] = CITYSCAPES_19.classes.index(name)
    size = picture.shape[1], picture.shape[0]
    ids = np.asarray(Image.fromarray(lookup[np.asarray(Image.open(path))]).resize(size, Image.Resampling.NEAREST))
    views = [np.asarray(Image.fromarray(half).resize(judge.size, Image.Resampling.NEAREST)) for half in halves(ids)]
    return [view.astype(np.int64) for view in views]


class Table:
    """What is measured, row by row; arguments as of the command."""

    def __init__(
        self,
        segmenter: Path | None = None,
        labels: Path | None = None,
        classifier: Path | None = None,
        perception: bool = False,
    ) -> None:
        self._segmenter = None if segmenter is None else Judge(segmenter)
        self._classifier = None if classifier is None else Judge(classifier)
        self._labels = labels
        self._ssimulacra2 = Ssimulacra2()
        self._rows: dict[str, list[dict[str, float]]] = {}
        self._agreement: dict[str, Counts] = {}
        self._truth: dict[str, Counts] = {}
        self._patches: dict[str, list[npt.NDArray[np.float32]]] = {}
        self._deep = perception
        if self._deep:
            from jpadse_plugin_evaluate.measures.backbones import EfficientNetLite0
            from jpadse_plugin_evaluate.measures.deep import StLpips

            self._st_lpips, self._backbone = StLpips(), EfficientNetLite0()

    def look_at(self, name: str, original: Picture) -> None:
        """Begin with a picture."""
        self._original = original
        if self._segmenter:
            self._answer = classes_seen(self._segmenter, original)
        if self._segmenter and self._labels:
            self._known = true_classes(self._labels / f"{name}.png", self._segmenter, original)
            self._add(self._truth, "original", confusion(self._known, self._answer))
        if self._classifier:
            self._class = int(self._classifier.answer(original).argmax())
        if self._deep:
            self._describe("original", original)
            self._seen = self._features(original)

    def judge(self, label: str, picture: Picture, size: int) -> None:
        """Add a decoded picture whose file has `size` bytes."""
        original = self._original
        row = {
            "bpp": size * 8 / (original.shape[0] * original.shape[1]),
            "PSNR": psnr(original, picture),
            "SSIMULACRA2": self._ssimulacra2.measure(original, picture),
        }
        if self._deep:
            row["ST-LPIPS"] = float(self._st_lpips.between(self._features(picture), self._seen))
            self._describe(label, picture)
        if self._classifier:
            row["top-1 agreement %"] = 100.0 * (self._class == int(self._classifier.answer(picture).argmax()))
        if self._segmenter:
            seen = classes_seen(self._segmenter, picture)
            self._add(self._agreement, label, confusion(self._answer, seen))
            if self._labels:
                self._add(self._truth, label, confusion(self._known, seen))
        self._rows.setdefault(label, []).append(row)

    def _add(self, counts: dict[str, Counts], label: str, more: Counts) -> None:
        counts[label] = counts.get(label, 0) + more

    def _features(self, picture: Picture) -> list[Any]:
        import torch

        with torch.inference_mode():
            return self._st_lpips.features(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255)

    def _describe(self, label: str, picture: Picture) -> None:
        from jpadse_plugin_evaluate.measures.frechet import patches_of

        self._patches.setdefault(label, []).append(self._backbone.describe(patches_of(picture)))

    def _of_all(self, label: str) -> dict[str, float]:
        """What is measured over all pictures together."""
        found = {}
        if self._deep:
            from jpadse_plugin_evaluate.measures.frechet import frechet_distance

            sets = [np.concatenate(self._patches[name]).astype(np.float64) for name in ("original", label)]
            found["FD"] = frechet_distance(*sets)
        if self._segmenter:
            found["mIoU agreement %"] = mean_iou(self._agreement[label])
        if self._truth:
            found["mIoU %"] = mean_iou(self._truth[label])
        return found

    def lines(self) -> Iterator[str]:
        """The table in Markdown."""
        for number, (label, rows) in enumerate(self._rows.items()):
            cells = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} | self._of_all(label)
            if number == 0:
                yield f"| | {' | '.join(cells)} |"
                yield "| --- |" + " --- |" * len(cells)
            shown = [f"{value:.4f}" if name in ("bpp", "ST-LPIPS") else f"{value:.2f}" for name, value in cells.items()]
            yield f"| {label} | {' | '.join(shown)} |"
        if self._truth:
            yield f"\nmIoU on the originals: {mean_iou(self._truth['original']):.2f} %"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", default="jpeg")
    parser.add_argument("--quality", type=float, default=5, help="value of the codec's quality option")
    parser.add_argument("--segmenter", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--classifier", type=Path)
    parser.add_argument("--perception", action="store_true")
    parser.add_argument("--size", help="resize pictures to WIDTHxHEIGHT first")
    parser.add_argument("--first", type=int, help="of the pictures, in the order of their names")
    arguments = parser.parse_args()
    table = Table(arguments.segmenter, arguments.labels, arguments.classifier, arguments.perception)
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in {".png", ".webp", ".jpg"})
    paths = paths[: arguments.first]
    for path in paths:
        image = Image.open(path).convert("RGB")
        if arguments.size:
            width, height = arguments.size.split("x")
            image = image.resize((int(width), int(height)), Image.Resampling.LANCZOS)
        original = np.asarray(image)
        table.look_at(path.stem, original)
        for suffix, semantics in (("", "deeplab"), (", no semantics", None)):
            pipeline = build_pipeline(arguments.codec, semantics, semantics_rate=0)
            scale = pipeline.codec.quality_scale
            quality = int(arguments.quality) if scale.integer else arguments.quality
            encoded = pipeline.encode(original, **{scale.option: quality})
            if not suffix:
                plain = plain_at_least(pipeline.codec, original, len(encoded), {})
                table.judge(f"plain {arguments.codec}, at least as many bytes", plain.picture, plain.size)
            for corner in CORNERS:
                table.judge(f"{corner}{suffix}", pipeline.decode(encoded, corner), len(encoded))
    print(f"{len(paths)} pictures of {arguments.folder.name}, {arguments.codec} at {arguments.quality:g}\n")
    print("\n".join(table.lines()))


if __name__ == "__main__":
    main()
