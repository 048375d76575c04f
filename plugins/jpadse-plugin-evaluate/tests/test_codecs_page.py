"""The tables of the page that compares codecs, from results that are known."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return import_module("codecs_page")


def delta(codec: str, variant: str, baseline: str, value: float | None, method: str = "pchip") -> dict[str, Any]:
    """One entry of an evaluation's JSON."""
    rate = None if value is None else {"value": value, "low": value - 1, "high": value + 1}
    return {
        "test": {"codec": codec, "variant": variant, "preference": "" if variant == "plain" else "distortion"},
        "baseline": {"codec": baseline, "variant": "plain"},
        "figure": "psnr", "method": method, "rate": rate, "worse": 0.25 if value == -3 else 0.0,
    }  # fmt: skip


RESULTS = {
    "deltas": [
        *(delta(*names, 99.0, "akima") for names in product(("jpeg", "webp"), ("deeplab",), ("jpeg", "webp"))),
        delta("jpeg", "deeplab", "jpeg", -20.0),
        delta("jpeg", "none-semantics", "jpeg", -21.0),
        delta("webp", "deeplab", "webp", -3.0),
        delta("jpeg", "deeplab", "webp", 25.0),
        delta("jpeg", "plain", "webp", 60.0),
        delta("webp", "deeplab", "jpeg", None),
        delta("webp", "plain", "jpeg", -37.0),
    ]
}


def cases(script: ModuleType) -> list[Any]:
    return [script.Case(codec, "Kodak", RESULTS) for codec in ("jpeg", "webp")]


def test_each_codec_is_compared_with_its_own_plain_files(script: ModuleType) -> None:
    lines = script.against_itself(cases(script)).splitlines()
    assert lines[2:] == [
        "| jpeg | -20.0 [-21.0, -19.0] | - | - |",
        "| webp | -3.0 [-4.0, -2.0], 25% worse | - | - |",
    ]


def test_rows_are_enhanced_and_columns_plain(script: ModuleType) -> None:
    lines = script.against_others(cases(script), "psnr").splitlines()
    assert lines == [
        "| | jpeg, plain | webp, plain |",
        "| --- | --- | --- |",
        "| jpeg | -20.0 | +25.0 (+60.0) |",
        "| webp | - (-37.0) | -3.0 |",
    ]
