"""What `jpadse new-plugin` writes installs with pip, is listed, and passes its own tests, for each kind."""

from __future__ import annotations

import ast
import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Finished
from environments import Environment

from jpadse_core import PluginError, __version__
from jpadse_core.plugins.discovery import KINDS
from jpadse_core.scaffold import KINDS as WRITABLE
from jpadse_core.scaffold import jpadse_bounds, write_plugin


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new plugin of every kind."""
    folder = tmp_path_factory.mktemp("plugins")
    for kind in WRITABLE:
        write_plugin(kind, f"my-{kind}", folder)
    return folder


@pytest.fixture(scope="module")
def environment(written: Path) -> Environment:
    """Where all of them are installed."""
    made = Environment.create(written / "environment")
    made.run("python", "-m", "pip", "install", "--quiet", *(str(folder) for folder in written.glob("jpadse-plugin-*")))
    return made


def test_there_is_a_template_for_every_kind_of_component() -> None:
    assert set(WRITABLE) == set(KINDS)


@pytest.mark.packaging
def test_they_are_installed_and_listed_as_sound(environment: Environment) -> None:
    listed = json.loads(environment.run("jpadse", "list-plugins", "--check", "--json"))
    rows = {row["name"]: row for row in listed if row["name"].startswith("my-")}
    assert {(row["kind"], row["status"]) for row in rows.values()} == {(kind, "ok") for kind in WRITABLE}
    assert rows["my-codec"]["distribution"] == "jpadse-plugin-my-codec"
    assert rows["my-codec"]["version"] == "0.1.0"


@pytest.mark.packaging
def test_they_pass_their_own_tests(environment: Environment, written: Path) -> None:
    tests = [str(folder) for folder in written.glob("jpadse-plugin-*/tests")]
    assert len(tests) == len(WRITABLE)
    options = ["-W", "error", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull]
    assert " passed" in environment.run("python", "-m", "pytest", *options, "--rootdir", str(written), *tests)


@pytest.mark.packaging
def test_they_pass_without_their_tests_too(environment: Environment) -> None:
    report = json.loads(environment.run("jpadse", "check-plugin", "my-metric", "--json"))
    assert report["conforms"]
    assert {check["result"] for check in report["checks"]} == {"passed", "skipped"}


@pytest.mark.packaging
def test_the_written_command_is_a_command(environment: Environment, written: Path) -> None:
    assert environment.run("jpadse", "my-command", "--help").startswith("Usage: jpadse my-command")


def test_the_distribution_says_what_it_needs(written: Path) -> None:
    project = tomllib.loads((written / "jpadse-plugin-my-codec" / "pyproject.toml").read_text())["project"]
    assert f"jpadse{jpadse_bounds()}" in project["dependencies"]
    assert jpadse_bounds().startswith(f">={__version__.rpartition('.')[0]},<")
    assert project["entry-points"]["jpadse.contract"] == {"1": "jpadse_plugin_my_codec"}
    assert project["entry-points"]["jpadse.codecs"] == {"my-codec": "jpadse_plugin_my_codec:MyCodec"}


@pytest.mark.parametrize("path", ["README.md", ".gitignore", ".github/workflows/test.yml", "tests/test_my_codec.py"])
def test_the_distribution_is_complete(written: Path, path: str) -> None:
    text = (written / "jpadse-plugin-my-codec" / path).read_text()
    assert text.strip()
    assert "{{" not in text.replace("${{ matrix", "")


@pytest.mark.parametrize("name", ["", "My-Codec", "a b", "-a", "a--b", "../a", "a" * 61, "1a", "none"])
def test_a_name_that_pip_or_python_would_not_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match="cannot name a plugin"):
        write_plugin("codec", name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "name"), [("semantics", "semantic-map"), ("enhancer", "hints"), ("codec", "true"), ("codec", "base-model")]
)
def test_a_class_does_not_take_a_name_that_its_module_uses(tmp_path: Path, kind: str, name: str) -> None:
    package = write_plugin(kind, name, tmp_path) / f"jpadse_plugin_{name.replace('-', '_')}" / "__init__.py"
    bound = [
        node.name if isinstance(node, ast.ClassDef) else alias.name
        for node in ast.parse(package.read_text()).body
        if isinstance(node, ast.ClassDef | ast.ImportFrom)
        for alias in getattr(node, "names", [None])
    ]
    assert len(bound) == len(set(bound))


def test_the_name_of_a_command_of_jpadses_own_is_told(jpadse: Callable[..., Finished], tmp_path: Path) -> None:
    finished = jpadse("new-plugin", "command", "encode", "-o", tmp_path)
    assert 'warning: jpadse has a command "encode": beside it, choose another name' in finished.err


def test_a_folder_that_is_there_is_left_alone(jpadse: Callable[..., Finished], tmp_path: Path) -> None:
    assert jpadse("new-plugin", "codec", "mine", "-o", tmp_path).code == 0
    (tmp_path / "jpadse-plugin-mine" / "README.md").write_text("my own words")
    again = jpadse("new-plugin", "codec", "mine", "-o", tmp_path)
    assert again.code == 1
    assert "is there already" in again.err
    assert (tmp_path / "jpadse-plugin-mine" / "README.md").read_text() == "my own words"


def test_a_parent_that_is_missing_is_one_line(jpadse: Callable[..., Finished], tmp_path: Path) -> None:
    finished = jpadse("new-plugin", "codec", "mine", "-o", tmp_path / "nowhere")
    assert finished.code == 1
    assert "No such file or directory" in finished.err


def test_a_name_that_is_taken_is_told(jpadse: Callable[..., Finished], tmp_path: Path) -> None:
    finished = jpadse("new-plugin", "codec", "jpeg", "-o", tmp_path)
    assert finished.code == 0
    assert 'jpadse has a codec "jpeg"' in finished.err
