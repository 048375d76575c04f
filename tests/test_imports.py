"""What importing costs: nothing heavy before it is needed."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import jpadse_core

HEAVY = {"torch", "onnxruntime", "scipy", "skimage", "imagecodecs", "PIL", "pydantic", "rich", "jpadse_core.api"}


def loaded_after(statement: str, *arguments: str) -> set[str]:
    """Names of the modules in a fresh interpreter after a statement."""
    script = textwrap.dedent(
        f"""
        import sys
        try:
            {statement}
        except SystemExit as finished:
            assert not finished.code
        print("LOADED", *sys.modules)
        """
    )
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.rpartition("LOADED ")[2].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_after("import jpadse_core") & {*HEAVY, "numpy", "click"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["list-plugins"], ["list-plugins", "--json"]])
def test_help_and_listing_load_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_after(f"from jpadse_core.cli.main import main; main({arguments!r})")
    assert loaded & HEAVY == set()


def test_help_and_version_do_without_numpy() -> None:
    loaded = loaded_after("from jpadse_core.cli.main import main; main(['--help'])")
    assert loaded & {"numpy"} == set()


def test_the_public_surface_loads_no_torch_and_no_network_runtime() -> None:
    loaded = loaded_after("from jpadse_core import build_pipeline; build_pipeline('jpeg', 'deeplab', 'default')")
    assert not loaded & {"torch", "onnxruntime", "scipy", "skimage", "imagecodecs", "click", "rich"}


def test_only_the_conformance_suites_import_pytest() -> None:
    package = Path(jpadse_core.__file__).parent
    importers = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) _?pytest", path.read_text(), re.MULTILINE)
    }
    assert importers == {"testing"}
