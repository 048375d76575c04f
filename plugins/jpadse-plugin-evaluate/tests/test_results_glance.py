"""What the results page says at a glance, out of results whose figures are known."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "results_glance.py"
RATES = (0.1, 0.2, 0.4)


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("results_glance", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def name(variant: str, corner: str) -> dict[str, str]:
    return {"codec": "jpeg", "variant": variant, "preference": corner}


def curve(variant: str, corner: str, psnr: float) -> dict[str, Any]:
    points = [
        {
            "bits_per_pixel": {"value": rate},
            "values": {"psnr": {"value": psnr + index}, "miou": {"value": 50.0}},
            "sections": {"payload": 90.0, "label_map": 10.0},
        }
        for index, rate in enumerate(RATES)
    ]
    return {"name": name(variant, corner), "points": points}


def delta(variant: str, corner: str, figure: str, headline: float | str, gain: float, against: str) -> dict[str, Any]:
    return {
        "test": name(variant, corner), "baseline": name(against, ""), "figure": figure, "method": "pchip",
        "headline": headline, "gain": gain,
    }  # fmt: skip


@pytest.fixture
def measured() -> dict[str, dict[str, Any]]:
    """Half a decibel above the plain codec without a map, a quarter with one; mIoU is not monotone."""
    variants = (("deeplab", -10.0, 0.25, 3.0), ("none-semantics", -20.0, 0.5, -1.0))
    deltas = [
        found
        for variant, rate, psnr, miou in variants
        for found in (
            delta(variant, "distortion", "psnr", rate, psnr, "plain"),
            delta(variant, "accuracy", "miou", "not monotone", miou, "plain"),
            delta(variant, "accuracy", "miou-agreement", "not monotone", miou, "plain"),
        )
    ]
    deltas.append(delta("deeplab", "distortion", "psnr", 5.0, -0.25, "none-semantics"))
    curves = [curve("plain", "", 30.0)]
    curves += [
        curve(variant, corner, 30 + psnr) for variant, _, psnr, _ in variants for corner in ("distortion", "accuracy")
    ]
    figures = [
        {"name": figure, "unit": "", "higher_is_better": True, "digits": 2}
        for figure in ("psnr", "miou", "miou-agreement")
    ]
    return {"Kodak": {"figures": figures, "curves": curves, "deltas": deltas}}


def test_bytes_are_told_where_curves_allow_it_and_gains_everywhere(
    glance: ModuleType, measured: dict[str, dict[str, Any]]
) -> None:
    cases = glance.cases_of(measured)
    assert glance.table(cases, glance.saved).splitlines()[::2] == [
        "|  | codec | D: PSNR |", "| Kodak | jpeg | **-10.0** / **-20.0** |",
    ]  # fmt: skip
    assert glance.table(cases, glance.gained).splitlines()[::2] == [
        "|  | codec | D: PSNR | A: mIoU agreement | A: mIoU |",
        "| Kodak | jpeg | **+0.25** / **+0.50** | **+3.00** / -1.00 | **+3.00** / -1.00 |",
    ]
    assert glance.gained_at_lowest(cases[0], "none-semantics", "distortion", "psnr") == pytest.approx(0.5)


def test_findings_count_cases_and_name_the_best_and_the_worst(
    glance: ModuleType, measured: dict[str, dict[str, Any]]
) -> None:
    distortion, perception, accuracy, label_map = glance.findings(glance.cases_of(measured))
    assert "in 1 of 1 cases without a map (-20.0 % for jpeg on Kodak at best" in distortion
    assert glance.NOWHERE in perception
    assert "in 0 of 1 cases without a map (-1.0 points" in accuracy
    assert "in 1 of 1 cases with one (+3.0 points" in accuracy
    assert "takes 10.0 to 10.0 % of the file" in label_map
    assert "by PSNR in the distortion corner with 0 of 1 on Kodak" in label_map
