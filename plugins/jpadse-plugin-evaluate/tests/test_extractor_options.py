"""Extractors that are made with options, under test and as judges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.evaluating import judged_by_own
from jpadse_plugin_evaluate.settings import Settings

WANTING = """
from pathlib import Path
from pydantic import BaseModel
from jpadse_core.testing.stand_ins import BandExtractor
class Wanting(BandExtractor):
    name = "wanting"
    class Options(BaseModel):
        model: Path
    def __init__(self, options):
        self.inverted = options.model.read_text() == "inverted"
    def extract(self, rgb):
        return super().extract(255 - rgb if self.inverted else rgb // 2)
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that an installed extractor `wanting` wants; what is in it decides on its maps."""
    folder = tmp_path / "site"
    (folder / "wanting-1.dist-info").mkdir(parents=True)
    (folder / "wanting-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: wanting\nVersion: 1\n")
    points = "[jpadse.semantics]\nwanting = wanting_part:Wanting\n"
    (folder / "wanting-1.dist-info" / "entry_points.txt").write_text(points)
    (folder / "wanting_part.py").write_text(WANTING)
    monkeypatch.syspath_prepend(str(folder))
    (tmp_path / "net.tflite").write_text("halved")
    return tmp_path / "net.tflite"


def test_an_extractor_is_measured_with_its_options_and_anew_when_their_files_change(
    model: Path, tmp_path: Path, coffee: RgbImage, jpadse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from jpadse_plugin_evaluate import digests, identity

    Image.fromarray(coffee).save(tmp_path / "cup.png")
    command = ("evaluate", tmp_path / "cup.png", "--semantics", "wanting", "--points", "10", "--metric", "psnr",
               "--jobs", "1", "--json", tmp_path / "r.json")  # fmt: skip
    lacking = jpadse(*command)
    assert (lacking.code, "option model is missing" in lacking.err) == (1, True)
    assert jpadse(*command, "--semantics-option", "other:model=x").code == 2
    maps = []
    for content in ("halved", "inverted"):
        model.write_text(content)
        digests.file_digest.cache_clear()
        identity.component_identity.cache_clear()
        finished = jpadse(*command, "--semantics-option", f"wanting:model={model}")
        assert finished.code == 0, finished.err
        measured = json.loads((tmp_path / "r.json").read_text())["measured"]
        maps.append(next(m["sections"] for m in measured if m["curve"]["variant"] == "wanting"))
    assert maps[0] != maps[1]


def test_a_network_that_the_files_extractor_is_made_with_is_that_extractor(model: Path, tmp_path: Path) -> None:
    (tmp_path / "other.tflite").write_text("another")
    settings = Settings(("jpeg",), {}, ("wanting", "none"), options={"wanting": (("model", str(model)),)})
    assert judged_by_own(settings, str(model))
    assert not judged_by_own(settings, str(tmp_path / "other.tflite"))
