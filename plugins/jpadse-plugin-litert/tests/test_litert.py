"""The extractor `litert` on models made here, and on three real ones where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import Kind, colour_model

from jpadse_core import RgbImage, SemanticsError, WeightsMissing, build_pipeline, decode, read_info
from jpadse_core.interfaces.label_sets import CITYSCAPES_19
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load

SHARED = Path(__file__).parents[4] / "shared" / "data"
COLOURS = {
    "name": "colours",
    "classes": ["red", "green", "blue"],
    "textures": {"red": "building", "green": "grass", "blue": "water"},
}


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    path = tmp_path / "colours.json"
    path.write_text(json.dumps(COLOURS))
    return path


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(data)
    return path


def stripes(height: int, width: int) -> tuple[RgbImage, np.ndarray]:
    """Upright bands of red, green and blue, and their classes."""
    ids = np.broadcast_to(np.arange(width) * 3 // width, (height, width))
    return (np.eye(3, dtype=np.uint8) * 200 + 20)[ids], ids


@pytest.mark.parametrize("kind", ["float", "uint8", "int8"])
@pytest.mark.parametrize("arg_max", [False, True])
def test_a_model_of_any_type_and_output_labels_the_picture(
    tmp_path: Path, colours: Path, kind: Kind, arg_max: bool
) -> None:
    model = saved(tmp_path, colour_model(kind, arg_max=arg_max))
    extractor = load("semantics", "litert", {"model": model, "labels": str(colours)})
    rgb, ids = stripes(32, 48)
    found = extractor.extract(rgb)
    assert found.labels.shape == (32, 48)
    assert (found.labels == ids).mean() > 0.95
    assert found.label_set.textures == ("building", "grass", "water")


@pytest.mark.parametrize("size", [(16, 64), (64, 16), (20, 37), (1, 1), (3, 300)])
def test_tiling_keeps_proportions_and_covers_every_pixel(tmp_path: Path, colours: Path, size: tuple[int, int]) -> None:
    model = saved(tmp_path, colour_model())
    extractor = load("semantics", "litert", {"model": str(model), "labels": str(colours), "fit": "tile"})
    rgb, ids = stripes(*size)
    assert (extractor.extract(rgb).labels == ids).mean() >= 0.95


def test_tiling_sees_details_that_squeezing_loses(tmp_path: Path, colours: Path) -> None:
    model = saved(tmp_path, colour_model())
    columns = np.arange(64) % 4 // 2 * 2
    rgb = np.broadcast_to((np.eye(3, dtype=np.uint8) * 200)[columns], (16, 64, 3)).copy()
    agreement = {}
    for fit in ("squeeze", "tile"):
        extractor = load("semantics", "litert", {"model": model, "labels": str(colours), "fit": fit})
        agreement[fit] = (extractor.extract(rgb).labels == columns).mean()
    assert agreement["tile"] == 1
    assert agreement["squeeze"] < 0.9


def test_a_whole_file_is_made_with_a_strangers_model(tmp_path: Path, colours: Path) -> None:
    model = saved(tmp_path, colour_model())
    options = {"model": model, "labels": str(colours)}
    rgb, _ = stripes(64, 96)
    data = build_pipeline(semantics="litert", semantics_options=options, quality=30).encode(rgb)
    info = read_info(data)
    assert info.semantics == "litert"
    assert decode(data).shape == rgb.shape


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": "voc-21"}, r"neither a map of class ids nor scores of 21 classes"),
        ({"labels": "voc-22"}, r'no label set is called "voc-22"'),
        ({"labels": "absent.json"}, r"absent.json: cannot be read"),
        ({"fit": "stretch"}, r"fit='stretch'"),
        ({"float_range": "0..2"}, r"float_range='0..2'"),
    ],
)
def test_options_that_do_not_go_with_the_model_are_typed_errors(
    tmp_path: Path, colours: Path, change: dict[str, str], message: str
) -> None:
    options = {"model": saved(tmp_path, colour_model()), "labels": str(colours), **change}
    with pytest.raises(SemanticsError, match=message):
        load("semantics", "litert", options)


def test_a_map_of_ids_is_of_as_many_classes_as_its_label_set(tmp_path: Path, colours: Path) -> None:
    model = saved(tmp_path, colour_model(arg_max=True))
    for labels in ("voc-21", "cityscapes-19"):
        with pytest.raises(SemanticsError, match=f"chooses among 3 classes, and {labels} has .*: choose its own label"):
            load("semantics", "litert", {"model": model, "labels": labels})
    colours.write_text(json.dumps({"name": "two", "classes": ["red", "green"], "void": 2}))
    rgb, ids = stripes(16, 48)
    found = load("semantics", "litert", {"model": model, "labels": str(colours)}).extract(rgb).labels
    assert (found == ids).mean() > 0.95


def test_a_missing_model_and_one_that_is_none_are_typed_errors(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"absent.tflite: there is no such model"):
        load("semantics", "litert", {"model": tmp_path / "absent.tflite", "labels": "voc-21"})
    with pytest.raises(SemanticsError, match="cannot be opened as a LiteRT model"):
        load("semantics", "litert", {"model": saved(tmp_path, b"hello" * 100), "labels": "voc-21"})


def test_a_class_beyond_the_label_set_is_refused(tmp_path: Path) -> None:
    declared = tmp_path / "two.json"
    declared.write_text(json.dumps({"name": "two", "classes": ["sky", "road"]}))
    model = saved(tmp_path, colour_model(classes=1))
    options = {"model": model, "labels": str(declared), "float_range": "0..255"}
    extractor = load("semantics", "litert", options)
    with pytest.raises(SemanticsError, match="predicts class 220, and two has classes 0 to 1"):
        extractor.extract(stripes(16, 16)[0])


def test_a_plane_of_fractions_is_no_map_of_class_ids(tmp_path: Path, colours: Path) -> None:
    model = saved(tmp_path, colour_model(classes=1))
    extractor = load("semantics", "litert", {"model": model, "labels": str(colours)})
    with pytest.raises(SemanticsError, match=r"model\.tflite: gives fractions where class ids are wanted"):
        extractor.extract(stripes(16, 16)[0])


def test_checking_finds_nothing_wrong_with_a_model_not_chosen_yet() -> None:
    (component,) = [found for found in discover("semantics") if found.name == "litert"]
    assert checked(component).status == "ok"


def network(name: str) -> Path:
    path = SHARED / "networks" / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand")
    return path


def picture(*parts: str) -> RgbImage:
    path = SHARED.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


@pytest.mark.parametrize(
    ("name", "labels", "texture"),
    [
        ("deeplab_voc.tflite", "voc-21", "other"),
        ("deeplab_ade20k.tflite", "ade20k-32", "building"),
    ],
)
def test_real_models_label_a_house(name: str, labels: str, texture: str) -> None:
    options = {"model": network(name), "labels": labels}
    rgb = picture("photos", "kodak", "kodim01.webp")
    found = load("semantics", "litert", options).extract(rgb)
    textures = [found.label_set.textures[number] for number in np.unique(found.labels)]
    assert found.labels.shape == rgb.shape[:2]
    assert texture in textures


@pytest.mark.parametrize(
    ("name", "labels", "classes"),
    [
        ("deeplab_voc.tflite", "ade20k-32", "21"),
        ("deeplab_cityscapes.tflite", "cityscapes-34", "19"),
        ("deeplab_ade20k.tflite", "ade20k-150", "32"),
    ],
)
def test_real_models_refuse_the_label_set_of_another(name: str, labels: str, classes: str) -> None:
    with pytest.raises(SemanticsError, match=f"chooses among {classes} classes, and {labels} has"):
        load("semantics", "litert", {"model": network(name), "labels": labels})


def test_a_classifier_is_refused() -> None:
    with pytest.raises(SemanticsError, match=r"shape \[1, 1001\].*: choose a segmentation model"):
        load("semantics", "litert", {"model": network("mobilenet_v2.tflite"), "labels": "voc-21"})


def test_tiling_a_street_agrees_better_with_the_ground_truth_than_squeezing() -> None:
    model = network("deeplab_cityscapes.tflite")
    folder = SHARED / "street" / "cityscapes"
    photos = sorted((folder / "photos").glob("*")) if folder.is_dir() else []
    if not photos:
        pytest.skip("the Cityscapes photos are not at hand")
    rgb = picture("street", "cityscapes", "photos", photos[0].name)
    with Image.open(next((folder / "labels").glob(f"{photos[0].stem}*"))) as image:
        truth = np.array(image)
    to_train = np.full(256, 255, np.uint8)
    to_train[[7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]] = np.arange(19)
    judged = to_train[truth] != 255
    agreement = {}
    for fit in ("squeeze", "tile"):
        extractor = load("semantics", "litert", {"model": model, "labels": "cityscapes-19", "fit": fit})
        assert extractor.labels == CITYSCAPES_19
        agreement[fit] = (extractor.extract(rgb).labels == to_train[truth])[judged].mean()
    assert agreement["tile"] > agreement["squeeze"] > 0.8
