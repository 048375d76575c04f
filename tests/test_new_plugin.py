"""What `jpadse new-plugin` writes installs with pip, is listed, and passes its own tests, for each kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Finished

from jpadse_core import PluginError, __version__
from jpadse_core.plugins.discovery import KINDS
from jpadse_core.scaffold import KINDS as WRITABLE
from jpadse_core.scaffold import jpadse_bounds, write_plugin


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own that also sees what this one has installed."""

    folder: Path

    def run(self, *arguments: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        finished = subprocess.run(
            [str(self.folder / "bin" / "python"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder.parent,
            env={**os.environ, **quiet},
        )
        assert not ok or finished.returncode == 0, finished.stdout + finished.stderr
        return finished


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
    made = Environment(written / "environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    (library,) = made.folder.glob("lib/python*/site-packages")
    (library / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    folders = [str(folder) for folder in written.glob("jpadse-plugin-*")]
    made.run("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", *folders)
    return made


def test_there_is_a_template_for_every_kind_of_component() -> None:
    assert set(WRITABLE) == set(KINDS) - {"hook"}


def test_they_are_installed_and_listed_as_sound(environment: Environment) -> None:
    listed = json.loads(environment.run("-m", "jpadse_core", "list-plugins", "--check", "--json").stdout)
    rows = {row["name"]: row for row in listed if row["name"].startswith("my-")}
    assert {(row["kind"], row["status"]) for row in rows.values()} == {(kind, "ok") for kind in WRITABLE}
    assert rows["my-codec"]["distribution"] == "jpadse-plugin-my-codec"
    assert rows["my-codec"]["version"] == "0.1.0"


def test_they_pass_their_own_tests(environment: Environment, written: Path) -> None:
    tests = [str(folder) for folder in written.glob("jpadse-plugin-*/tests")]
    assert len(tests) == len(WRITABLE)
    options = ["-W", "error", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull]
    finished = environment.run("-m", "pytest", *options, "--rootdir", str(written), *tests)
    assert " passed" in finished.stdout


def test_they_pass_without_their_tests_too(environment: Environment) -> None:
    finished = environment.run("-m", "jpadse_core", "check-plugin", "my-metric", "--json")
    report = json.loads(finished.stdout)
    assert report["conforms"]
    assert {check["result"] for check in report["checks"]} == {"passed", "skipped"}


def test_the_written_command_is_a_command(environment: Environment, written: Path) -> None:
    assert environment.run("-m", "jpadse_core", "my-command", "--help").stdout.startswith("Usage: jpadse my-command")


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


@pytest.mark.parametrize("name", ["", "My-Codec", "a b", "-a", "a--b", "../a", "a" * 61, "1a"])
def test_a_name_that_pip_or_python_would_not_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match="cannot name a plugin"):
        write_plugin("codec", name, tmp_path)
    assert not list(tmp_path.iterdir())


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
