"""How fast a plain codec's squared error falls with its rate, between neighbouring qualities.

    python examples/codec_slope.py FOLDER [--codec jpeg] [--points 5 10 20 40 70 90]

`gamma` is the exponent of D ~ R^-gamma; the slope is -dD/dR over D, per bit and pixel, beside the one by which
`semantics_rate` weighs a map's bytes.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from jpadse_core import build_pipeline
from jpadse_core.distortion import squared_error
from jpadse_core.map_choice import steepness
from jpadse_core.pictures import read_picture

PICTURES = {".png", ".webp", ".jpg", ".jpeg"}


def main() -> None:
    """Measure and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", default="jpeg")
    parser.add_argument("--points", type=int, nargs="+", default=[5, 10, 20, 40, 70, 90])
    arguments = parser.parse_args()
    codec = build_pipeline(arguments.codec, None, None).codec
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in PICTURES)
    logs = []
    for path in paths:
        rgb = read_picture(path).rgb
        files = [codec.encode(rgb, codec.Options(quality=quality)) for quality in arguments.points]
        bits = [len(data) * 8 / (rgb.shape[0] * rgb.shape[1]) for data in files]
        errors = [squared_error(rgb, codec.decode(data)) for data in files]
        logs.append(np.log([bits, errors]))
    curves = np.array(logs)
    gammas = -np.diff(curves[:, 1]) / np.diff(curves[:, 0])
    rates = np.exp((curves[:, 0, 1:] + curves[:, 0, :-1]) / 2)
    print(f"{len(paths)} pictures of {arguments.folder.name}, {arguments.codec}\n")
    print("| qualities | bits per pixel | gamma, mean and deviation | slope | slope of the law |\n|" + " --- |" * 5)
    for step, (gamma, rate) in enumerate(zip(gammas.T, rates.T, strict=True)):
        law = math.fsum(steepness(value) for value in rate) / len(rate)
        print(
            f"| {arguments.points[step]} to {arguments.points[step + 1]} | {rate.mean():.3f} "
            f"| {gamma.mean():.2f} ± {gamma.std():.2f} | {(gamma / rate).mean():.2f} | {law:.2f} |"
        )


if __name__ == "__main__":
    main()
