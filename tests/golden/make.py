"""Makes the golden files of one format version: files, and what they must decode to for ever.

    python tests/golden/make.py tests/golden/v1

To be run once for each format version, before its release, and never again for a released one: a golden file that has
to change is a file of a user's that can no longer be read. Label maps that an earlier version wrote too are left out.
The perception guide came later than the others of version 2; its file was added then.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_instances import crowd
from test_wavefront import regions
from toys import ToyCodec, ToyEnhancer, ToyExtractor, blurred

from jpadse_core import Encoded, RgbImage, build_pipeline, decode_instances, encode_label_map
from jpadse_core.bitstream.label_map import encode_labels
from jpadse_core.bitstream.sections import FORMAT_VERSION
from jpadse_core.decoding import decode_picture
from jpadse_core.parts import Parts

PARTS = Parts(("codec", ToyCodec()), ("enhancer", ToyEnhancer()))
CORNERS = ("distortion", "perception", "accuracy")


def picture() -> RgbImage:
    """A photograph's corner, 70 by 90: two rows and two columns of guide tiles."""
    from skimage import data

    return np.ascontiguousarray(data.coffee()[150:220, 240:330])


def soft_and_sharp() -> RgbImage:
    """A photograph's corner, 100 by 170, the left half blurred and the right half sharpened, as the toy enhancer does
    for distortion and for perception."""
    from skimage import data

    rgb = np.ascontiguousarray(data.coffee()[120:220, 200:370])
    soft = blurred(rgb).astype(int)
    sharp = np.clip(2 * rgb.astype(int) - soft, 0, 255)
    return np.where((np.arange(170) < 85)[None, :, None], soft, sharp).astype(np.uint8)


def files() -> dict[str, Encoded]:
    """A file of every kind that this version writes."""
    rgb = picture()
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    rgba = Image.fromarray(np.dstack([rgb, 255 - rgb[..., 0]]))
    rgba.info |= {"exif": exif.tobytes(), "xmp": b"<x:xmpmeta/>"}
    toys = ToyExtractor(), ToyEnhancer()
    return {
        "map-and-guide.jpg": build_pipeline("jpeg", *toys, quality=10).encode(rgb),
        "grey-without-map.jpg": build_pipeline("jpeg", None, toys[1], quality=10).encode(rgb[..., 0]),
        "full-resolution-map.jpg": build_pipeline("jpeg", *toys, quality=5, progressive=True, divisor=1).encode(rgb),
        "alpha-and-metadata.png": build_pipeline("png", *toys).encode(rgba),
        "toy.jpse": build_pipeline(ToyCodec(), *toys, shift=6).encode(rgba),
        "perception-guide.jpg": build_pipeline("jpeg", None, toys[1], quality=20).encode(soft_and_sharp()),
    }


def label_maps() -> dict[str, np.ndarray]:
    """A map for every method of the coder.

    Models 1 and 2 made the other wavefronts and repeated lines of version 1.
    """
    random = np.random.default_rng(1)
    bands = ToyExtractor().extract(picture()).labels
    return {
        "one-class": np.full((9, 13), 200, np.uint8),
        "one-row": random.integers(0, 3, (1, 50)).astype(np.uint8),
        "photograph": np.ascontiguousarray(bands),
        "wide-ids": random.integers(0, 65_536, (20, 30)).astype(np.uint16),
        "small-wavefront-3": regions(4, 120, 160, 9),
        "wavefront-3": regions(7, 258, 256, 12),
        "repeated-lines-3": regions(8, 40, 60, 8).repeat(5, 0).repeat(5, 1),
        "noise-of-many-ids": random.integers(0, 65_536, (48, 48)).astype(np.uint16),
    }


def instance_maps() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Labels and instances: touching ones of one class, of several, and none that touch."""
    rows, columns = np.mgrid[:40, :56]
    cells = (rows // 8 * 7 + columns // 8).astype(np.uint16)
    alone = np.where(rows // 8 % 2 * (columns // 8 % 2), cells, 0)
    return {
        "crowd-3": crowd(),
        "cells": ((cells // 3 % 4).astype(np.uint8), cells),
        "alone": ((alone > 0).astype(np.uint8), alone),
    }


def main(folder: Path) -> None:
    """Write everything into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (folder / name).write_bytes(data)
        plain = decode_picture(data, enhance=False, parts=PARTS)
        expected = {corner: decode_picture(data, corner, parts=PARTS).rgb for corner in CORNERS}
        expected |= {"plain": plain.rgb} | ({} if plain.alpha is None else {"alpha": plain.alpha})
        np.savez_compressed(folder / f"{name}.npz", **expected)  # type: ignore[arg-type]
    methods = {}
    known = {path.read_bytes() for path in folder.parent.glob("*/*") if path.suffix in (".labels", ".instances")}
    for name, labels in label_maps().items():
        coded = encode_labels(labels)
        if coded in known:
            continue
        methods[name] = coded[0]
        (folder / f"{name}.labels").write_bytes(coded)
        np.save(folder / f"{name}.labels.npy", labels)
    for name, (labels, instances) in instance_maps().items():
        coded = encode_label_map(labels, instances)
        if coded in known:
            continue
        (folder / f"{name}.instances").write_bytes(coded)
        np.savez_compressed(folder / f"{name}.instances.npz", labels=labels, colours=decode_instances(coded))
    (folder / "about.json").write_text(json.dumps({"format": FORMAT_VERSION, "label map methods": methods}, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
