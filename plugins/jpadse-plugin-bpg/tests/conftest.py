"""libbpg's programs on PATH, or stand-ins for them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # pytest's importlib mode leaves `stand_in` out otherwise


def has_libbpg() -> bool:
    """Whether the real programs are installed."""
    return all(shutil.which(program) for program in ("bpgenc", "bpgdec"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two stand-ins."""
    folder = tmp_path_factory.mktemp("programs")
    for program in ("bpgenc", "bpgdec"):
        script = folder / program
        script.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(HERE)!r})\n"
            f"from stand_in import main\nmain({program!r})\n"
        )
        script.chmod(0o755)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _on_path(programs: Path) -> Iterator[None]:
    """The stand-ins ahead of everything, in child processes too."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{programs}{os.pathsep}{before}"
    yield
    os.environ["PATH"] = before
