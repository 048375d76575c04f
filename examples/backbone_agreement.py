"""How far a segmentation backbone agrees with the ground truth: share of the judged pixels, and mean IoU.

    python examples/backbone_agreement.py PHOTOS --semantics litert --option model=deeplab_cityscapes.tflite \
        --option labels=cityscapes-19 --truth labels=cityscapes-34 --truth into=cityscapes-19 \
        --truth 'files=../labels/{stem}.png'

`--option` is an option of the backbone, `--truth` one of jpadse-plugin-labels. Both have to give one label set.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from jpadse_core.calling import extract_with
from jpadse_core.pictures import read_picture
from jpadse_core.plugins.loading import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--semantics", required=True)
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--truth", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    backbone = load("semantics", arguments.semantics, dict(pair.split("=", 1) for pair in arguments.option))
    truth = load("semantics", "labels", dict(pair.split("=", 1) for pair in arguments.truth))
    if backbone.labels != truth.labels:
        parser.error(f"{backbone.labels.name} and {truth.labels.name} are two label sets")
    count = len(truth.labels.classes)
    confusion = np.zeros((count, count), np.int64)
    for path in sorted(arguments.photos.iterdir()):
        picture = read_picture(path)
        true = extract_with(truth, picture.rgb, path).labels
        found = extract_with(backbone, picture.rgb, path).labels
        judged = (true < count) & (true != truth.labels.void) & (found < count)
        pairs = true[judged].astype(np.int64) * count + found[judged]
        confusion += np.bincount(pairs, minlength=count * count).reshape(count, count)
    occurs = confusion.sum(1) > 0
    union = confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
    iou = confusion.diagonal()[occurs] / union[occurs]
    print(f"pixels that agree: {confusion.trace() / confusion.sum():.1%}")
    print(f"mean IoU of the {occurs.sum()} classes that occur: {iou.mean():.3f}")


if __name__ == "__main__":
    main()
