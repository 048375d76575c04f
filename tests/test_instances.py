"""Instances beside a label map: touching ones stay apart, and cost little."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jpadse_core import BitstreamError, SemanticsError, decode_instances, decode_label_map, encode_label_map
from jpadse_core.bitstream.instances import colour_instances, decode_colours, encode_colours

STREET = Path(__file__).parents[2] / "shared" / "data" / "street" / "cityscapes"


def crowd() -> tuple[np.ndarray, np.ndarray]:
    """Ground, and a row of touching people of one class."""
    labels = np.zeros((60, 160), np.uint8)
    instances = np.zeros((60, 160), np.uint16)
    for number in range(9):
        y, x = np.mgrid[:60, :160]
        body = (y - 34) ** 2 / 400 + (x - 16 * (number + 1)) ** 2 / 90 < 1
        labels[body], instances[body] = 11, number + 1
    return labels, instances


def borders(labels: np.ndarray, instances: np.ndarray) -> np.ndarray:
    """Where right or lower neighbours are of one class and of different instances."""
    right = (labels[:, 1:] == labels[:, :-1]) & (instances[:, 1:] != instances[:, :-1])
    down = (labels[1:] == labels[:-1]) & (instances[1:] != instances[:-1])
    return np.concatenate([right.ravel(), down.ravel()])


def test_boundaries_between_instances_come_back() -> None:
    labels, instances = crowd()
    data = encode_label_map(labels, instances)
    colours = decode_instances(data)
    assert colours is not None
    assert np.array_equal(decode_label_map(data), labels)
    assert borders(labels, instances).any()
    assert np.array_equal(borders(labels, colours), borders(labels, instances))


def test_two_colours_do_for_a_row() -> None:
    assert set(np.unique(colour_instances(*crowd()))) == {0, 1}


def test_instances_that_stand_alone_cost_a_handful_of_bytes() -> None:
    labels = np.zeros((50, 60), np.uint8)
    labels[10:20, 10:20] = labels[10:20, 30:40] = 3
    instances = np.zeros((50, 60), np.int32)
    instances[10:20, 10:20], instances[10:20, 30:40] = 8, 9
    assert len(encode_label_map(labels, instances)) <= len(encode_label_map(labels)) + 12


def test_a_map_without_instances_has_none() -> None:
    assert decode_instances(encode_label_map(crowd()[0])) is None


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize(
    "alike",
    [
        lambda labels: labels.astype(">u2"),
        lambda labels: labels.astype("<u2"),
        np.asfortranarray,
        np.matrix,
    ],
    ids=["big-endian", "little-endian", "columns-first", "matrix"],
)
def test_maps_of_the_same_classes_have_the_same_code(alike: Callable[[np.ndarray], np.ndarray]) -> None:
    labels, instances = crowd()
    assert encode_label_map(alike(labels), instances) == encode_label_map(labels, instances)


def test_noise_comes_back_as_well() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, (20, 30)).astype(np.uint8)
    instances = random.integers(0, 4, (20, 30))
    colours = colour_instances(labels, instances)
    assert np.array_equal(decode_colours(encode_colours(labels, colours), labels), colours)


def test_other_shapes_are_refused() -> None:
    labels, instances = crowd()
    with pytest.raises(SemanticsError, match="shape"):
        encode_label_map(labels, instances[:-1])
    with pytest.raises(SemanticsError, match="uint8 or uint16"):
        encode_label_map(labels.astype(np.float32))  # type: ignore[arg-type]
    with pytest.raises(SemanticsError, match="pixel"):
        encode_label_map(np.zeros((0, 4), np.uint8))
    with pytest.raises(SemanticsError, match="uint8 or uint16"):
        encode_label_map([[1, 2]])  # type: ignore[arg-type]
    with pytest.raises(BitstreamError, match="bytes"):
        decode_label_map("map")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\xff" * 30])
def test_what_is_no_label_map_has_no_instances_either(data: bytes) -> None:
    with pytest.raises(BitstreamError):
        decode_instances(data)


def test_damage_is_a_typed_error_or_found_nothing_to_change() -> None:
    labels, instances = crowd()
    data = encode_label_map(labels, instances)
    refused = 0
    for position in range(0, len(data), 5):
        damaged = bytearray(data)
        damaged[position] ^= 0x55
        try:
            decode_instances(bytes(damaged))
        except BitstreamError:
            refused += 1
    assert refused > len(data) // 5 * 0.8


@pytest.mark.skipif(not STREET.is_dir(), reason="wants the street scenes of ../shared/data")
def test_street_instances_cost_less_than_eight_percent() -> None:
    path = min((STREET / "instances").glob("*.png"))
    labels = np.ascontiguousarray(np.asarray(Image.open(STREET / "labels" / path.name))[1::2, 1::2])
    instances = np.asarray(Image.open(path))[1::2, 1::2]
    assert len(encode_label_map(labels, instances)) < 1.08 * len(encode_label_map(labels))
