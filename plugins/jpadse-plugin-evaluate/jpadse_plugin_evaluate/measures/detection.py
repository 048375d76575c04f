"""Mean average precision of a detector's boxes against its own on the original."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from jpadse_core import JpadseError, RgbImage
from jpadse_plugin_evaluate.digests import digest_of
from jpadse_plugin_evaluate.measures import Case, Evidence, Figure
from jpadse_plugin_evaluate.measures.tflite import TfliteNetwork

Box: TypeAlias = list[float]
"""Class, score, left, top, right, bottom; the sides in any one unit."""
Detector: TypeAlias = Callable[[RgbImage], Sequence[Sequence[float]]]

CONFIDENT = 0.5
"""A box on the original of at least this score is one to be found again."""
_OVERLAPS = np.arange(0.5, 1.0, 0.05)
_RECALLS = np.linspace(0, 1, 101)
_MOST = 100


def overlaps(boxes: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intersection over union of every pair, `[len(boxes), len(others)]`; boxes are left, top, right, bottom."""
    corner = np.maximum(boxes[:, None, :2], others[None, :, :2])
    opposite = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.clip(opposite - corner, 0, None).prod(axis=2)
    areas, other_areas = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    return np.asarray(shared / np.maximum(areas[:, None] + other_areas - shared, 1e-12))


def mean_average_precision(evidence: Sequence[Evidence]) -> float:
    """Per cent, over classes and over overlaps of 0.5, 0.55, ... 0.95, from the boxes of all pictures together.

    Source: the COCO detection challenge: at most 100 boxes a picture and class, greedy matching by score, precision
    interpolated at 101 recalls. `nan` where the originals hold no box.
    """
    classes = sorted({box[0] for picture in evidence for box in picture["original"]})
    precisions = [_average_precision(evidence, label, overlap) for label in classes for overlap in _OVERLAPS]
    return 100 * math.fsum(precisions) / len(precisions) if precisions else math.nan


def _average_precision(evidence: Sequence[Evidence], label: float, overlap: float) -> float:
    scores: list[float] = []
    hits: list[bool] = []
    due = 0
    for picture in evidence:
        wanted = np.array([box[2:] for box in picture["original"] if box[0] == label]).reshape(-1, 4)
        found = sorted((box for box in picture["decoded"] if box[0] == label), key=lambda box: -box[1])[:_MOST]
        due += len(wanted)
        scores += [box[1] for box in found]
        hits += _matches(np.array([box[2:] for box in found]).reshape(-1, 4), wanted, overlap)
    order = np.argsort(-np.array(scores), kind="stable")
    right = np.cumsum(np.array(hits, bool)[order])
    recall, precision = right / due, right / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.where(places < len(best), np.append(best, 0)[np.minimum(places, len(best))], 0).mean())


def _matches(found: npt.NDArray[Any], wanted: npt.NDArray[Any], overlap: float) -> list[bool]:
    """For every found box, best score first, whether it takes a wanted one that none before it took."""
    table = overlaps(found, wanted) if len(wanted) and len(found) else np.zeros((len(found), 0))
    hits = []
    for row in table:
        best = int(row.argmax()) if row.size else -1
        hits.append(best >= 0 and row[best] >= overlap)
        if hits[-1]:
            table[:, best] = -1
    return hits


class Detection:
    """A frozen detector's boxes on the decoded picture against its confident ones on the original.

    Args:
        detector: a `.tflite` file with the outputs of TensorFlow Lite's detection post-processing (boxes `[1, n, 4]` as
            top, left, bottom, right; classes; scores; count), or `module:callable`, which gets uint8 `[H, W, 3]` and
            returns boxes as (class, score, left, top, right, bottom).

    Raises:
        JpadseError: it is not usable.
    """

    def __init__(self, detector: str) -> None:
        self._detect, self.identity, self.packages = _detecting(detector)
        note = f"against the boxes of {Path(detector).name} on the original with a score of at least {CONFIDENT}"
        self.figures = (Figure("box-map", "%", True, "accuracy", mean_average_precision, note=note),)
        self._last: tuple[str, list[Box]] = ("", [])

    def measure(self, case: Case) -> dict[str, Evidence]:
        """See `Measure.measure`."""
        if self._last[0] != case.digest:
            self._last = case.digest, [box for box in self._boxes(case.original) if box[1] >= CONFIDENT]
        return {"box-map": {"original": self._last[1], "decoded": self._boxes(case.decoded)}}

    def _boxes(self, rgb: RgbImage) -> list[Box]:
        boxes = [[float(value) for value in box] for box in self._detect(rgb.copy())]
        if any(len(box) != 6 for box in boxes):
            raise JpadseError("the detector returned no boxes of (class, score, left, top, right, bottom)")
        return boxes


def _detecting(detector: str) -> tuple[Detector, str, tuple[str, ...]]:
    if detector.endswith(".tflite"):
        network = TfliteNetwork(Path(detector))
        if len(network.outputs) != 4:
            raise JpadseError(
                f"{detector}: has {len(network.outputs)} outputs, where boxes, classes, scores and count were due"
            )

        def detect(rgb: RgbImage) -> list[Box]:
            boxes, classes, scores, count = (output[0] for output in network.answers(rgb))
            return [
                [float(classes[index]), float(scores[index]), left, top, right, bottom]
                for index, (top, left, bottom, right) in enumerate(boxes.tolist()[: int(count)])
            ]

        return detect, f"detection {network.identity}", network.packages
    module, _, name = detector.partition(":")
    try:
        found = import_module(module)
        call: Detector = getattr(found, name)
        source = Path(found.__file__ or "").read_text()
    except (ImportError, AttributeError, ValueError, OSError) as error:
        raise JpadseError(f'detector "{detector}": give a .tflite file, or MODULE:CALLABLE: {error}') from error
    packages = tuple(packages_distributions().get(module.partition(".")[0], ()))
    return call, f"detection {detector} {digest_of(source)[:16]}", packages
