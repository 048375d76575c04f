"""Every block of docs/plugins.md works, in its order, in one folder that starts empty."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from environments import Environment
from PIL import Image

from jpadse_core import RgbImage

GUIDE = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
LANGUAGES = ("python", "toml", "yaml", "sh")


def test_every_block_is_in_a_language_that_is_run() -> None:
    assert {language for language, _ in BLOCKS} == set(LANGUAGES)


@pytest.mark.packaging
def test_every_block_works_in_its_order(tmp_path: Path, coffee: RgbImage) -> None:
    environment = Environment.create(tmp_path / "environment")
    folder = tmp_path / "jpadse-plugin-poster"
    folder.mkdir()
    Image.fromarray(coffee).save(folder / "photo.png")
    for language, text in BLOCKS:
        named = re.match(r"# (\S+\.\w+)(, continued)?\n", text)
        if named is not None:
            write(folder / named[1], text[named.end() :], append=named[2] is not None)
        elif language == "sh":
            environment.run("bash", "-e", "-o", "pipefail", "-c", text, at=folder)
        else:
            assert language == "python", f"a block of {language} without a file's name:\n{text}"
            environment.run("python", "-W", "error", "-c", text, at=folder)
    assert (folder / "tests" / "golden").is_dir()
    assert [path.suffix for path in (folder / "dist").iterdir()] == [".whl"]


def write(path: Path, text: str, append: bool) -> None:
    """Write a block's file."""
    assert append == path.exists(), f"{path.name} is written twice, or continued before it is begun"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)
    if path.suffix == ".yml":
        yaml.safe_load(text)


@pytest.mark.parametrize("title", ["A codec", "Its tests", "Hooks", "Publishing"])
def test_the_guide_goes_from_nothing_to_a_published_package(title: str) -> None:
    assert f"\n## {title}\n" in GUIDE
