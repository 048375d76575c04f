"""The extractor `labels` on the layouts of the data sets, and on files that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from jpadse_core import RgbImage, SemanticsError, build_pipeline, decode, read_info
from jpadse_core.interfaces.label_sets import ADE20K_150, CITYSCAPES_19, CITYSCAPES_34, VOC_21
from jpadse_core.plugins.loading import load

SHARED = Path(__file__).parents[4] / "shared" / "data"
PICTURE: RgbImage = np.random.default_rng(3).integers(0, 256, (8, 12, 3), np.uint8)

Extract = Callable[..., np.ndarray]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(PICTURE).save(path)
    return path


@pytest.fixture
def extract(photo: Path) -> Extract:
    """The labels that the extractor finds for a map image saved beside the photo."""

    def run(image: Image.Image, **options: Any) -> np.ndarray:
        image.save(photo.with_name("photo_labels.png"))
        return load("semantics", "labels", options).extract_from(PICTURE, photo).labels

    return run


def plane(ids: np.ndarray | list[int]) -> Image.Image:
    return Image.fromarray(np.resize(np.asarray(ids, np.uint8), PICTURE.shape[:2]))


def test_values_are_ids_and_void_stays_void(extract: Extract) -> None:
    ids = np.resize(np.array([0, 18, 255], np.uint8), (8, 12))
    assert np.array_equal(extract(plane(ids), labels="cityscapes-19"), ids)


def test_ade20k_counts_from_one_and_zero_is_void(extract: Extract) -> None:
    found = extract(plane([0, 1, 150]), labels="ade20k-150", storage="ids-from-1")
    assert found[0, :3].tolist() == [255, 0, 149]
    assert np.array_equal(found, extract(plane([255, 0, 149]), labels="ade20k-150"))


def test_voc_files_are_indices_of_a_palette(extract: Extract) -> None:
    image = plane([0, 15, 255])
    image.putpalette([value for colour in VOC_21.palette or () for value in colour] + [0] * (768 - 63))
    assert image.mode == "P"
    assert extract(image, labels="voc-21")[0, :3].tolist() == [0, 15, 255]


def test_sixteen_bits_a_value_are_read(extract: Extract) -> None:
    image = Image.fromarray(np.resize(np.array([3, 5], np.uint16), (8, 12)))
    assert extract(image, labels="voc-21")[0, :2].tolist() == [3, 5]


@pytest.mark.parametrize("labels", [CITYSCAPES_19, VOC_21], ids=lambda labels: labels.name)
def test_colours_are_those_of_the_palette_and_black_is_void_where_it_is_no_class(extract: Extract, labels: Any) -> None:
    ids = np.resize(np.arange(len(labels.classes), dtype=np.uint8), (8, 12))
    image = Image.fromarray(np.array(labels.palette, np.uint8)[ids])
    assert np.array_equal(extract(image, labels=labels.name, storage="colours"), ids)
    image.putpixel((0, 0), (0, 0, 0))
    image.putpixel((1, 0), (224, 224, 192))
    first = extract(image, labels=labels.name, storage="colours")[0, :2].tolist()
    assert first == ([0, 255] if labels is VOC_21 else [255, 255])


def test_classes_that_share_a_colour_and_a_texture_become_the_first_and_others_are_refused(extract: Extract) -> None:
    poles = Image.new("RGBA", (12, 8), (153, 153, 153, 255))
    found = extract(poles, labels="cityscapes-34", storage="colours")
    assert {CITYSCAPES_34.classes[number] for number in np.unique(found)} == {"pole"}
    grey = Image.new("RGB", (12, 8), (140, 140, 140))
    with pytest.raises(SemanticsError, match="#8c8c8c, which is that of road and skyscraper"):
        extract(grey, labels=ADE20K_150.name, storage="colours")


def test_black_in_cityscapes_colours_is_void(extract: Extract) -> None:
    ids = np.resize(np.array([0, 1, 3, 4, 7, 23, 26], np.uint8), (8, 12))
    image = Image.fromarray(np.array(CITYSCAPES_34.palette, np.uint8)[ids]).convert("RGBA")
    found = extract(image, labels="cityscapes-34", storage="colours")
    assert np.array_equal(found, np.where(ids < 7, 0, ids))
    train = extract(image, labels="cityscapes-34", storage="colours", into="cityscapes-19")
    assert train[0, :7].tolist() == [255, 255, 255, 255, 0, 10, 13]


def test_ids_are_turned_into_train_ids_by_class_names(extract: Extract) -> None:
    found = extract(plane([0, 7, 9, 33]), labels="cityscapes-34", into="cityscapes-19")
    assert found[0, :4].tolist() == [255, 0, 255, 18]


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (plane([19]), {"labels": "cityscapes-19"}, r"holds the value 19, which is no class of cityscapes-19, nor 255"),
        (plane([151]), {"labels": "ade20k-150", "storage": "ids-from-1"}, r"holds the value 151, .* nor 0 for void"),
        (plane([32]), {"labels": "ade20k-32"}, r"holds the value 32"),
        (Image.new("L", (12, 9)), {"labels": "voc-21"}, r"photo_labels.png: is 12 x 9, and the picture 12 x 8"),
        (Image.new("RGB", (12, 8)), {"labels": "voc-21"}, r"holds colours, not ids: choose storage=colours"),
        (
            Image.new("RGB", (12, 8), (1, 2, 3)),
            {"labels": "voc-21", "storage": "colours"},
            r"colour #010203, which is no class of voc-21",
        ),
        (plane([0]), {"labels": "voc-21", "files": "{stem}.map"}, r"photo.map: there is no such map"),
        (plane([0]), {"labels": "voc-21", "files": "photo.txt"}, r"photo.txt: cannot be read as a label map"),
        (plane([0]), {"labels": "voc-21", "files": "{city}.png"}, r"files='\{city\}.png'"),
        (plane([0]), {"labels": "texture", "storage": "colours"}, r"texture: has no palette"),
        (plane([0]), {"labels": "voc-21", "into": "ade20k-33"}, r'no label set is called "ade20k-33"'),
        (plane([0]), {"labels": "voc-21", "storage": "rle"}, r"storage='rle'"),
    ],
)
def test_what_does_not_fit_is_a_typed_error(
    extract: Extract, photo: Path, image: Image.Image, options: dict[str, str], message: str
) -> None:
    photo.with_name("photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(SemanticsError, match=message):
        extract(image, **options)


def test_label_sets_without_a_class_in_common_are_refused(extract: Extract, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"name": "odd", "classes": ["gizmo"]}')
    with pytest.raises(SemanticsError, match="no class of voc-21 is one of odd"):
        extract(plane([0]), labels="voc-21", into=str(tmp_path / "odd.json"))


def test_a_map_cut_short_is_a_typed_error(photo: Path) -> None:
    path = photo.with_name("photo_labels.png")
    noise = np.random.default_rng(1).integers(0, 21, (8, 12), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SemanticsError, match=r"photo_labels.png: cannot be read as a label map"):
        load("semantics", "labels", {"labels": "voc-21"}).extract_from(PICTURE, photo)


def test_a_picture_from_memory_or_stored_turned_is_refused(extract: Extract, tmp_path: Path) -> None:
    extractor = load("semantics", "labels", {"labels": "voc-21"})
    with pytest.raises(SemanticsError, match="give a path, not samples"):
        extractor.extract(PICTURE)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    turned = tmp_path / "turned.jpg"
    Image.fromarray(PICTURE).save(turned, exif=exif)
    with pytest.raises(SemanticsError, match=r"turned.jpg: is stored turned \(EXIF orientation 3\)"):
        extractor.extract_from(PICTURE, turned)


def test_cityscapes_layout_is_found_and_the_file_decodes(tmp_path: Path) -> None:
    photo = tmp_path / "leftImg8bit" / "val" / "lindau" / "lindau_000000_000019_leftImg8bit.png"
    truth = tmp_path / "gtFine" / "val" / "lindau" / "lindau_000000_000019_gtFine_labelIds.png"
    for path in (photo, truth):
        path.parent.mkdir(parents=True)
    Image.fromarray(PICTURE).save(photo)
    plane([7, 7, 7, 7, 23, 23, 23, 23]).save(truth)
    options = {
        "labels": "cityscapes-34",
        "drop": "_leftImg8bit",
        "files": "../../../gtFine/{grandparent}/{parent}/{stem}_gtFine_labelIds.png",
    }
    pipeline = build_pipeline(semantics="labels", semantics_options=options, divisor=1, semantics_rate=0, quality=30)
    encoded = pipeline.encode(photo)
    assert encoded.label_map is not None
    assert np.array_equal(encoded.label_map.labels, np.array(Image.open(truth)))
    assert read_info(encoded).semantics == "labels"
    assert decode(encoded).shape == PICTURE.shape


def test_real_ground_truth_is_read_as_it_is() -> None:
    folder = SHARED / "street" / "cityscapes"
    photos = sorted((folder / "photos").glob("*")) if folder.is_dir() else []
    if not photos:
        pytest.skip("the Cityscapes photos are not at hand")
    with Image.open(photos[0]) as image:
        rgb = np.array(image.convert("RGB"))
    options = {"labels": "cityscapes-34", "files": "../labels/{stem}.png"}
    found = load("semantics", "labels", options).extract_from(rgb, photos[0])
    with Image.open(folder / "labels" / f"{photos[0].stem}.png") as truth:
        assert np.array_equal(found.labels, np.array(truth))
    assert {"road", "car", "vegetation"} <= {CITYSCAPES_34.classes[number] for number in np.unique(found.labels)}


def test_void_of_a_label_set_that_declares_none_is_the_id_after_its_classes(photo: Path, tmp_path: Path) -> None:
    declaration = tmp_path / "two.json"
    declaration.write_text('{"name": "two", "classes": ["sky", "road"]}')
    plane([0, 1, 2]).save(photo.with_name("photo_labels.png"))
    options = {"labels": str(declaration), "storage": "ids-from-1"}
    file = build_pipeline("png", "labels", semantics_options=options, semantics_rate=0, divisor=1).encode(photo)
    assert file.label_map is not None
    assert set(np.unique(file.label_map.labels)) == {0, 1, 2}
