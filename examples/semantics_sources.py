"""Semantics transmitted, derived and none against each other at equal rate: which pays when?

    python examples/semantics_sources.py FOLDER [--points 5 10 20 40] [--rates 0 1] [--divisors 8]
        [--segmenter A.tflite] [--size 1024x512] [--since NAME] [--limit N]

Maps are transmitted as they are (rate 0), weighed, and by default, where the enhancer has a use for them. For every
source the BD-rate of the distortion corner's PSNR against plain JPEG, all bytes counted. With a segmenter, the accuracy
corner's agreement with the segmenter's own answer on the originals: mean intersection over union, at the rates of the
first source's files (interpolated over log rate). Needs `pip install 'jpadse[measure]' bjontegaard ai-edge-litert`.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import bjontegaard
import numpy as np
import numpy.typing as npt
from corners import Judge, classes_seen, confusion, mean_iou
from PIL import Image

from jpadse_core import Pipeline, build_pipeline
from jpadse_core.distortion import psnr
from jpadse_core.file_semantics import Divisor

PICTURES = {".png", ".webp", ".jpg", ".jpeg"}
Rgb = npt.NDArray[np.uint8]


@dataclass
class Curve:
    """One source over the qualities: rate and PSNR by picture, and the judge's counts over all pictures."""

    points: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[int, npt.NDArray[np.int64]] = field(default_factory=dict)
    decisions: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, rgb: Rgb, size: int, picture: Rgb) -> None:
        """One picture at one quality."""
        self.points[name].append((size * 8 / (rgb.shape[0] * rgb.shape[1]), psnr(rgb, picture)))

    def judge(self, judge: Judge | None, quality: int, rgb: Rgb, picture: Rgb) -> None:
        """Count what the judge sees in a picture where it saw something in the original."""
        if judge is not None:
            counts = confusion(classes_seen(judge, rgb), classes_seen(judge, picture))
            self.counts[quality] = self.counts.get(quality, 0) + counts

    def rates(self) -> npt.NDArray[np.float64]:
        """Mean bits per pixel at every quality."""
        return np.mean([[rate for rate, _ in points] for points in self.points.values()], axis=0)

    def bd_rate(self, plain: Curve) -> float:
        """Per cent of rate against plain at equal PSNR, mean over pictures."""
        values = []
        for name, points in self.points.items():
            anchor, test = (list(zip(*curve, strict=True)) for curve in (plain.points[name], points))
            values.append(
                bjontegaard.bd_rate(*anchor, *test, method="pchip", require_matching_points=False, min_overlap=0.4)
            )
        return float(np.nanmean(values))


def pipelines(rates: list[float], divisors: list[Divisor]) -> dict[str, Pipeline]:
    """The sources by name."""
    made = {
        f"transmitted at 1/{divisor}, rate {rate:g}": build_pipeline("jpeg", divisor=divisor, semantics_rate=rate)
        for divisor in divisors
        for rate in rates
    }
    made["by default"] = build_pipeline("jpeg")
    made["derived"] = build_pipeline("jpeg", semantics_source="derived")
    made["none"] = build_pipeline("jpeg", semantics_source="none")
    return made


def measure(paths: list[Path], arguments: argparse.Namespace, judge: Judge | None) -> dict[str, Curve]:
    """A curve for plain JPEG and one for every source."""
    sources = pipelines(arguments.rates, arguments.divisors)
    curves = {name: Curve() for name in ("plain", *sources)}
    for path in paths:
        image = Image.open(path).convert("RGB")
        if arguments.size:
            width, height = arguments.size.split("x")
            image = image.resize((int(width), int(height)), Image.Resampling.LANCZOS)
        rgb = np.asarray(image)
        for quality in arguments.points:
            codec = sources["none"].codec
            payload = codec.encode(rgb, codec.Options(quality=quality))
            plain = codec.decode(payload)
            curves["plain"].add(path.name, rgb, len(payload), plain)
            curves["plain"].judge(judge, quality, rgb, plain)
            for name, pipeline in sources.items():
                data = pipeline.encode(rgb, quality=quality)
                curves[name].add(path.name, rgb, len(data), pipeline.decode(data))
                if data.map_choice is not None:
                    curves[name].decisions[data.map_choice.decision] += 1
                if judge is not None:
                    curves[name].judge(judge, quality, rgb, pipeline.decode(data, "accuracy"))
    return curves


def agreement(curve: Curve, rates: npt.NDArray[np.float64]) -> list[float]:
    """Mean IoU in per cent at given rates, interpolated; outside the curve, that of its end."""
    own = curve.rates()
    order = np.argsort(own)
    values = np.array([mean_iou(counts) for counts in curve.counts.values()])
    return np.interp(np.log(rates), np.log(own[order]), values[order]).tolist()


def main() -> None:
    """Measure and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, nargs="+", default=[5, 10, 20, 40])
    parser.add_argument("--rates", type=float, nargs="+", default=[0.0, 1.0], help="values of semantics_rate")
    parser.add_argument("--divisors", type=int, nargs="+", default=[8], help="of the maps that are sent")
    parser.add_argument("--segmenter", type=Path)
    parser.add_argument("--size", help="resize pictures to WIDTHxHEIGHT first")
    parser.add_argument("--since", default="", help="only pictures whose names are this or come later")
    parser.add_argument("--limit", type=int, help="only so many pictures, evenly chosen")
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in PICTURES)
    paths = [path for path in paths if path.name >= arguments.since]
    if arguments.limit:
        paths = paths[:: -(-len(paths) // arguments.limit)]
    curves = measure(paths, arguments, Judge(arguments.segmenter) if arguments.segmenter else None)

    first = next(name for name in curves if name != "plain")
    rates = curves[first].rates()
    heads = ["source", "BD-rate PSNR", "map full / simplified / skipped"]
    heads += [f"mIoU % at {rate:.3f} bpp" for rate in rates] if arguments.segmenter else []
    print(f"{len(paths)} pictures of {arguments.folder.name}, q {', '.join(map(str, arguments.points))}\n")
    print("| " + " | ".join(heads) + " |")
    print("| --- |" + " --- |" * (len(heads) - 1))
    for name, curve in curves.items():
        cells = [name, "0" if name == "plain" else f"{curve.bd_rate(curves['plain']):+.2f} %"]
        decided = " / ".join(str(curve.decisions[key]) for key in ("full", "simplified", "skipped"))
        cells += [decided if curve.decisions else ""]
        cells += [f"{value:.1f}" for value in agreement(curve, rates)] if arguments.segmenter else []
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
