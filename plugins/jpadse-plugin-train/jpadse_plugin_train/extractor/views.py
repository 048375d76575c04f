"""What the extractor's options are worth on held-out pictures: averages over scales and over the mirrored picture."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jpadse_plugin_train.corpus import Corpus, Sample
from jpadse_plugin_train.extractor.infer import Logits, averaged, internal_size, most_likely, view
from jpadse_plugin_train.extractor.measure import onnx_logits
from jpadse_plugin_train.extractor.scores import Confusion, accuracy, confusion, mean_iou

SETTINGS: tuple[tuple[tuple[float, ...], bool], ...] = (
    ((1,), False),
    ((1,), True),
    ((1, 0.5), False),
    ((1, 0.75), False),
    ((1, 0.75), True),
    ((1, 1.5), False),
    ((1, 0.75, 1.5), False),
    ((1, 0.5, 0.75), False),
)
"""Scales, and whether the mirrored picture counts too; the first is the default."""
_PARTS = ("street/cityscapes256", "street/camvid", "photos/cid22")
_DRAWS = 500


def maps(sample: Sample, network: Logits) -> Iterator[npt.NDArray[np.uint8]]:
    """The texture map of one picture for each of `SETTINGS`; every view is made once."""
    height, width = sample.rgb.shape[:2]

    @cache
    def seen(times: float, mirrored: bool) -> npt.NDArray[np.float32]:
        return view(network, sample.rgb, internal_size(height, width * sample.squashed, times=times), mirrored)

    for scales, flip in SETTINGS:
        views = [seen(times, mirrored) for times in scales for mirrored in ((False, True) if flip else (False,))]
        yield most_likely(averaged(views), height, width)


def summary(counts: npt.NDArray[np.int64], index: int) -> dict[str, list[float]]:
    """Each figure of one setting, and the limits of its gain on the first setting in 95 of 100 draws of pictures.

    Args:
        counts: int64 `[pictures, settings, textures, textures]`.
        index: of the setting.
    """
    draws = np.random.default_rng(0).integers(0, len(counts), (_DRAWS, len(counts)))
    found = {}
    for name, figure in (("miou", mean_iou), ("accuracy", accuracy)):
        gains = [figure(counts[draw, index].sum(0)) - figure(counts[draw, 0].sum(0)) for draw in draws]
        values = [figure(counts[:, index].sum(0)), *np.percentile(gains, [2.5, 97.5])]
        found[name] = [round(float(value), 4) for value in values]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m jpadse_plugin_train.extractor.views", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--weights", type=Path, required=True, help="the ONNX file")
    parser.add_argument("--cache", type=Path, default=Path("runs/teacher-maps"), help="kept teacher maps")
    parser.add_argument("--threads", type=int, default=2, help="of the network")
    options = parser.parse_args()
    network = onnx_logits(options.weights, options.threads)
    counts: dict[str, list[list[Confusion]]] = {part: [] for part in _PARTS}
    for sample in Corpus(options.data, options.cache, validation=True).samples():
        part = next(part for part in _PARTS if sample.name.startswith(part))
        counts[part].append([confusion(sample.textures, textures) for textures in maps(sample, network)])
    for index, (scales, flip) in enumerate(SETTINGS):
        figures = {part: summary(np.array(pictures), index) for part, pictures in counts.items()}
        pixels = sum(times**2 for times in scales) * (1 + flip)
        print(json.dumps({"scales": scales, "flip": flip, "pixels": pixels} | figures))


if __name__ == "__main__":
    main()
