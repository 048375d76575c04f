"""The extractor `torchvision` with weights made here, in files and from a server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from made_weights import FAVOURITE, LIGHT, needs_torchvision, saved

from jpadse_core import (
    RgbImage,
    SemanticsError,
    WeightsChecksum,
    WeightsError,
    WeightsFile,
    WeightsMissing,
    WeightsOffline,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.interfaces.label_sets import VOC_21
from jpadse_core.plugins.loading import load
from jpadse_plugin_torchvision import pinned

pytestmark = needs_torchvision


def noise(height: int, width: int) -> RgbImage:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("light") / "light.pth", LIGHT)


@pytest.mark.parametrize(
    ("architecture", "auxiliary"),
    [
        ("deeplabv3_mobilenet_v3_large", False),
        ("deeplabv3_mobilenet_v3_large", True),
        ("deeplabv3_resnet50", True),
        ("fcn_resnet50", True),
    ],
)
def test_every_family_labels_a_picture(tmp_path: Path, architecture: str, auxiliary: bool) -> None:
    weights = saved(tmp_path / "made.pth", architecture, auxiliary=auxiliary)
    extractor = load("semantics", "torchvision", {"model": architecture, "weights": weights, "side": 64})
    found = extractor.extract(noise(48, 70))
    assert found.labels.shape == (48, 70)
    assert np.unique(found.labels).tolist() == [FAVOURITE]
    assert found.label_set == VOC_21


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (200, 64)])
def test_pictures_of_any_size_are_labelled(light: Path, size: tuple[int, int]) -> None:
    found = load("semantics", "torchvision", {"model": LIGHT, "weights": str(light), "side": "64"}).extract(
        noise(*size)
    )
    assert found.labels.shape == size
    assert np.unique(found.labels).tolist() == [FAVOURITE]


def test_the_map_is_what_torchvisions_own_preset_and_network_give(tmp_path: Path) -> None:
    import torch
    from torchvision.models import get_model
    from torchvision.transforms._presets import SemanticSegmentation

    weights = saved(tmp_path / "made.pth", LIGHT)
    state = torch.load(weights, weights_only=True)
    for key, value in state.items():  # without a favourite, and by what varies from pixel to pixel only
        if key.startswith("classifier.high_classifier") or key == "classifier.low_classifier.bias":
            value.zero_()
    torch.save({"model": state}, weights)
    network = get_model(LIGHT, weights=None, weights_backbone=None, num_classes=21)
    network.load_state_dict(state)
    rgb = noise(6, 9).repeat(16, 0).repeat(16, 1)
    with torch.inference_mode():
        batch = SemanticSegmentation(resize_size=None)(torch.from_numpy(rgb.transpose(2, 0, 1)))[None]
        expected = network.eval()(batch)["out"][0].argmax(0).numpy()
    assert len(np.unique(expected)) > 1
    extractor = load("semantics", "torchvision", {"model": LIGHT, "weights": weights, "side": 96})
    assert (extractor.extract(rgb).labels == expected).mean() > 0.99


def test_weights_of_other_classes_come_with_their_label_set(tmp_path: Path) -> None:
    declared = tmp_path / "two.json"
    declared.write_text(json.dumps({"name": "two", "classes": ["sky", "water"]}))
    weights = saved(tmp_path / "made.pth", LIGHT, classes=2, favourite=1)
    options = {"model": LIGHT, "weights": weights, "side": 64}
    data = build_pipeline(
        semantics="torchvision", semantics_options=options | {"labels": str(declared)}, quality=30
    ).encode(noise(64, 96))
    assert read_info(data).semantics == "torchvision"
    assert decode(data).shape == (64, 96, 3)
    with pytest.raises(WeightsError, match=f"are not those of {LIGHT} with 21 classes: .*size mismatch"):
        load("semantics", "torchvision", options)


def test_the_pins_are_what_torchvision_publishes() -> None:
    from torchvision.models import get_model_weights, list_models, segmentation

    assert set(pinned.PINNED) == set(list_models(module=segmentation)) == set(get_args(pinned.Architecture))
    for architecture, file in pinned.PINNED.items():
        (published,) = get_model_weights(architecture)
        assert published.url == file.url
        assert published.meta["categories"] == ["__background__", *VOC_21.classes[1:]]


@pytest.fixture
def server(light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsFile]:
    """A web server that has the weights, pinned by eight digits as torchvision's are, and an empty cache."""
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JPADSE_OFFLINE", raising=False)
    handler = partial(SimpleHTTPRequestHandler, directory=str(light.parent))
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    digest = hashlib.sha256(light.read_bytes()).hexdigest()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        file = WeightsFile("made.pth", f"http://127.0.0.1:{running.server_port}/light.pth", digest[:8], "none")
        monkeypatch.setitem(pinned.PINNED, LIGHT, file)
        yield file
        running.shutdown()


def test_pinned_weights_are_downloaded_once_and_kept(
    server: WeightsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load("semantics", "torchvision", {"model": LIGHT, "side": 64}).extract(noise(32, 32))
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    again = load("semantics", "torchvision", {"model": LIGHT, "side": 64}).extract(noise(32, 32))
    assert np.unique(first.labels).tolist() == np.unique(again.labels).tolist() == [FAVOURITE]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [server.name]


def test_offline_what_is_not_in_the_cache_is_not_asked_for(
    server: WeightsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    with pytest.raises(WeightsOffline, match=r"made.pth: is not in .*JPADSE_OFFLINE is set"):
        load("semantics", "torchvision", {"model": LIGHT})


def test_a_download_that_is_not_the_pinned_file_is_refused(
    server: WeightsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pinned.PINNED, LIGHT, WeightsFile(server.name, server.url, "00000000", "none"))
    with pytest.raises(WeightsChecksum, match="00000000"):
        load("semantics", "torchvision", {"model": LIGHT})
    assert list((tmp_path / "cache").iterdir()) == []


def test_files_that_hold_no_weights_are_typed_errors_of_one_line(tmp_path: Path) -> None:
    import torch

    damaged, listed = tmp_path / "damaged.pth", tmp_path / "listed.pth"
    damaged.write_bytes(b"PK\x03\x04 and no more")
    torch.save([1, 2], listed)
    for path, kind, message in (
        (tmp_path / "absent.pth", WeightsMissing, "there are no such weights"),
        (damaged, WeightsError, "cannot be read as weights"),
        (listed, WeightsError, "holds a list, not a state dict"),
    ):
        with pytest.raises(kind, match=f"{path.name}: {message}") as raised:
            load("semantics", "torchvision", {"model": LIGHT, "weights": path})
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": 4}, "side=4"),
        ({"labels": "voc-22"}, 'no label set is called "voc-22"'),
        ({"device": "abacus"}, "device abacus: cannot be used"),
    ],
)
def test_wrong_options_are_typed_errors(light: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(SemanticsError, match=message):
        load("semantics", "torchvision", {"model": LIGHT, "weights": light, **change})
