"""Speed and memory of the built-in default on one picture, in a warm process.

    python examples/speed.py PICTURE [--runs 5]

Prints the median wall time of encoding with semantics and of decoding with enhancement, the same as ratios to the plain
codec in the same run, and the process's largest resident memory.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from jpadse_core import build_pipeline, decode
from jpadse_core.pictures import read_picture


def median_seconds(job: Callable[[], object], runs: int) -> float:
    """Median wall time of `job` after one run to warm up."""
    job()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    picture = read_picture(arguments.picture)
    height, width = picture.rgb.shape[:2]
    enhanced = build_pipeline("jpeg", "deeplab", quality=10)
    plain = build_pipeline("jpeg", None, None, quality=10)
    data = enhanced.encode(picture)
    for name, job, reference in (
        ("encode", lambda: enhanced.encode(picture), lambda: plain.encode(picture)),
        ("decode", lambda: decode(data), lambda: decode(data, enhance=False)),
    ):
        seconds, least = median_seconds(job, arguments.runs), median_seconds(reference, arguments.runs)
        rate = height * width / seconds / 1e6
        print(
            f"{name} {width} x {height}: {seconds:.3f} s, {rate:.2f} MP/s, {seconds / least:.0f} times the plain codec"
        )
    print(f"largest resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
