"""Files of every released format version decode to the same pictures for ever. Made by golden/make.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from toys import ToyCodec, ToyEnhancer

from jpadse_core import decode_instances, decode_label_map, read_info
from jpadse_core.bitstream.label_map import decode_labels
from jpadse_core.decoding import decode_picture
from jpadse_core.parts import Parts

GOLDEN = Path(__file__).parent / "golden"
PARTS = Parts(("codec", ToyCodec()), ("enhancer", ToyEnhancer()))
FILES = sorted(path for path in GOLDEN.glob("v*/*") if path.suffix in (".jpg", ".png", ".jpse"))
LABELS = sorted(GOLDEN.glob("v*/*.labels"))
INSTANCES = sorted(GOLDEN.glob("v*/*.instances"))


def expected(path: Path) -> dict[str, np.ndarray]:
    with np.load(f"{path}.npz") as arrays:
        return dict(arrays)


def called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_every_format_version_has_its_golden_files() -> None:
    from jpadse_core.bitstream.sections import FORMAT_VERSION

    for version in range(1, FORMAT_VERSION + 1):
        about = json.loads((GOLDEN / f"v{version}" / "about.json").read_text())
        assert about["format"] == version
        kinds = {path.suffix for path in FILES if path.parent.name == f"v{version}"}
        assert kinds == {".jpg", ".png", ".jpse"}


def test_the_golden_label_maps_cover_every_method_of_version_1() -> None:
    methods = json.loads((GOLDEN / "v1" / "about.json").read_text())["label map methods"]
    assert set(methods.values()) == {0, 1, 2}


@pytest.mark.parametrize("path", FILES, ids=called)
@pytest.mark.parametrize("preference", ["plain", "distortion", "perception", "accuracy"])
def test_a_golden_file_decodes_to_the_picture_it_always_did(path: Path, preference: str) -> None:
    enhance = preference != "plain"
    picture = decode_picture(path, preference if enhance else "distortion", enhance=enhance, parts=PARTS)
    assert np.array_equal(picture.rgb, expected(path)[preference])


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix != ".jpg"], ids=called)
def test_a_golden_files_alpha_and_metadata_are_there(path: Path) -> None:
    picture = decode_picture(path, parts=PARTS)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, expected(path)["alpha"])
    assert picture.metadata.exif is not None
    assert b"Camera works" in picture.metadata.exif
    assert picture.metadata.xmp == b"<x:xmpmeta/>"


def test_the_golden_files_are_enhanced_and_tell_what_they_hold() -> None:
    for path in FILES:
        info = read_info(path, PARTS)
        assert info.enhanced
        assert info.enhancer == "toy-blur"
        assert sum(section.bytes for section in info.sections) == info.size
        lossless = info.codec == "png"
        pictures = expected(path)
        assert np.array_equal(pictures["plain"], pictures["perception"]) == lossless
    assert read_info(GOLDEN / "v1" / "full-resolution-map.jpg").divisor == 1


@pytest.mark.parametrize("path", LABELS, ids=called)
def test_a_golden_label_map_decodes_to_the_labels_it_always_did(path: Path) -> None:
    labels = decode_labels(path.read_bytes())
    always = np.load(f"{path}.npy")
    assert labels.dtype == always.dtype
    assert np.array_equal(labels, always)


@pytest.mark.parametrize("path", INSTANCES, ids=called)
def test_golden_instances_decode_to_the_labels_and_colours_they_always_did(path: Path) -> None:
    data, always = path.read_bytes(), expected(path)
    assert np.array_equal(decode_label_map(data), always["labels"])
    assert np.array_equal(decode_instances(data), always["colours"])


def test_the_golden_instances_hold_touching_ones() -> None:
    touching = {path.stem for path in INSTANCES if expected(path)["colours"].any()}
    assert touching == {"crowd", "crowd-3", "cells"}
