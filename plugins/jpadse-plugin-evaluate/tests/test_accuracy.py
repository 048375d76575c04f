"""What frozen networks still see: the figures against independent implementations, the networks on real pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny_networks
from PIL import Image

from jpadse_core import JpadseError, RgbImage, WeightsMissing
from jpadse_plugin_evaluate.measures import Case
from jpadse_plugin_evaluate.measures.classification import Classification
from jpadse_plugin_evaluate.measures.detection import Detection, mean_average_precision
from jpadse_plugin_evaluate.measures.segmentation import Segmentation, confusion, mean_iou, pixel_accuracy


def test_mean_iou_and_pixel_accuracy_are_what_masks_say() -> None:
    draw = np.random.default_rng(3)
    reference = draw.integers(0, 5, (40, 50)).astype(np.uint16)
    answer = np.where(draw.random((40, 50)) < 0.7, reference, draw.integers(0, 6, (40, 50))).astype(np.uint16)
    masks = [(reference == label, answer == label) for label in range(5)]
    expected = 100 * np.mean([(a & b).sum() / (a | b).sum() for a, b in masks])
    halves = [confusion(reference[:20], answer[:20]), confusion(reference[20:], answer[20:])]
    assert mean_iou(halves) == pytest.approx(expected)
    assert pixel_accuracy(halves) == pytest.approx(100 * (reference == answer).mean())


def test_void_pixels_do_not_count() -> None:
    reference = np.array([[0, 0, 0xFFFF]], np.uint16)
    evidence = [confusion(reference, np.array([[0, 1, 1]], np.uint16))]
    assert pixel_accuracy(evidence) == 50
    assert mean_iou(evidence) == 50
    assert math.isnan(mean_iou([]))


def random_boxes(draw: np.random.Generator, count: int) -> list[list[float]]:
    corners = draw.random((count, 2)) * 80
    sides = 8 + draw.random((count, 2)) * 40
    return [
        [float(draw.integers(0, 3)), float(round(draw.random(), 4)), *corner, *(corner + side)]
        for corner, side in zip(corners.tolist(), sides, strict=True)
    ]


def by_pycocotools(evidence: list[dict[str, list[list[float]]]]) -> float:
    import contextlib
    import io

    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    truth, found = [], []
    for image, picture in enumerate(evidence, start=1):
        for side, target in (("original", truth), ("decoded", found)):
            for label, score, left, top, right, bottom in picture[side]:
                box = [left, top, right - left, bottom - top]
                target.append(
                    {"id": len(target) + 1, "image_id": image, "category_id": int(label) + 1, "bbox": box,
                     "area": box[2] * box[3], "iscrowd": 0, "score": score}
                )  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        data = coco.COCO()
        data.dataset = {
            "images": [{"id": number + 1} for number in range(len(evidence))],
            "annotations": truth,
            "categories": [{"id": number} for number in (1, 2, 3)],
        }
        data.createIndex()
        judge = evaluation.COCOeval(data, data.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return float(100 * judge.stats[0])


def test_box_map_is_that_of_pycocotools() -> None:
    draw = np.random.default_rng(5)
    evidence = []
    for _ in range(6):
        original = random_boxes(draw, 7)
        moved = [
            [label, float(round(draw.random(), 4)), *(np.array(box) + draw.normal(0, 3, 4)).tolist()]
            for label, _, *box in original
        ]
        evidence.append({"original": original, "decoded": moved[:-1] + random_boxes(draw, 3)})
    assert mean_average_precision(evidence) == pytest.approx(by_pycocotools(evidence), abs=1e-9)


def test_the_same_boxes_are_perfect_and_none_are_nothing() -> None:
    boxes = random_boxes(np.random.default_rng(8), 5)
    assert mean_average_precision([{"original": boxes, "decoded": boxes}]) == pytest.approx(100)
    assert mean_average_precision([{"original": boxes, "decoded": []}]) == 0
    assert math.isnan(mean_average_precision([{"original": [], "decoded": boxes}]))


def test_a_detector_is_any_callable(
    astronaut: RgbImage, coded: RgbImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bright_spots.py").write_text(
        "def find(rgb):\n"
        "    bright = float(rgb.mean()) / 255\n"
        "    return [(0, 0.9, 1, 1, 9 + 8 * bright, 9), (1, 0.1, 0, 0, 5, 5)]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    detection = Detection("bright_spots:find")
    evidence = detection.measure(Case(astronaut, coded, "astronaut"))["box-map"]
    assert [len(evidence[side]) for side in ("original", "decoded")] == [1, 2]
    assert detection.figures[0].summary([evidence]) > 50
    for wrong in ("bright_spots:gone", "no_such_module:find"):
        with pytest.raises(JpadseError, match="MODULE:CALLABLE"):
            Detection(wrong)


def flat(*colour: int) -> RgbImage:
    return np.broadcast_to(np.array(colour, np.uint8), (32, 32, 3)).copy()


REDDISH, GREENISH = flat(200, 130, 90), flat(120, 200, 90)


def test_a_detectors_boxes_are_read_from_a_tflite_file(tmp_path: Path) -> None:
    detection = Detection(str(tiny_networks.detector(tmp_path / "boxes.tflite")))
    evidence = detection.measure(Case(REDDISH, GREENISH, "a"))["box-map"]
    assert [box[0] for box in evidence["original"]] == [0, 1]
    label, score, *sides = evidence["decoded"][0]
    assert (label, score) == (0, pytest.approx(120 / 255, abs=1e-6))
    assert sides == pytest.approx([0.2, 0.1, 0.6, 0.5])
    summary = detection.figures[0].summary
    assert summary([evidence]) == pytest.approx(100)
    assert summary([{**evidence, "decoded": evidence["decoded"][1:]}]) == pytest.approx(50)
    with pytest.raises(JpadseError, match="has 1 outputs, where boxes, classes, scores and count were due"):
        Detection(str(tiny_networks.classifier(tmp_path / "classes.tflite")))


def test_a_classifiers_ranking_is_read_from_a_tflite_file(tmp_path: Path) -> None:
    judge = Classification(str(tiny_networks.classifier(tmp_path / "classes.tflite")))
    assert judge.measure(Case(REDDISH, REDDISH, "a")) == {"top-1": 100, "top-5": 100}
    assert judge.measure(Case(REDDISH, GREENISH, "a")) == {"top-1": 0, "top-5": 100}


def test_a_segmenters_classes_are_read_from_a_tflite_file(tmp_path: Path) -> None:
    labels = tmp_path / "labels.png"
    Image.fromarray(np.full((32, 32), 7, np.uint8)).save(labels)
    ids = tmp_path / "ids.json"
    ids.write_text('{"7": 1}')
    network = str(tiny_networks.segmenter(tmp_path / "colours.tflite"))
    judge = Segmentation(network, labels=True, label_ids=str(ids))
    half = np.concatenate([REDDISH[:, :16], GREENISH[:, 16:]], axis=1)
    evidence = judge.measure(Case(REDDISH, half, "a", labels))
    assert {figure.name: figure.summary([evidence[figure.name]]) for figure in judge.figures} == {
        "miou-agreement": 50, "pixel-agreement": 50, "miou": 50, "pixel-accuracy": 50,
    }  # fmt: skip


def test_a_classifier_agrees_with_itself(astronaut: RgbImage, network: Callable[[str], Path]) -> None:
    judge = Classification(str(network("mobilenet_v2.tflite")))
    assert judge.measure(Case(astronaut, astronaut, "a")) == {"top-1": 100, "top-5": 100}
    noise = np.random.default_rng(0).integers(0, 256, astronaut.shape).astype(np.uint8)
    assert judge.measure(Case(astronaut, noise, "a"))["top-1"] == 0


def test_a_segmenter_judges_by_its_own_answer_and_by_labels(
    astronaut: RgbImage, coded: RgbImage, tmp_path: Path, network: Callable[[str], Path]
) -> None:
    labels = tmp_path / "astronaut.png"
    Image.fromarray(np.full(astronaut.shape[:2], 13, np.uint8)).save(labels)
    judge = Segmentation(str(network("deeplab_ade20k.tflite")), labels=True)
    perfect = judge.measure(Case(astronaut, astronaut, "a", labels))
    summaries = {figure.name: figure.summary([perfect[figure.name]]) for figure in judge.figures}
    assert summaries["miou-agreement"] == summaries["pixel-agreement"] == 100
    assert 0 <= summaries["pixel-accuracy"] <= 100
    worse = judge.measure(Case(astronaut, coded, "a", labels))
    assert pixel_accuracy([worse["pixel-agreement"]]) < 100


def test_an_installed_extractor_can_be_the_segmenter(astronaut: RgbImage) -> None:
    judge = Segmentation("deeplab")
    evidence = judge.measure(Case(astronaut, astronaut, "a"))
    assert mean_iou([evidence["miou-agreement"]]) == 100


def test_a_network_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"gone\.tflite"):
        Classification(str(tmp_path / "gone.tflite"))
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no network")
    with pytest.raises(JpadseError, match=r"broken\.tflite"):
        Classification(str(broken))
