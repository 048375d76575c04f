"""Real photographs, toy components as an installed plugin, and the command line in-process."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves `toys` out otherwise

from toys import ToyEnhancer, ToyExtractor

from jpadse_core import Encoded, Pipeline, RgbImage, build_pipeline
from jpadse_core.plugins.hooks import hooks

settings.register_profile("jpadse", deadline=None, max_examples=30, derandomize=True, database=None)
settings.load_profile("jpadse")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the user's plugin settings or another test's hooks, even where the code under test sets them."""
    for variable in ("JPADSE_LOAD_PLUGINS", "JPADSE_STRICT_PLUGINS", "JPADSE_OFFLINE"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    hooks.cache_clear()
    yield
    hooks.cache_clear()


def _photograph(name: str, rows: slice, columns: slice) -> RgbImage:
    from skimage import data

    crop = np.ascontiguousarray(getattr(data, name)()[rows, columns])
    crop.setflags(write=False)
    return crop


@pytest.fixture(scope="session")
def coffee() -> RgbImage:
    """A corner of Rachel Michetti's "Coffee" (CC0), whose sides are multiples of nothing: 99 by 131."""
    return _photograph("coffee", slice(120, 219), slice(200, 331))


@pytest.fixture(scope="session")
def astronaut() -> RgbImage:
    """Eileen Collins (NASA, public domain), 192 by 176."""
    return _photograph("astronaut", slice(0, 192), slice(140, 316))


@pytest.fixture(scope="session")
def rocket() -> RgbImage:
    """A launch at night (SpaceX, CC0), 200 by 240: smooth sky, lights and noise."""
    return _photograph("rocket", slice(150, 350), slice(200, 440))


@pytest.fixture
def kodak_picture() -> Path:
    """A Kodak picture out of ../shared/data, which a stranger's clone does not have."""
    found = sorted((SHARED / "photos" / "kodak").glob("kodim*"))
    if not found:
        pytest.skip("../shared/data/photos/kodak is not on this machine")
    return found[0]


@pytest.fixture
def pipeline() -> Pipeline:
    """JPEG at quality 10 with the toy extractor and the toy enhancer."""
    return build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10)


@pytest.fixture(scope="session")
def jpeg_se(coffee: RgbImage) -> Encoded:
    """`coffee` as a JPEG-SE file of the toy components, with a map and a guide."""
    return build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10).encode(coffee)


def plain_pixels(data: bytes) -> RgbImage:
    """What Pillow, which knows nothing of JPADSE, shows for a file."""
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


@pytest.fixture(name="plain_pixels")
def plain_pixels_fixture() -> Callable[[bytes], RgbImage]:
    return plain_pixels


@dataclass
class Site:
    """A folder on `sys.path` into which distributions are installed as pip leaves them."""

    folder: Path
    modules: list[str] = field(default_factory=list)

    def install(
        self,
        distribution: str,
        entry_points: dict[str, dict[str, str]],
        modules: dict[str, str] | None = None,
        version: str = "1.0",
        metadata: str | None = None,
    ) -> None:
        """Write `*.dist-info` with METADATA and entry_points.txt, and the modules' sources."""
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n" if metadata is None else metadata
        (info / "METADATA").write_text(text)
        sections = (
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
            for group, entries in entry_points.items()
        )
        (info / "entry_points.txt").write_text("\n".join(sections))
        for module, source in (modules or {}).items():
            (self.folder / f"{module}.py").write_text(source)
            self.modules.append(module)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty site folder ahead of all others; modules imported from it are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    made = Site(folder)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)


TOYS = {
    "jpadse.codecs": {"toy": "toys:ToyCodec"},
    "jpadse.semantics": {"toy-bands": "toys:ToyExtractor"},
    "jpadse.enhancers": {"toy-blur": "toys:ToyEnhancer", "toy-invert": "toys:InvertingEnhancer"},
}


@pytest.fixture
def toys_installed(site: Site) -> Site:
    """The toy components as a stranger's installed plugin."""
    site.install("jpadse-plugin-toys", TOYS)
    return site


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: bytes
    err: str


@pytest.fixture
def jpadse(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Run a command line in this process; exit code, stdout and stderr."""
    from jpadse_core.cli.main import main

    def run(*arguments: object, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        code = 0
        with warnings.catch_warnings():
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as exit_request:
                code = int(exit_request.code or 0)
        captured = capsysbinary.readouterr()
        return Finished(code, captured.out, captured.err.decode())

    return run
