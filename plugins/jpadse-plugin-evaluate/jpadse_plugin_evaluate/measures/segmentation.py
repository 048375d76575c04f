"""Mean intersection over union and pixel accuracy of a frozen segmentation network."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import JpadseError, RgbImage
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.digests import digest_of
from jpadse_plugin_evaluate.identity import component_identity
from jpadse_plugin_evaluate.inputs import read_labels
from jpadse_plugin_evaluate.measures import Case, Evidence, Figure
from jpadse_plugin_evaluate.measures.tflite import TfliteNetwork, parts_of

Labels = npt.NDArray[np.integer]
_VOID = 0xFFFF
CITYSCAPES_TRAIN_IDS = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12, 26: 13, 27: 14, 28: 15,
    31: 16, 32: 17, 33: 18,
}  # fmt: skip
"""Cityscapes' label ids to the ids that networks are trained on; all others are void. Source: cityscapesScripts."""


def confusion(reference: Labels, answer: Labels) -> list[list[int]]:
    """Pixels by class in the reference and in the answer, as `[reference, answer, count]` where there are any; pixels
    that are void in the reference are left out."""
    valid = reference != _VOID
    pairs = reference[valid].astype(np.int64) * 0x10000 + answer[valid].astype(np.int64)
    found, counts = np.unique(pairs, return_counts=True)
    return [[int(pair) >> 16, int(pair) & 0xFFFF, int(count)] for pair, count in zip(found, counts, strict=True)]


def _totals(evidence: Sequence[Evidence]) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    hits: dict[int, int] = {}
    in_reference: dict[int, int] = {}
    in_answer: dict[int, int] = {}
    for picture in evidence:
        for reference, answer, count in picture:
            in_reference[reference] = in_reference.get(reference, 0) + count
            in_answer[answer] = in_answer.get(answer, 0) + count
            if reference == answer:
                hits[reference] = hits.get(reference, 0) + count
    return hits, in_reference, in_answer


def mean_iou(evidence: Sequence[Evidence]) -> float:
    """Per cent; over the classes that occur in the reference, from the pixels of all pictures together.

    Source: Cityscapes' and PASCAL VOC's class average: hits / (reference + answer - hits).
    """
    hits, in_reference, in_answer = _totals(evidence)
    shares = [
        hits.get(label, 0) / (count + in_answer.get(label, 0) - hits.get(label, 0))
        for label, count in in_reference.items()
    ]
    return 100 * math.fsum(shares) / len(shares) if shares else math.nan


def pixel_accuracy(evidence: Sequence[Evidence]) -> float:
    """Per cent of the pixels with a reference whose class is the same."""
    hits, in_reference, _ = _totals(evidence)
    total = sum(in_reference.values())
    return 100 * sum(hits.values()) / total if total else math.nan


def _mapping(choice: str) -> dict[int, int] | None:
    """From ids in label files to the network's; None where they are the same."""
    if choice == "as-is":
        return None
    if choice == "cityscapes":
        return CITYSCAPES_TRAIN_IDS
    try:
        return {int(key): int(value) for key, value in json.loads(Path(choice).read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise JpadseError(f'{choice}: is no mapping of label ids: wants JSON such as {{"7": 0}}: {error}') from error


class Segmentation:
    """A frozen network's answer on the decoded picture: against its own on the original, and against true labels.

    Answers are compared at the network's output resolution; wide pictures are seen in two halves.

    Args:
        network: a `.tflite` file whose first output is class ids `[1, h, w]` or scores `[1, h, w, classes]`, or the
            name of an installed extractor.
        labels: whether the pictures have true labels.
        label_ids: `"as-is"`, `"cityscapes"`, or a JSON file that maps ids in label files to the network's classes; ids
            left out are void, and so is 255 as it is.

    Raises:
        JpadseError: the network or the mapping is not usable.
    """

    def __init__(self, network: str, labels: bool = False, label_ids: str = "as-is") -> None:
        self._answer, weights, self.packages = _answering(network)
        self._mapping = _mapping(label_ids)
        self._labels = labels
        self.identity = f"segmentation {digest_of([weights, labels, self._mapping])[:16]}"
        judge = Path(network).name
        own = f"against the answer of {judge} on the original"
        self.figures: tuple[Figure, ...] = (
            Figure("miou-agreement", "%", True, "accuracy", mean_iou, note=own),
            Figure("pixel-agreement", "%", True, "accuracy", pixel_accuracy, note=own),
        )
        if labels:
            true = f"of {judge}, against the true labels"
            self.figures += (
                Figure("miou", "%", True, "accuracy", mean_iou, note=true),
                Figure("pixel-accuracy", "%", True, "accuracy", pixel_accuracy, note=true),
            )
        self._last: tuple[str, list[Labels]] = ("", [])

    def measure(self, case: Case) -> dict[str, Evidence]:
        """See `Measure.measure`."""
        if self._last[0] != case.digest:
            self._last = case.digest, [self._answer(part) for part in parts_of(case.original)]
        answers = [self._answer(part) for part in parts_of(case.decoded)]
        own = _joined(self._last[1], answers)
        found = {"miou-agreement": own, "pixel-agreement": own}
        if self._labels and case.labels is not None:
            labels = parts_of(read_labels(case.labels), case.decoded.shape)
            true = [self._true(part, answer.shape) for part, answer in zip(labels, answers, strict=True)]
            found["miou"] = found["pixel-accuracy"] = _joined(true, answers)
        return found

    def _true(self, labels: Labels, shape: tuple[int, ...]) -> Labels:
        table = np.full(0x10000, _VOID, np.uint16)
        if self._mapping is None:
            table[:255] = np.arange(255)
        else:
            table[list(self._mapping)] = list(self._mapping.values())
        resized = Image.fromarray(table[labels].astype(np.int32)).resize(shape[::-1], Image.Resampling.NEAREST)
        return np.asarray(resized)


def _joined(references: list[Labels], answers: list[Labels]) -> list[list[int]]:
    pairs = zip(references, answers, strict=True)
    return [entry for reference, answer in pairs for entry in confusion(reference, answer)]


def _answering(network: str) -> tuple[Callable[[RgbImage], Labels], object, tuple[str, ...]]:
    if not network.endswith(".tflite"):
        extractor = load("semantics", network)
        identity = component_identity("semantics", network)
        return lambda rgb: extractor.extract(rgb.copy()).labels, identity, tuple(identity["versions"])
    judge = TfliteNetwork(Path(network))

    def answer(rgb: RgbImage) -> Labels:
        output = judge.answers(rgb)[0][0]
        return np.asarray(output.argmax(-1) if output.ndim == 3 else output)

    return answer, judge.identity, judge.packages
