"""Codecs that are called with options beside their quality."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jpadse_core import RgbImage, build_pipeline

FINE = ("--codec-option", "jpeg:subsampling=4:4:4", "--codec-option", "jpeg:optimize=false")


def test_every_file_of_the_codec_is_made_with_its_options_and_apart_from_those_without(
    pictures: Path, tmp_path: Path, coffee: RgbImage, jpadse: Callable[..., Any]
) -> None:
    command = ("evaluate", pictures / "coffee.png", "--semantics", "none", "--points", "10,20,40", "--metric", "psnr",
               "--jobs", "1", "--json", tmp_path / "r.json")  # fmt: skip
    assert jpadse(*command).code == 0
    page = tmp_path / "r.html"
    finished = jpadse(*command, *FINE, "--html", page)
    assert finished.code == 0, finished.err
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["options"] == {"codec jpeg": "subsampling=4:4:4 optimize=false"}
    assert "codec jpeg with subsampling=4:4:4 optimize=false" in page.read_text()
    sizes = {m["curve"]["variant"]: m["size"] for m in document["measured"] if m["point"] == "q20"}
    options = {"quality": 20, "subsampling": "4:4:4", "optimize": False}
    codec = build_pipeline("jpeg").codec
    assert sizes["plain"] == len(codec.encode(coffee, codec.Options(**options)))
    assert sizes["none-semantics"] == len(build_pipeline("jpeg", None, "default").encode(coffee, **options))


def test_a_rate_is_searched_with_the_options(pictures: Path, tmp_path: Path, jpadse: Callable[..., Any]) -> None:
    command = ("evaluate", pictures / "coffee.png", "--semantics", "none", "--bpp", "1.2", "--metric", "psnr",
               "--jobs", "1", "--json", tmp_path / "r.json")  # fmt: skip
    found = []
    for options in ((), FINE):
        finished = jpadse(*command, *options)
        assert finished.code == 0, finished.err
        measured = json.loads((tmp_path / "r.json").read_text())["measured"]
        assert all(m["bits_per_pixel"] <= 1.2 for m in measured)
        found.append([m["quality"] for m in measured])
    assert all(fine < coarse for coarse, fine in zip(*found, strict=True))


def test_bench_times_the_codec_with_its_options(pictures: Path, tmp_path: Path, jpadse: Callable[..., Any]) -> None:
    command = ("bench", pictures / "coffee.png", "--semantics", "none", "--runs", "1", "--json", tmp_path / "b.json")
    sizes = []
    for options in ((), FINE):
        finished = jpadse(*command, *options)
        assert finished.code == 0, finished.err
        rows = json.loads((tmp_path / "b.json").read_text())
        sizes.append([row["encode"]["bytes"] for row in rows])
    assert all(fine > coarse for coarse, fine in zip(*sizes, strict=True))
    assert rows[0]["options"] == "subsampling=4:4:4 optimize=false"
    assert "jpeg subsampling=4:4:4 optimize=false plain" in finished.out


@pytest.mark.parametrize(
    ("option", "code", "message"),
    [
        ("jpeg:subsampling", 2, "wants CODEC:KEY=VALUE"),
        ("webp:method=6", 2, "wants CODEC:KEY=VALUE, of a codec of --codec"),
        ("jpeg:quality=50", 2, "is the codec's quality scale: give --points or --bpp"),
        ("jpeg:speed=4", 1, "has no option speed: choose from quality, subsampling"),
        ("jpeg:subsampling=4:1:1", 1, "Input should be '4:2:0', '4:2:2' or '4:4:4'"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_measured(
    option: str, code: int, message: str, pictures: Path, tmp_path: Path, jpadse: Callable[..., Any]
) -> None:
    finished = jpadse("evaluate", pictures, "--points", "5", "--json", tmp_path / "r.json", "--codec-option", option)
    assert (finished.code, message in " ".join(finished.err.split())) == (code, True), finished.err
    assert not (tmp_path / "r.journal").exists()


def test_points_that_are_given_twice_come_together(pictures: Path, tmp_path: Path, jpadse: Callable[..., Any]) -> None:
    shutil.copy(pictures / "coffee.png", tmp_path / "coffee.png")
    Image.open(pictures / "coffee.png").save(tmp_path / "again.gif")
    points = ("--points", "20", "--points", "jpeg=5", "--points", "jpeg=10,5")
    finished = jpadse("evaluate", tmp_path, "--semantics", "none", *points, "--metric", "psnr", "--jobs", "1",
                      "--json", tmp_path / "r.json")  # fmt: skip
    assert finished.code == 0, finished.err
    document = json.loads((tmp_path / "r.json").read_text())
    assert [picture["name"] for picture in document["pictures"]] == ["again", "coffee"]
    assert {measured["point"] for measured in document["measured"]} == {"q5", "q10"}


def test_bench_does_not_drop_a_quality_that_means_nothing(pictures: Path, jpadse: Callable[..., Any]) -> None:
    finished = jpadse("bench", pictures / "coffee.png", "--codec", "png", "--semantics", "none", "-q", "5")
    assert finished.code == 1
    assert "no quality scale: leave -q out" in finished.err


def test_bench_weighs_maps_as_it_is_told(pictures: Path, tmp_path: Path, jpadse: Callable[..., Any]) -> None:
    sizes = []
    for weight in ((), ("--semantics-rate", "0")):
        command = ("bench", pictures / "coffee.png", "--semantics", "deeplab", "--runs", "1", *weight)
        finished = jpadse(*command, "--json", tmp_path / "b.json")
        assert finished.code == 0, finished.err
        sizes.append(json.loads((tmp_path / "b.json").read_text())[1]["encode"]["bytes"])
    assert sizes[0] < sizes[1]
