"""Codecs, enhancers and metrics of strangers beside the project's own: in one evaluation, side by side, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ENTRY_POINTS = """
[jpadse.codecs]
twin = strange_parts:Twin
[jpadse.enhancers]
rounding = strange_parts:Rounding
[jpadse.metrics]
mean-error = strange_parts:MeanError
deadly = strange_parts:Deadly
"""
PARTS = '''
import os
import signal
from pathlib import Path

import numpy as np

from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.testing.stand_ins import BlurEnhancer


class Twin(JpegCodec):
    name = "twin"


class Rounding(BlurEnhancer):
    name = "rounding"


class MeanError:
    name, unit, higher_is_better, axis = "mean-error", "levels", False, "accuracy"

    def measure(self, reference, distorted):
        return float(np.abs(reference.astype(int) - distorted).mean())


class Deadly:
    """Kills the evaluation once, at the second picture."""

    name, unit, higher_is_better = "deadly", "", True

    def measure(self, reference, distorted):
        armed = Path(__file__).with_name("armed")
        if armed.exists() and reference.shape[1] == 184:
            armed.unlink()
            os.kill(os.getppid(), signal.SIGKILL)
        return float(distorted.mean())
'''
POINTS = ("--semantics", "none", "--points", "10,20,40")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where the strangers' distribution is installed."""
    folder = tmp_path / "site"
    (folder / "strange-1.dist-info").mkdir(parents=True)
    (folder / "strange-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1\n")
    (folder / "strange-1.dist-info" / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "strange_parts.py").write_text(PARTS)
    return folder


def evaluate(site: Path, output: Path, *arguments: object) -> int:
    """In a process of its own; the exit code."""
    command = [sys.executable, "-m", "jpadse_core", "evaluate", *map(str, arguments), *POINTS, "--json", str(output)]
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    finished = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    return finished.returncode


def values(path: Path) -> list[Any]:
    """All that does not depend on the clock, in order."""
    document = json.loads(path.read_text())
    dropped = ("encode_seconds", "decode_seconds")
    measured = [{key: value for key, value in m.items() if key not in dropped} for m in document["measured"]]
    return [measured, document["deltas"], document["pictures"], document["figures"]]


def test_codecs_enhancers_and_metrics_of_strangers_are_compared_with_any_baseline(
    site: Path, pictures: Path, tmp_path: Path
) -> None:
    output = tmp_path / "r.json"
    chosen = ("--codec", "jpeg", "--codec", "twin", "--enhancer", "default", "--enhancer", "rounding")
    judged = ("--metric", "psnr", "--metric", "mean-error", "--baseline", "jpeg/plain", "--against", "none-semantics")
    assert evaluate(site, output, pictures / "coffee.png", *chosen, *judged, "--jobs", "1") == 0
    document = json.loads(output.read_text())
    names = [" ".join(filter(None, curve["name"].values())) for curve in document["curves"]]
    ways = ["plain", "none-semantics distortion", "none-semantics (rounding) distortion"]
    assert names == [f"{codec} {way}" for codec in ("jpeg", "twin") for way in ways]
    figure = document["figures"][1]
    assert (figure["name"], figure["axis"], figure["higher_is_better"]) == ("mean-error", "accuracy", False)
    found = {
        (" ".join(filter(None, d["test"].values())), " ".join(d["baseline"].values()).strip()): d
        for d in document["deltas"]
        if (d["figure"], d["method"]) == ("mean-error", "pchip")
    }
    assert set(found) == {
        *((name, "jpeg plain") for name in names if name != "jpeg plain"),
        *((f"{codec} {ways[2]}", f"{codec} none-semantics distortion") for codec in ("jpeg", "twin")),
    }
    assert found["twin plain", "jpeg plain"]["headline"] == pytest.approx(0, abs=1e-6)
    assert found["jpeg none-semantics distortion", "jpeg plain"]["headline"] < -5


def test_pictures_side_by_side_and_a_killed_evaluation_give_what_one_after_the_other_gives(
    site: Path, pictures: Path, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no such signal")
    common = (pictures, "--enhancer", "rounding", "--metric", "psnr", "--metric", "deadly")
    assert evaluate(site, tmp_path / "whole.json", *common, "--jobs", "2") == 0
    (site / "armed").touch()
    killed = tmp_path / "killed.json"
    assert evaluate(site, killed, *common, "--jobs", "1") == -signal.SIGKILL
    assert not killed.exists()
    journal = tmp_path / "killed.journal" / "measurements.jsonl"
    kept = journal.read_bytes().splitlines()
    assert len(kept) >= 5  # a job is begun when the one before the last is kept
    assert evaluate(site, killed, *common, "--jobs", "1") == 0
    lines = journal.read_bytes().splitlines()
    assert lines[: len(kept)] == kept
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == 2 * 2 * 3
    assert values(killed) == values(tmp_path / "whole.json")
