"""What the README promises."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from skimage import data

from jpadse_core import build_pipeline, decode, read_info

README = (Path(__file__).parent.parent / "README.md").read_text()


def section(title: str) -> str:
    """The text between a heading and the next one of its level."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_set_up_is_two_commands_of_one_line_each() -> None:
    commands = blocks(section("Set-up"), "sh")
    assert [command.count("\n") for command in commands] == [1, 1]
    assert "demo" in commands[0]
    assert "pytest" in commands[1]


def test_the_plugin_in_twenty_lines_works_as_printed() -> None:
    (module,) = blocks(section("A plugin in twenty lines"), "python")
    assert sum(bool(line.strip()) for line in module.splitlines()) <= 20
    namespace: dict[str, type] = {"__name__": "jpadse_plugin_tiny"}
    exec(module, namespace)
    codec = namespace["TinyCodec"]()
    picture = data.coffee()[100:228, 100:260]
    pipeline = build_pipeline(codec=codec, semantics=None, quality=20)
    encoded = pipeline.encode(picture)
    assert pipeline.decode(encoded).shape == picture.shape
    assert np.array_equal(
        pipeline.decode(encoded, enhance=False), codec.decode(codec.encode(picture, pipeline.options))
    )


def test_the_example_in_use_works_as_printed(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(data.coffee()[:96, :128]).save(tmp_path / "photo.png")
    first, second = blocks(section("Use"), "python")
    namespace: dict[str, object] = {}
    exec(first.replace('"photo.png"', repr(str(tmp_path / "photo.png"))), namespace)
    encoded = namespace["data"]
    assert isinstance(encoded, bytes)
    assert np.array_equal(namespace["picture"], decode(encoded))
    assert namespace["info"] == read_info(encoded)
    Image.open(tmp_path / "photo.png").save(tmp_path / "any-old.jpg", quality=40)
    for name in ("photo.png", "any-old.jpg"):
        second = second.replace(f'"{name}"', repr(str(tmp_path / name)))
    exec(second, namespace)
    small, attached = namespace["small"], namespace["data"]
    assert isinstance(small, bytes)
    assert isinstance(attached, bytes)
    assert 0 < len(small) <= 20_000
    assert read_info(attached).enhanced
    assert read_info(namespace["matched"]).semantics_source == "derived"  # type: ignore[arg-type]
    assert namespace["thrifty"].map_choice.weighed  # type: ignore[attr-defined]
