"""What a results page says at a glance: findings in words, then tables of every codec's corners.

All of it is computed from the JSON of `jpadse evaluate`, one document a set of pictures; `results_page.py` prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

import numpy as np

WITH, WITHOUT = "deeplab", "none-semantics"
COLUMNS = (
    ("distortion", "psnr"), ("distortion", "ms-ssim"), ("perception", "ssimulacra2"), ("perception", "st-lpips"),
    ("perception", "fd-efficientnet-lite0"), ("accuracy", "miou-agreement"), ("accuracy", "miou"),
    ("accuracy", "top-1"),
)  # fmt: skip
"""Corners of the triangle, each by figures of its own."""
SHORT = {
    "psnr": "PSNR", "ms-ssim": "MS-SSIM", "ssimulacra2": "SSIMULACRA2", "st-lpips": "ST-LPIPS",
    "fd-efficientnet-lite0": "FD", "miou-agreement": "mIoU agreement", "miou": "mIoU", "top-1": "top-1",
}  # fmt: skip
NOWHERE = "in no case that can be told"


@dataclass(frozen=True, eq=False)
class Case:
    """A codec on a set of pictures: its name, the set's title, and the set's results."""

    codec: str
    title: str
    results: dict[str, Any]

    def figure(self, name: str) -> dict[str, Any] | None:
        """What the results say of a figure; None where it was not measured."""
        return next((figure for figure in self.results["figures"] if figure["name"] == name), None)

    def points(self, variant: str, corner: str) -> list[dict[str, Any]]:
        """Of a curve, by rate."""
        name = {"codec": self.codec, "variant": variant, "preference": corner}
        found = next((curve["points"] for curve in self.results["curves"] if curve["name"] == name), [])
        return sorted(found, key=lambda point: point["bits_per_pixel"]["value"])

    def delta(
        self, variant: str, corner: str, figure: str, baseline: str = "plain", of: str | None = None
    ) -> dict[str, Any]:
        """Against another variant, its own or of another codec, by PCHIP; empty where there is none."""
        name = {"codec": self.codec, "variant": variant, "preference": corner}
        against = (of or self.codec, baseline)
        return next(
            (
                delta
                for delta in self.results["deltas"]
                if (delta["test"], delta["figure"], delta["method"]) == (name, figure, "pchip")
                and (delta["baseline"]["codec"], delta["baseline"]["variant"]) == against
            ),
            {},
        )


Value: TypeAlias = Callable[[Case, str, str, str], float | None]
"""Of a case, a variant, a corner and a figure; None where there is none."""


def cases_of(all_results: dict[str, dict[str, Any]]) -> list[Case]:
    """Every codec on every set, by the sets' titles."""
    return [
        Case(codec, title, results)
        for title, results in all_results.items()
        for codec in dict.fromkeys(curve["name"]["codec"] for curve in results["curves"])
    ]


def saved(case: Case, variant: str, corner: str, figure: str) -> float | None:
    """BD-rate, per cent; below 0 is better."""
    return _number(case.delta(variant, corner, figure).get("headline"))


def gained(case: Case, variant: str, corner: str, figure: str) -> float | None:
    """BD-metric, in the figure's unit."""
    return _number(case.delta(variant, corner, figure).get("gain"))


def gained_at_lowest(case: Case, variant: str, corner: str, figure: str) -> float | None:
    """At the curve's lowest rate, over the plain codec at equal bytes: linear in the logarithm of the rate between its
    points."""
    points, plain = case.points(variant, corner), case.points("plain", "")
    if not points or not plain:
        return None
    rate, rates = (_rates(points)[0], _rates(plain))
    there, values = points[0]["values"][figure]["value"], [point["values"][figure]["value"] for point in plain]
    if not rates[0] <= rate <= rates[-1] or there is None or None in values:
        return None
    return float(there - np.interp(np.log(rate), np.log(rates), values))


def _rates(points: list[dict[str, Any]]) -> list[float]:
    return [point["bits_per_pixel"]["value"] for point in points]


def _number(value: Any) -> float | None:
    return value if isinstance(value, float) else None


def is_better(case: Case, value: Value, figure: str, found: float) -> bool:
    """Whether that is better than the plain codec."""
    described = case.figure(figure)
    wants_more = value is not saved and bool(described and described["higher_is_better"])
    return found > 0 if wants_more else found < 0


def table(cases: list[Case], value: Value) -> str:
    """Every codec's corners by their own figures, with semantics / without, bold where that is better than the plain
    codec; columns are left out where fewer than half of the cells have a value."""
    shown = [(corner, figure) for corner, figure in COLUMNS if _told(cases, value, corner, figure)]
    head = ["", "codec", *(f"{corner[0].upper()}: {SHORT[figure]}" for corner, figure in shown)]
    rows = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    before = ""
    for case in cases:
        cells = [_cell(case, value, corner, figure) for corner, figure in shown]
        rows.append("| " + " | ".join([case.title if case.title != before else "", case.codec, *cells]) + " |")
        before = case.title
    return "\n".join(rows)


