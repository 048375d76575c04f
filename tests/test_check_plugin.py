"""`jpadse check-plugin`: the conformance suite on what is installed, without test files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Finished, Site
from test_readme import blocks, section

TINY = {"jpadse.codecs": {"tiny": "jpadse_plugin_tiny:TinyCodec"}}
REFUSING = """    def encode(self, rgb, options):
        from jpadse_core import CodecError

        if min(rgb.shape[:2]) < 8:
            raise CodecError("too small: choose another codec")
"""
LAZY = """
import numpy as np
class Lazy:
    name, unit, higher_is_better = "lazy", "", True
    def measure(self, reference, distorted):
        print("measuring")
        return float(np.abs(reference.astype(int) - distorted).mean())
"""


def check(site: Site, *arguments: str) -> Finished:
    """In a process of its own, where pytest is not running yet."""
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    command = [sys.executable, "-m", "jpadse_core", "check-plugin", *arguments]
    finished = subprocess.run(command, capture_output=True, env=environment, check=False)
    return Finished(finished.returncode, finished.stdout, finished.stderr.decode())


def test_the_plugin_of_the_readme_conforms(site: Site) -> None:
    (module,) = blocks(section("A plugin in twenty lines"), "python")
    site.install("jpadse-plugin-tiny", TINY, {"jpadse_plugin_tiny": module})
    finished = check(site, "tiny")
    assert finished.code == 0, finished.out.decode()
    assert b"passed   every shape comes back [1x1]" in finished.out
    assert b"failed" not in finished.out
    assert "codec jpadse-plugin-tiny:tiny 1.0: " in finished.err


def test_a_codec_that_refuses_small_pictures_conforms_where_that_is_said(site: Site) -> None:
    (module,) = blocks(section("A plugin in twenty lines"), "python")
    refusing = module.replace("    def encode(self, rgb, options):\n", REFUSING)
    assert refusing != module
    site.install("jpadse-plugin-tiny", TINY, {"jpadse_plugin_tiny": refusing})
    assert b"failed   every shape comes back [1x1]" in check(site, "tiny").out
    finished = check(site, "tiny", "--smallest-side", "8")
    assert finished.code == 0, finished.out.decode()


def test_only_a_codec_has_a_smallest_side(jpadse: Callable[..., Finished]) -> None:
    assert (
        "takes pictures of any size: leave --smallest-side out"
        in jpadse("check-plugin", "psnr", "--smallest-side", "8").err
    )


def test_a_component_that_does_not_conform_is_exit_1_with_what_to_mend(site: Site) -> None:
    site.install("lazybones", {"jpadse.metrics": {"lazy": "lazy_metric:Lazy"}}, {"lazy_metric": LAZY})
    finished = check(site, "lazybones:lazy", "--kind", "metric", "--json")
    report = json.loads(finished.out)
    assert finished.code == 1
    assert not report["conforms"]
    (failed,) = [outcome for outcome in report["checks"] if outcome["result"] == "failed"]
    assert failed["check"] == "more noise is worse and nothing is better than the same"
    assert "the right way round" in failed["cause"]


SHIFTED = """
from pathlib import Path
import numpy as np
from pydantic import BaseModel
from jpadse_core import SemanticMap
from jpadse_core.interfaces.label_sets import VOC_21
class Shifted:
    name, labels = "shifted", VOC_21
    class Options(BaseModel):
        model: Path
    def __init__(self, options):
        self.options = options
        self.offset = int(options.model.read_text())
    def extract(self, rgb):
        return SemanticMap((rgb[..., 0] % 20 + self.offset).astype(np.uint8), VOC_21)
"""


def test_an_extractor_is_made_with_the_options_that_are_given(site: Site, tmp_path: Path) -> None:
    site.install("shifts", {"jpadse.semantics": {"shifted": "shifted_model:Shifted"}}, {"shifted_model": SHIFTED})
    (tmp_path / "model.txt").write_text("1")
    finished = check(site, "shifted")
    assert (finished.code, finished.err) == (1, 'error: extractor "shifted": option model is missing\n')
    finished = check(site, "shifted", "--option", f"model={tmp_path / 'model.txt'}")
    assert finished.code == 0, finished.out.decode() + finished.err
    assert b"passed   it works in a worker process" in finished.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("deeplab", "--option", "scale"), '--option "scale": wants KEY=VALUE'),
        (("psnr", "--option", "a=b"), 'metric "psnr" takes no options: leave its options out'),
        (("jpeg", "--option", "quality=3"), 'codec "jpeg" is checked with all its options: leave --option out'),
    ],
)
def test_options_that_nobody_reads_are_one_line(
    jpadse: Callable[..., Finished], arguments: tuple[str, ...], message: str
) -> None:
    finished = jpadse("check-plugin", *arguments)
    assert finished.code == 1
    assert message in finished.err


def test_a_name_of_two_kinds_wants_the_kind(site: Site, jpadse: Callable[..., Finished]) -> None:
    site.install("both", {"jpadse.metrics": {"same": "x:Y"}, "jpadse.codecs": {"same": "x:Z"}})
    assert "is the name of a codec and of a metric: pick one with --kind" in jpadse("check-plugin", "same").err


def test_a_name_that_nobody_has_or_that_is_broken_is_one_line(site: Site, jpadse: Callable[..., Finished]) -> None:
    site.install("bad", {"jpadse.metrics": {"bad": "bad_metric:Metric"}}, {"bad_metric": "1/0"})
    assert 'no component "absent" is installed' in jpadse("check-plugin", "absent").err
    finished = jpadse("check-plugin", "bad")
    assert finished.code == 1
    assert "ZeroDivisionError" in finished.err


def test_without_pytest_it_says_what_to_install(
    jpadse: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in [name for name in sys.modules if name.startswith("jpadse_core.testing")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pytest", None)
    finished = jpadse("check-plugin", "psnr")
    assert finished.code == 1
    assert "checking needs pytest, which is not installed: pip install pytest" in finished.err
