"""Compresses a folder of label PNGs and shows what other lossless coders make of the same maps.

python examples/label_maps.py FOLDER [--step 2] [--out FOLDER]
python examples/label_maps.py PHOTOS --extract 4    the built-in extractor's maps, as files hold them
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from jpadse_core import decode_label_map, encode_label_map
from jpadse_core.builtin.deeplab import DeepLab
from jpadse_core.downsampling import downsample_labels


def png(labels: np.ndarray) -> int:
    target = io.BytesIO()
    Image.fromarray(labels).save(target, "PNG", optimize=True)
    return target.tell()


def webp(labels: np.ndarray) -> int:
    grey = np.repeat(labels.astype(np.uint8)[..., None], 3, axis=2)
    return len(imagecodecs.webp_encode(grey, lossless=True, level=6))


def jpeg_xl(labels: np.ndarray) -> int:
    return len(imagecodecs.jpegxl_encode(labels, lossless=True, effort=9, numthreads=1))


def read(folder: Path, step: int) -> Iterator[tuple[str, np.ndarray]]:
    for path in sorted(folder.glob("*.png")):
        yield path.stem, np.ascontiguousarray(np.asarray(Image.open(path))[step // 2 :: step, step // 2 :: step])


def extract(folder: Path, divisor: int) -> Iterator[tuple[str, np.ndarray]]:
    extractor = DeepLab()
    for path in sorted(path for path in folder.iterdir() if path.suffix in {".png", ".jpg", ".webp"}):
        labels = extractor.extract(np.asarray(Image.open(path).convert("RGB"))).labels
        yield path.stem, downsample_labels(labels, divisor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="label maps, one class id per pixel")
    parser.add_argument("--step", type=int, default=1, help="take every STEP-th label of every STEP-th row")
    parser.add_argument("--extract", type=int, metavar="DIVISOR", help="the folder holds photos: take their maps")
    parser.add_argument("--out", type=Path, help="where the compressed maps go")
    options = parser.parse_args()
    sizes: dict[str, list[int]] = {"PNG": [], "WebP": [], "JPEG XL, effort 9": [], "JPADSE": []}
    seconds: dict[str, list[float]] = {"encode": [], "decode": []}
    extracted = options.extract is not None
    maps = extract(options.folder, options.extract) if extracted else read(options.folder, options.step)
    for name, labels in maps:
        began = time.perf_counter()
        data = encode_label_map(labels)
        encoded = time.perf_counter()
        assert np.array_equal(decode_label_map(data), labels)
        seconds["encode"].append(encoded - began)
        seconds["decode"].append(time.perf_counter() - encoded)
        for coder, size in zip(sizes, (png(labels), webp(labels), jpeg_xl(labels), len(data)), strict=True):
            sizes[coder].append(size)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{name}.labels").write_bytes(data)
    reference = sum(sizes["JPEG XL, effort 9"])
    print(f"{len(sizes['PNG'])} maps, the last of {labels.shape[1]} x {labels.shape[0]}\n")
    print("| coder | bytes a map | over JPEG XL |\n| --- | --- | --- |")
    for name, found in sizes.items():
        print(f"| {name} | {statistics.mean(found):.0f} | {sum(found) / reference:.3f} |")
    print(f"\nmedian seconds: {', '.join(f'{name} {statistics.median(times):.3f}' for name, times in seconds.items())}")


if __name__ == "__main__":
    main()
