"""The label sets known by name: what their sources say of them, and what follows for others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from jpadse_core import TEXTURES, LabelSet, SemanticsError
from jpadse_core.bitstream.header import LabelSetReference, reference_to
from jpadse_core.interfaces.label_sets import (
    ADE20K_32,
    ADE20K_150,
    CAMVID_11,
    CITYSCAPES_19,
    CITYSCAPES_34,
    COCO_STUFF_171,
    COCO_THINGS_80,
    KNOWN,
    VOC_21,
    known,
    named_alike,
)
from jpadse_core.interfaces.label_sets.reading import label_set_from

PAINTED = [label_set for label_set in KNOWN.values() if label_set.palette is not None]


def colours(label_set: LabelSet) -> dict[str, tuple[int, int, int]]:
    assert label_set.palette is not None
    return dict(zip(label_set.classes, label_set.palette, strict=True))


def test_class_counts_are_those_of_the_sources() -> None:
    assert {name: len(labels.classes) for name, labels in KNOWN.items()} == {
        "texture": len(TEXTURES),
        "cityscapes-19": 19,
        "cityscapes-34": 34,
        "camvid-11": 11,
        "voc-21": 21,
        "ade20k-32": 32,
        "ade20k-150": 150,
        "coco-things-80": 80,
        "coco-stuff-171": 171,
    }


@pytest.mark.parametrize("label_set", KNOWN.values(), ids=lambda label_set: label_set.name)
def test_no_class_occurs_twice(label_set: LabelSet) -> None:
    assert len(set(label_set.classes)) == len(label_set.classes)


def test_all_but_the_taxonomy_have_a_palette() -> None:
    assert {label_set.name for label_set in PAINTED} == set(KNOWN) - {"texture"}


@pytest.mark.parametrize("label_set", [CITYSCAPES_19, CAMVID_11, VOC_21, COCO_THINGS_80], ids=lambda s: s.name)
def test_where_maps_are_stored_in_colours_each_class_has_its_own(label_set: LabelSet) -> None:
    assert len(set(colours(label_set).values())) == len(label_set.classes)


def test_vocs_colours_are_the_bits_of_the_ids() -> None:
    """`VOClabelcolormap`: bit 3k, 3k+1, 3k+2 of the id is bit 7-k of red, green, blue."""
    for number, colour in enumerate(VOC_21.palette or ()):
        assert colour == tuple(sum((number >> 3 * k + c & 1) << 7 - k for k in range(8)) for c in range(3))


def test_cityscapes_train_ids_are_the_ids_that_are_judged() -> None:
    judged = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    assert [CITYSCAPES_34.classes[number] for number in judged] == list(CITYSCAPES_19.classes)
    assert [colours(CITYSCAPES_34)[label] for label in CITYSCAPES_19.classes] == list(CITYSCAPES_19.palette or ())


def test_coco_stuff_begins_with_coco_things_and_goes_on_by_the_alphabet() -> None:
    assert COCO_STUFF_171.classes[:80] == COCO_THINGS_80.classes
    assert list(COCO_STUFF_171.classes[80:]) == sorted(COCO_STUFF_171.classes[80:])


def test_ade_32_is_ade_150_cut_short_behind_other() -> None:
    assert ADE20K_32.textures == ("other", *ADE20K_150.textures[:31])
    assert ADE20K_32.classes[9:11] == ("window", "grass")


def test_the_same_class_looks_the_same_in_every_set() -> None:
    textures: dict[str, set[str]] = {}
    for label_set in KNOWN.values():
        for label, texture in zip(label_set.classes, label_set.textures, strict=True):
            textures.setdefault(label, set()).add(texture)
    assert [label for label, found in textures.items() if len(found) > 1] == []


def test_voids_are_those_of_the_sources_files() -> None:
    assert {name: labels.void for name, labels in KNOWN.items() if labels.void not in (None, 255)} == {
        "cityscapes-34": 0,
        "camvid-11": 11,
    }


def test_a_known_set_goes_by_name_and_a_stranger_of_its_name_is_declared() -> None:
    assert reference_to(CITYSCAPES_34, [7]).classes == {}
    plain = LabelSet("voc-21", VOC_21.classes, VOC_21.textures)
    assert reference_to(plain, [1]) == LabelSetReference(name="voc-21", classes={})
    stranger = LabelSet("voc-21", ("sky",), ("sky",))
    assert reference_to(stranger, [0]).classes == {"0": "sky=sky"}


def test_the_format_lists_the_sets_that_go_by_name() -> None:
    text = (Path(__file__).parent.parent / "docs" / "format.md").read_text()
    listed = text.partition("The label sets ")[2].partition(" go by name")[0]
    assert re.findall(r"`([^`]+)`", listed) == list(KNOWN)


def test_an_unknown_name_is_refused_with_the_choices() -> None:
    with pytest.raises(SemanticsError, match=r'no label set is called "voc-12": choose from texture, cityscapes-19'):
        known("voc-12")


def test_classes_named_alike_look_alike_and_the_others_are_undeclared() -> None:
    found = named_alike(
        "mine", ("Traffic_Light", "road, route", "tree-merged", "__background__", "gizmo", "wall-brick")
    )
    assert found.textures == ("sign", "road", "vegetation", "other", "other", "wall")
    assert found.undeclared == ("gizmo",)


def test_classes_that_are_a_known_sets_in_its_order_are_that_set() -> None:
    classes = tuple(label.title().replace(" ", "_") for label in CITYSCAPES_19.classes)
    assert named_alike("mine", classes) is CITYSCAPES_19
    assert named_alike("mine", classes[::-1]).name == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"palette": ((0, 0, 0),)}, "one colour of three values"),
        ({"palette": ((0, 0, 0), (0, 0, 256))}, "one colour of three values"),
        ({"palette": ((0, 0, 0), (0, 0))}, "one colour of three values"),
        ({"void": 65536}, "ids are 0 to 65535"),
        ({"void": -1}, "ids are 0 to 65535"),
    ],
)
def test_a_palette_has_a_colour_for_each_class_and_void_is_an_id(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(SemanticsError, match=message):
        LabelSet("mine", ("a", "b"), ("sky", "road"), **arguments)  # type: ignore[arg-type]


def test_palette_and_void_are_no_part_of_what_a_map_means() -> None:
    plain = LabelSet("mine", ("a",), ("sky",))
    assert plain == LabelSet("mine", ("a",), ("sky",), palette=((1, 2, 3),), void=9)
    assert np.array_equal(plain.texture_ids, [1])


def declaration(folder: Path, **fields: object) -> str:
    path = folder / "mine.json"
    path.write_text(json.dumps({"name": "mine", "classes": ["roof", "tree", "gizmo"], **fields}))
    return str(path)


def test_a_file_declares_a_label_set_and_known_names_fill_its_gaps(tmp_path: Path) -> None:
    source = declaration(tmp_path, textures={"tree": "grass"}, palette=[[1, 2, 3]] * 3, void=9)
    found = label_set_from(source)
    assert (found.name, found.textures, found.undeclared) == ("mine", ("building", "grass", "other"), ("gizmo",))
    assert (found.palette, found.void) == (((1, 2, 3),) * 3, 9)
    assert label_set_from("voc-21") is VOC_21


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"classes": "roof"}, "mine.json: declares no label set: classes"),
        ({"classes": ["roof", "tree", "roof"]}, "mine.json: declares roof twice: give each class a name of its own"),
        ({"void": True}, "mine.json: declares no label set: void: .* a valid integer"),
        ({"colours": []}, "mine.json: declares no label set: colours"),
        ({"textures": {"door": "wall"}}, "mine.json: textures are given for door, which are no classes"),
        ({"textures": {"roof": "tiles"}}, "no such texture: tiles"),
    ],
)
def test_a_file_that_declares_no_label_set_is_refused(tmp_path: Path, fields: dict[str, object], message: str) -> None:
    with pytest.raises(SemanticsError, match=message):
        label_set_from(declaration(tmp_path, **fields))


def test_a_file_that_is_no_json_is_refused_in_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{")
    with pytest.raises(SemanticsError, match=r"mine\.json: declares no label set: Invalid JSON"):
        label_set_from(str(tmp_path / "mine.json"))


@pytest.mark.parametrize(
    ("name", "classes", "textures", "message"),
    [
        ("mine", (0, 1), ("sky", "road"), "names are printable text"),
        (5, ("a", "b"), ("sky", "road"), "names are printable text"),
        ("mine", ("a", "b"), ("sky", 7), "no such texture: 7; choose from"),
    ],
)
def test_names_that_are_no_text_are_refused(
    name: object, classes: tuple[object, ...], textures: tuple[object, ...], message: str
) -> None:
    with pytest.raises(SemanticsError, match=message):
        LabelSet(name, classes, textures)  # type: ignore[arg-type]
