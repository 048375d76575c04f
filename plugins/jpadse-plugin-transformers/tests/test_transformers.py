"""The extractor `transformers` on small networks that were saved and are loaded as real ones are."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from small_models import CLASSES, FAMILIES, save

from jpadse_core import (
    JpadseError,
    RgbImage,
    SemanticsError,
    TextureUndeclared,
    WeightsError,
    WeightsOffline,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.interfaces.label_sets import ADE20K_150
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One folder a family; its favourite is class 1."""
    return {family: save(family, tmp_path_factory.mktemp(family), 1) for family in FAMILIES}


def noise(height: int, width: int) -> RgbImage:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [(50, 70), (64, 64), (3, 200), (1, 1)])
def test_every_family_labels_pictures_of_any_size(models: dict[str, Path], family: str, size: tuple[int, int]) -> None:
    found = load("semantics", "transformers", {"model": str(models[family])}).extract(noise(*size))
    assert found.labels.shape == size
    assert np.unique(found.labels).tolist() == [1]
    assert found.label_set.classes == CLASSES


def test_the_map_is_what_the_network_itself_says(tmp_path: Path) -> None:
    """Without a favourite: against the scores computed here by hand."""
    import torch
    from PIL import Image
    from transformers import SegformerForSemanticSegmentation

    folder = save("segformer", tmp_path / "model", 0)
    network = SegformerForSemanticSegmentation.from_pretrained(folder).eval()
    with torch.no_grad():
        network.decode_head.classifier.bias[0] -= 100
        network.decode_head.classifier.weight *= 50
    network.save_pretrained(folder)
    rgb = np.array(Image.fromarray(noise(8, 12)).resize((96, 64), Image.Resampling.BICUBIC))
    seen = np.asarray(Image.fromarray(rgb).resize((64, 64), Image.Resampling.BILINEAR)) / 255
    inputs = (seen - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.inference_mode():
        scores = network(torch.tensor(inputs.transpose(2, 0, 1)[None], dtype=torch.float32)).logits
        expected = torch.nn.functional.interpolate(scores, (64, 96), mode="bilinear").argmax(1)[0].numpy()
    assert len(np.unique(expected)) > 1
    found = load("semantics", "transformers", {"model": str(folder)}).extract(rgb)
    assert (found.labels == expected).mean() > 0.98


def test_a_model_that_crops_the_middle_is_shown_the_whole_picture(tmp_path: Path) -> None:
    from transformers import MobileNetV2Config, MobileNetV2ForSemanticSegmentation, MobileNetV2ImageProcessorPil

    names = dict(enumerate(CLASSES))
    config = MobileNetV2Config(depth_multiplier=0.35, output_stride=8, id2label=names)
    MobileNetV2ForSemanticSegmentation(config).save_pretrained(tmp_path)
    size, crop = {"shortest_edge": 65}, {"height": 65, "width": 65}
    MobileNetV2ImageProcessorPil(size=size, crop_size=crop).save_pretrained(tmp_path)
    extractor = load("semantics", "transformers", {"model": str(tmp_path)})
    seen: list[tuple[int, ...]] = []
    extractor._model.network.register_forward_pre_hook(
        lambda _module, _args, given: seen.append(tuple(given["pixel_values"].shape[2:])), with_kwargs=True
    )
    for height, width in ((65, 130), (130, 65), (9, 900)):
        assert extractor.extract(noise(height, width)).labels.shape == (height, width)
    assert seen == [(65, 130), (130, 65), (65, 260)]


def test_a_large_picture_is_labelled_at_a_bounded_size(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from jpadse_plugin_transformers import extractor

    monkeypatch.setattr(extractor, "MOST_PIXELS_IN", 400)
    monkeypatch.setattr(extractor, "MOST_PIXELS_OUT", 100)
    found = load("semantics", "transformers", {"model": str(models["segformer"])}).extract(noise(100, 300))
    assert found.labels.shape == (100, 300)
    assert np.unique(found.labels).tolist() == [1]


def test_classes_look_like_known_ones_and_the_rest_is_told_of_once(models: dict[str, Path]) -> None:
    options = {"model": str(models["segformer"])}
    with pytest.warns(TextureUndeclared, match="no texture is declared for gizmo") as told:
        pipeline = build_pipeline(semantics="transformers", semantics_options=options, quality=30)
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = pipeline.encode(noise(64, 96))
    assert pipeline.semantics is not None
    assert pipeline.semantics.labels.textures == ("road", "vegetation", "other")
    assert read_info(data).semantics == "transformers"
    assert decode(data).shape == (64, 96, 3)


def test_a_network_of_ade20ks_classes_has_ade20ks_label_set(tmp_path: Path) -> None:
    folder = save("segformer", tmp_path / "ade", 4, ADE20K_150.classes)
    extractor = load("semantics", "transformers", {"model": str(folder)})
    assert extractor.labels is ADE20K_150
    assert np.unique(extractor.extract(noise(40, 40)).labels).tolist() == [4]


def test_a_label_set_can_be_given_and_has_to_have_as_many_classes(models: dict[str, Path], tmp_path: Path) -> None:
    declared = tmp_path / "mine.json"
    declared.write_text(json.dumps({"name": "mine", "classes": ["sky", "water", "wall"]}))
    options = {"model": str(models["mask2former"]), "labels": str(declared)}
    assert load("semantics", "transformers", options).labels.name == "mine"
    with pytest.raises(SemanticsError, match=r"has 3 classes, and voc-21 has 21: leave labels out"):
        load("semantics", "transformers", options | {"labels": "voc-21"})


def broken(models: dict[str, Path], tmp_path: Path, name: str, content: str | None) -> str:
    folder = shutil.copytree(models["segformer"], tmp_path / "broken")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content)
    return str(folder)


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("config.json", None, WeightsError, "cannot be loaded"),
        ("config.json", "{", WeightsError, "cannot be loaded"),
        ("config.json", '{"model_type": "bert"}', SemanticsError, "a bert model does no semantic segmentation"),
        ("preprocessor_config.json", None, WeightsError, "cannot be loaded"),
        ("model.safetensors", None, WeightsError, "cannot be loaded"),
        ("model.safetensors", "cut short", WeightsError, "cannot be loaded"),
    ],
)
def test_a_folder_that_holds_no_model_is_a_typed_error_of_one_line(
    models: dict[str, Path], tmp_path: Path, name: str, content: str | None, kind: type[JpadseError], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised:
        load("semantics", "transformers", {"model": broken(models, tmp_path, name, content)})
    assert "\n" not in str(raised.value)


def test_what_to_install_is_told_from_whichever_line_it_stands_on(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoConfig

    def lacking(*_: object, **__: object) -> object:
        raise ImportError("\nThe processor wants a library\nthat is missing: `pip install timm`.\n")

    monkeypatch.setattr(AutoConfig, "from_pretrained", lacking)
    with pytest.raises(WeightsError, match="wants a library that is missing: `pip install timm`"):
        load("semantics", "transformers", {"model": str(models["oneformer"])})


def test_offline_a_hub_id_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsOffline, match=r"nobody/nothing: .*JPADSE_OFFLINE is set: unset it"):
        load("semantics", "transformers", {"model": "nobody/nothing"})


def test_a_local_folder_needs_no_network(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert load("semantics", "transformers", {"model": str(models["oneformer"])}).labels.classes == CLASSES


def test_a_device_that_is_none_is_a_typed_error(models: dict[str, Path]) -> None:
    with pytest.raises(SemanticsError, match="device abacus: cannot be used"):
        load("semantics", "transformers", {"model": str(models["segformer"]), "device": "abacus"})


def test_checking_finds_nothing_wrong_with_a_model_not_chosen_yet() -> None:
    (component,) = [found for found in discover("semantics") if found.name == "transformers"]
    assert checked(component).status == "ok"
