"""Label sets, the texture taxonomy they map onto, and maps at a part of their resolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jpadse_core import TEXTURES, LabelSet, SemanticMap, SemanticsError, resized_ids
from jpadse_core.downsampling import downsample_labels
from jpadse_core.interfaces.label_sets import TEXTURE


def test_an_undeclared_class_looks_like_other() -> None:
    labels = LabelSet.mapped("mine", ("lawn", "gizmo"), {"lawn": "grass"})
    assert labels.textures == ("grass", "other")


def test_a_misspelt_texture_is_refused_with_the_choices() -> None:
    with pytest.raises(SemanticsError, match=r"no such texture: skye; choose from other, sky"):
        LabelSet.mapped("mine", ("up",), {"up": "skye"})


@pytest.mark.parametrize(
    ("classes", "textures"), [((), ()), (("a", "b"), ("sky",)), (("a",) * 65536, ("sky",) * 65536)]
)
def test_a_label_set_wants_one_texture_for_each_of_1_to_65535_classes(
    classes: tuple[str, ...], textures: tuple[str, ...]
) -> None:
    with pytest.raises(SemanticsError, match="1 to 65535 classes with one texture each"):
        LabelSet("mine", classes, textures)


def test_map_to_textures_follows_the_declaration_and_void_is_other() -> None:
    labels = LabelSet.mapped("mine", ("lawn", "up"), {"lawn": "grass", "up": "sky"})
    textures = SemanticMap(np.array([[0, 1, 2, 255]], np.uint8), labels).textures()
    assert [TEXTURES[number] for number in textures[0]] == ["grass", "sky", "other", "other"]


def test_wide_ids_map_to_textures_too() -> None:
    labels = LabelSet("wide", tuple(map(str, range(300))), ("other",) * 299 + ("water",))
    textures = SemanticMap(np.array([[298, 299, 65535]], np.uint16), labels).textures()
    assert [TEXTURES[number] for number in textures[0]] == ["other", "water", "other"]


@pytest.mark.parametrize(
    "labels", [np.zeros((2, 2), np.int64), np.zeros((2, 2, 1), np.uint8), np.zeros(4, np.uint8), [[0, 1]]]
)
def test_a_map_is_a_plane_of_unsigned_integers(labels: object) -> None:
    with pytest.raises(SemanticsError, match="uint8 or uint16"):
        SemanticMap(labels, TEXTURE)  # type: ignore[arg-type]


def test_downsampling_keeps_the_most_frequent_class_of_a_cell_and_the_lowest_of_equals() -> None:
    labels = np.array([[7, 7, 1, 2], [7, 3, 2, 1]], np.uint8)
    assert downsample_labels(labels, 2).tolist() == [[7, 1]]


@given(
    labels=arrays(np.uint16, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 400)),
    divisor=st.sampled_from([1, 2, 4, 8]),
)
def test_downsampling_agrees_with_counting_every_cell(labels: np.ndarray, divisor: int) -> None:
    small = downsample_labels(labels, divisor)
    assert small.dtype == labels.dtype
    assert small.shape == tuple(-(-side // divisor) for side in labels.shape)
    for (row, column), label in np.ndenumerate(small):
        rows = slice(row * divisor, (row + 1) * divisor)
        assert label == np.bincount(labels[rows, column * divisor : (column + 1) * divisor].ravel()).argmax()


def test_ids_come_to_another_size_by_their_pixels_centres() -> None:
    assert resized_ids(np.arange(9)[None], 1, 3).tolist() == [[1, 4, 7]]
    assert resized_ids(np.arange(9)[:, None], 3, 2).tolist() == [[1, 1], [4, 4], [7, 7]]
    assert resized_ids(np.arange(3, dtype=np.uint8)[None], 2, 6).tolist() == [[0, 0, 1, 1, 2, 2]] * 2
    assert resized_ids(np.zeros((2, 2), np.uint8), 1, 1).dtype == np.uint8


def test_a_map_that_is_none_is_told_with_its_label_set_and_what_it_is() -> None:
    label_set = LabelSet("one", ("a",), ("sky",))
    with pytest.raises(SemanticsError, match=r'in "one" is a uint8 or uint16 array .*, not int64 \(2, 3\)'):
        SemanticMap(np.zeros((2, 3), np.int64), label_set)  # type: ignore[arg-type]
    with pytest.raises(SemanticsError, match="is a LabelSet, not tuple"):
        SemanticMap(np.zeros((2, 3), np.uint8), ("a",))  # type: ignore[arg-type]
