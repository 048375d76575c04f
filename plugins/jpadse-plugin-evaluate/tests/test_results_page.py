"""The script of the project's results page, on sets of one photograph with networks of a few bytes as judges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import tiny_networks
from PIL import Image

from jpadse_core import RgbImage
from jpadse_core.plugins.discovery import discover

EXAMPLE = Path(__file__).parents[3] / "examples" / "results_page.py"
CORNERS = ("distortion", "perception", "accuracy")


@pytest.fixture
def data(tmp_path: Path, coffee: RgbImage) -> Path:
    """A folder as the script wants it."""
    folder = tmp_path / "data"
    street = Path("street") / "cityscapes"
    for name in ("photos/kodak", "photos/clic", street / "photos", street / "labels", "networks"):
        (folder / name).mkdir(parents=True)
    for name in ("photos/kodak/cup", "photos/kodak/second", "photos/clic/cup", street / "photos" / "cup"):
        Image.fromarray(coffee).save(folder / f"{name}.png")
    Image.new("L", coffee.shape[1::-1], 7).save(folder / street / "labels" / "cup.png")
    for name in ("deeplab_ade20k", "deeplab_cityscapes"):
        tiny_networks.segmenter(folder / "networks" / f"{name}.tflite")
    tiny_networks.classifier(folder / "networks" / "mobilenet_v2.tflite")
    return folder


def make(data: Path, *arguments: object) -> str:
    """Run the script; the page."""
    out = data.parent / "results.md"
    command = [sys.executable, EXAMPLE, data, "--work", data.parent / "work", "--out", out, "--jobs", "1", *arguments]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return out.read_text()


def test_one_command_makes_a_page_of_every_corner_and_keeps_what_somebody_wrote(data: Path) -> None:
    (data.parent / "results.md").write_text("# Of before\n\n<!-- by hand -->\n\nWhat somebody wrote.\n")
    page = make(data, "--codec", "jpeg", "--metric", "psnr", "--first", "1", "--set", "kodak", "--set", "clic")
    assert "## Kodak: 1 of 2 pictures" in page
    assert "## Cityscapes" not in page
    assert "# Of before" not in page
    assert "on 1 picture of Kodak, 1 picture of CLIC." in page
    assert "EfficientNet-Lite0, which FD is made on, gave features to a loss" in page
    assert page.endswith("<!-- by hand -->\n\nWhat somebody wrote.\n")
    assert f"{os.sep}photos{os.sep}" not in page
    for variant in ("deeplab", "none-semantics"):
        for corner in CORNERS:
            assert page.count(f"| jpeg {variant} {corner} | q5 |") == 2
    assert "sha256: " in page
    assert "jpadse evaluate KODAK --segmenter=deeplab_ade20k.tflite --classifier=mobilenet_v2.tflite" in page
    with Image.open(data.parent / "results" / "kodak-psnr.png") as figure:
        assert figure.width > 500
    results = json.loads((data.parent / "work" / "kodak" / "results.json").read_text())
    assert {"psnr", "miou-agreement", "top-1"} <= set(results["measured"][0]["values"])


def test_streets_are_judged_by_their_true_labels_too(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    script = import_module("results_page")
    street = script.sets_in(data, None, None)[-1]
    options = ["--codec=jpeg", "--points=10", "--semantics=none", "--metric=psnr", "--jobs=1"]
    folder = script.Page(options, data.parent / "work").measure(street)
    results = json.loads((folder / "results.json").read_text())
    assert [picture["width"] for picture in results["pictures"]] == [1024]
    assert {"miou-agreement", "miou", "pixel-accuracy"} <= set(results["measured"][0]["values"])


def test_every_installed_codec_that_has_a_quality_scale_is_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    usable, left_out = import_module("results_page").usable_codecs()
    told = {name.partition(" ")[0] for name in left_out}
    installed = {component.name for component in discover("codec")}
    assert "jpeg" in usable
    assert installed - {*usable, *told} == {"png"}  # which has no quality