def _told(cases: list[Case], value: Value, corner: str, figure: str) -> bool:
    measured = [case for case in cases if case.figure(figure)]
    found = [value(case, variant, corner, figure) for case in measured for variant in (WITH, WITHOUT)]
    return bool(found) and sum(v is not None for v in found) >= len(found) / 2


def _cell(case: Case, value: Value, corner: str, figure: str) -> str:
    described = case.figure(figure)
    if described is None:
        return ""
    parts = []
    for variant in (WITH, WITHOUT):
        found = value(case, variant, corner, figure)
        if found is None:
            parts.append("-")
            continue
        digits = 1 if value is saved else described["digits"]
        shown = f"{found:+z.{digits}f}"
        better = is_better(case, value, figure, round(found, digits))
        parts.append(f"**{shown}**" if better else shown)
    return " / ".join(parts)


def findings(cases: list[Case]) -> list[str]:
    """The four that matter, a line each: one for every corner, and one for the map."""
    smaller = _spread(cases, saved, "distortion", "psnr", "%")
    closer = _counts(cases, "perception", ("st-lpips", "fd-efficientnet-lite0", "ssimulacra2"))
    seen = _spread(cases, gained, "accuracy", "miou-agreement", "points")
    return [
        f"- **Distortion**: at equal PSNR the distortion corner takes fewer bytes than the plain codec {smaller}.",
        f"- **Perception**: at equal bytes the perception corner is better than the plain codec {closer}.",
        f"- **Accuracy**: at equal bytes the accuracy corner has a higher mIoU agreement than the plain codec {seen}.",
        f"- **The map** takes {_map_bytes(cases)} of the file at the lowest rate. At equal bytes, the file with a map "
        f"is ahead of the one without {_map_counts(cases)}.",
    ]


def _found(cases: list[Case], value: Value, variant: str, corner: str, figure: str) -> list[tuple[float, Case]]:
    """Best first."""
    pairs = [(found, case) for case in cases if case.figure(figure)
             and (found := value(case, variant, corner, figure)) is not None]  # fmt: skip
    return sorted(pairs, key=lambda pair: pair[0], reverse=bool(pairs) and is_better(pairs[0][1], value, figure, 1.0))


def _ahead(found: list[tuple[float, Case]], value: Value, figure: str) -> str:
    return f"{sum(is_better(case, value, figure, number) for number, case in found)} of {len(found)}"


def _spread(cases: list[Case], value: Value, corner: str, figure: str, unit: str) -> str:
    parts = []
    for variant, words in ((WITHOUT, "without a map"), (WITH, "with one")):
        if found := _found(cases, value, variant, corner, figure):
            middle = median(number for number, _ in found)
            parts.append(
                f"in {_ahead(found, value, figure)} cases {words} ({_named(found[0], unit)} at best, {middle:+.1f} in "
                f"the middle, {_named(found[-1], unit)} at worst)"
            )
    return " and ".join(parts) or NOWHERE


def _named(found: tuple[float, Case], unit: str) -> str:
    number, case = found
    return f"{number:+.1f} {unit} for {case.codec} on {case.title}"


def _counts(cases: list[Case], corner: str, figures: tuple[str, ...]) -> str:
    parts = []
    for figure in figures:
        without, with_map = (_found(cases, gained, variant, corner, figure) for variant in (WITHOUT, WITH))
        if without and with_map:
            told = f"{_ahead(without, gained, figure)} cases without a map and {_ahead(with_map, gained, figure)} with"
            parts.append(f"by {SHORT[figure]} in {told}")
    return ", ".join(parts) or NOWHERE


def _map_counts(cases: list[Case]) -> str:
    parts = []
    for corner, figure in (("distortion", "psnr"), ("perception", "st-lpips"), ("accuracy", "miou-agreement")):
        sets: dict[str, list[bool]] = {}
        for case in cases:
            found = _number(case.delta(WITH, corner, figure, WITHOUT).get("gain"))
            if found is not None:
                sets.setdefault(case.title, []).append(is_better(case, gained, figure, found))
        if sets:
            counted = ", ".join(f"{sum(ahead)} of {len(ahead)} on {title}" for title, ahead in sets.items())
            parts.append(f"by {SHORT[figure]} in the {corner} corner with {counted}")
    return f"{'; '.join(parts)} (of the codecs)" if parts else NOWHERE


def _map_bytes(cases: list[Case]) -> str:
    shares = [
        points[0]["sections"].get("label_map", 0) / sum(points[0]["sections"].values())
        for case in cases
        if (points := case.points(WITH, "distortion"))
    ]
    return f"{100 * min(shares):.1f} to {100 * max(shares):.1f} %" if shares else "none"
