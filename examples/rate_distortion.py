"""Rate and distortion of a codec and of its semantically enhanced form over a folder of pictures, all bytes counted.

    python examples/rate_distortion.py FOLDER [--codec jpeg] [--points 5 10 20 40] [--first N] [--json FILE]

The points are values of the option that is the codec's quality scale.

Needs `pip install 'jpadse[measure]' bjontegaard`.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import bjontegaard
import numpy as np

from jpadse_core import build_pipeline, decode
from jpadse_core.distortion import psnr
from jpadse_core.interfaces import quality_scale_of
from jpadse_core.pictures import read_picture

PICTURES = {".png", ".webp", ".jpg", ".jpeg"}
VARIANTS = {"by default": "deeplab", "without semantics": None}


@dataclass
class Point:
    """One picture at one quality, coded one way."""

    picture: str
    variant: str
    quality: float
    bits_per_pixel: float
    psnr: float


def measure(path: Path, codec: str, qualities: list[float]) -> list[Point]:
    """The plain codec and both variants of its enhanced form, distortion corner."""
    picture = read_picture(path)
    pixels = picture.rgb.shape[0] * picture.rgb.shape[1]
    points = []
    for variant, semantics in VARIANTS.items():
        pipeline = build_pipeline(codec, semantics)
        scale = quality_scale_of(pipeline.codec)
        if scale is None:
            raise SystemExit(f'codec "{codec}" has no quality scale')
        for quality in qualities:
            chosen = {scale.option: int(quality) if scale.integer else quality}
            if semantics is None:
                options = pipeline.codec.Options(**chosen)
                plain = pipeline.codec.encode(picture.rgb, options)
                value = psnr(picture.rgb, pipeline.codec.decode(plain))
                points.append(Point(path.name, "plain", quality, len(plain) * 8 / pixels, value))
            encoded = pipeline.encode(picture, **chosen)
            value = psnr(picture.rgb, decode(encoded))
            points.append(Point(path.name, variant, quality, encoded.bits_per_pixel, value))
    return points


def curve(points: list[Point], variant: str) -> tuple[list[float], list[float]]:
    """Rates and PSNRs of one variant, by rising rate."""
    chosen = sorted((point for point in points if point.variant == variant), key=lambda point: point.bits_per_pixel)
    return [point.bits_per_pixel for point in chosen], [point.psnr for point in chosen]


def bd_rate(points: list[Point], variant: str) -> float:
    """Per cent of rate against the plain codec at equal PSNR, of one picture."""
    anchor, test = curve(points, "plain"), curve(points, variant)
    return float(bjontegaard.bd_rate(*anchor, *test, method="pchip", require_matching_points=False, min_overlap=0.4))


def main() -> None:
    """Measure, print a table, and keep every point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", default="jpeg")
    parser.add_argument("--points", type=float, nargs="+", default=[5, 10, 20, 40])
    parser.add_argument("--first", type=int, help="only so many pictures, by name")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in PICTURES)[: arguments.first]
    by_picture = {path.name: measure(path, arguments.codec, arguments.points) for path in paths}
    everything = [point for points in by_picture.values() for point in points]

    print(f"{len(paths)} pictures of {arguments.folder.name}, {arguments.codec}\n")
    print("| q | plain bpp | plain PSNR | " + " | ".join(f"{v}: bpp | gain dB" for v in VARIANTS) + " |")
    print("| --- | --- | --- |" + " --- | --- |" * len(VARIANTS))
    for quality in arguments.points:
        means = {
            variant: np.mean(
                [(p.bits_per_pixel, p.psnr) for p in everything if (p.variant, p.quality) == (variant, quality)], axis=0
            )
            for variant in ("plain", *VARIANTS)
        }
        rate, value = means["plain"]
        cells = " | ".join(f"{means[v][0]:.4f} | {means[v][1] - value:+.3f}" for v in VARIANTS)
        print(f"| {quality:g} | {rate:.4f} | {value:.2f} | {cells} |")
    for variant in VARIANTS:
        rates = [bd_rate(points, variant) for points in by_picture.values()]
        worst = [p.psnr - q.psnr for p, q in zip(*_paired(everything, variant), strict=True)]
        print(
            f"\n{variant}: BD-rate {np.nanmean(rates):+.2f} % "
            f"(mean over pictures; best {np.nanmin(rates):+.2f}, worst {np.nanmax(rates):+.2f}; "
            f"{sum(map(math.isnan, rates))} without overlap); least gain {min(worst):+.3f} dB"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(point) for point in everything], indent=1))


def _paired(points: list[Point], variant: str) -> tuple[list[Point], list[Point]]:
    ours = [point for point in points if point.variant == variant]
    plain = {(point.picture, point.quality): point for point in points if point.variant == "plain"}
    return ours, [plain[point.picture, point.quality] for point in ours]


if __name__ == "__main__":
    main()
