"""Real photographs, the command line in-process, and networks that a stranger's clone does not have."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.measures.registry import measures_of

SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(autouse=True)
def _fresh_measures() -> None:
    """No test gets a measure that another test's surroundings made."""
    measures_of.cache_clear()


def photograph(name: str, rows: slice, columns: slice) -> RgbImage:
    from skimage import data

    crop = np.ascontiguousarray(getattr(data, name)()[rows, columns])
    crop.setflags(write=False)
    return crop


@pytest.fixture(scope="session")
def astronaut() -> RgbImage:
    """Eileen Collins (NASA, public domain), 176 by 192."""
    return photograph("astronaut", slice(0, 176), slice(140, 332))


@pytest.fixture(scope="session")
def coffee() -> RgbImage:
    """A corner of Rachel Michetti's "Coffee" (CC0), 168 by 184."""
    return photograph("coffee", slice(100, 268), slice(180, 364))


@pytest.fixture(scope="session")
def coded(astronaut: RgbImage) -> RgbImage:
    """`astronaut` as a JPEG of quality 15 shows it."""
    return as_jpeg(astronaut, 15)


def as_jpeg(rgb: RgbImage, quality: int) -> RgbImage:
    import io

    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=quality)
    return np.array(Image.open(target))


@pytest.fixture
def pictures(tmp_path: Path, astronaut: RgbImage, coffee: RgbImage) -> Path:
    """A folder with both photographs."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, rgb in (("astronaut", astronaut), ("coffee", coffee)):
        Image.fromarray(rgb).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def network() -> Callable[[str], Path]:
    """A frozen network out of ../shared/data."""

    def find(name: str) -> Path:
        path = SHARED / "networks" / name
        if not path.exists():
            pytest.skip(f"../shared/data/networks/{name} is not on this machine")
        return path

    return find


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def jpadse(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Run a command line in this process; exit code, stdout and stderr."""
    from jpadse_core.cli.main import main

    def run(*arguments: object) -> Finished:
        given = [str(argument) for argument in arguments]
        monkeypatch.setattr(sys, "argv", ["jpadse", *given])
        capsys.readouterr()
        code = 0
        with warnings.catch_warnings():
            try:
                main(given)
            except SystemExit as exit_request:
                code = int(exit_request.code or 0)
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    return run
