"""Results as JSON, as CSV, and as text for a terminal or a Markdown page."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, astuple
from typing import Any

from jpadse_plugin_evaluate.results import Delta, Results
from jpadse_plugin_evaluate.settings import CurveName
from jpadse_plugin_evaluate.statistics import Interval


def as_json(results: Results) -> bytes:
    """The whole of the results; figures that are not finite are null."""
    document: dict[str, Any] = {
        "command": results.command,
        "versions": results.versions,
        "weights": results.weights,
        "measures": results.measures,
        "options": results.options,
        "notices": list(results.notices),
        "failures": results.failures,
        "pictures": [asdict(picture) for picture in results.pictures],
        "figures": [
            {"name": f.name, "unit": f.unit, "higher_is_better": f.higher_is_better, "axis": f.axis, "note": f.note}
            for f in results.figures
        ],
        "curves": [{"name": asdict(c.name), "points": [asdict(p) for p in c.points]} for c in results.curves],
        "deltas": [
            {**asdict(d), "headline": d.headline, "worse": d.worse, "refused": d.refused} for d in results.deltas
        ],
        "measured": [asdict(measured) for measured in results.measured],
    }
    return (json.dumps(finite(document), indent=1, allow_nan=False) + "\n").encode()


def finite(value: Any) -> Any:
    """A JSON document with figures that are not finite as null."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_csv(results: Results) -> bytes:
    """One line per decoded picture: what it is, its bytes by section, times, and every figure that a picture has."""
    sections = list(dict.fromkeys(name for measured in results.measured for name in measured.sections))
    columns = [figure.name for figure in results.figures if figure.per_picture]
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    head = ["picture", "codec", "variant", "preference", "point", "quality", "bytes", "bits_per_pixel"]
    writer.writerow([*head, *(f"bytes_{name}" for name in sections), "encode_seconds", "decode_seconds", *columns])
    for m in results.measured:
        writer.writerow(
            [
                m.picture,
                m.curve.codec,
                m.curve.variant,
                m.curve.preference,
                m.point,
                m.quality,
                m.size,
                m.bits_per_pixel,
            ]
            + [m.sections.get(name, 0) for name in sections]
            + [f"{m.encode_seconds:.4f}", f"{m.decode_seconds:.4f}"]
            + [m.values.get(name, "") for name in columns]
        )
    return target.getvalue().encode()


_DELTA_COLUMNS = (
    "codec", "variant", "preference", "baseline_codec", "baseline_variant", "baseline_preference", "figure", "method",
    "of", "picture", "bd_rate", "bd_rate_low", "bd_rate_high", "bd_metric", "bd_metric_low", "bd_metric_high", "worse",
    "bd_rate_refused", "bd_metric_refused",
)  # fmt: skip


def deltas_as_csv(results: Results) -> bytes:
    """The Bjøntegaard deltas: for every curve, baseline, figure and method a line of the mean over pictures, one of the
    mean curves, and one of every picture. A cell is empty where there is nothing, and the last two say why."""
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, _DELTA_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for delta in results.deltas:
        names = (*astuple(delta.test), *astuple(delta.baseline), delta.figure, delta.method)
        for line in _delta_lines(delta):
            writer.writerow(dict(zip(_DELTA_COLUMNS, names, strict=False)) | line)
    return target.getvalue().encode()


def _delta_lines(delta: Delta) -> Iterator[dict[str, Any]]:
    worse = "" if delta.worse is None else delta.worse
    yield {"of": "pictures", **_cells("rate", delta.rate), **_cells("metric", delta.metric), "worse": worse}
    rate = delta.of_means_interval if math.isfinite(delta.of_means_interval.low) else delta.of_means_rate
    yield {"of": "mean curves", **_cells("rate", rate), **_cells("metric", delta.of_means_metric)}
    for picture, found in delta.per_picture_rate.items():
        metric = delta.per_picture_metric[picture]
        yield {"of": "picture", "picture": picture, **_cells("rate", found), **_cells("metric", metric)}


def _cells(kind: str, found: Interval | float | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {f"bd_{kind}_refused": found}
    interval = found if isinstance(found, Interval) else Interval(found)
    cells = {"": interval.value, "_low": interval.low, "_high": interval.high}
    return {f"bd_{kind}{end}": value for end, value in cells.items() if math.isfinite(value)}


def number(value: float, digits: int = 2) -> str:
    """A value; a dash where there is none."""
    if not math.isfinite(value):
        return "∞" if value == math.inf else "-"
    return f"{value:.{digits}f}"


def with_interval(interval: Interval, sign: bool = False, digits: int = 2) -> str:
    """A value with its 95 % interval, as `-20.61 [-21.40, -19.80]`."""
    if not math.isfinite(interval.value):
        return "-"
    form = f"{'+' if sign else ''}.{digits}f"
    if not math.isfinite(interval.low):
        return format(interval.value, form)
    return f"{interval.value:{form}} [{interval.low:{form}}, {interval.high:{form}}]"


def rate_table(results: Results) -> list[list[str]]:
    """Head and rows: every curve at every point, mean rate and all figures."""
    head = ["", "point", "bpp"]
    head += [f"{f.name} {f.unit}".strip() + (" ↑" if f.higher_is_better else " ↓") for f in results.figures]
    rows = [head]
    for curve in results.curves:
        for point in curve.points:
            values = [number(point.values[f.name].value, f.digits) for f in results.figures]
            rows.append([str(curve.name), point.point, f"{point.bits_per_pixel.value:.4f}", *values])
    return rows


def delta_table(results: Results, intervals: bool = False) -> list[list[str]]:
    """Head and rows: BD-rate in per cent, by PCHIP, of every curve against its baselines, a column a figure.

    A star marks the delta of the curves over all pictures, see `Delta.over_pictures`.

    Args:
        intervals: with 95 % intervals, and the share of the pictures that got worse where any did.
    """
    by_key = {(d.test, d.baseline, d.figure): d for d in results.deltas if d.method == "pchip"}
    rows = [["BD-rate %", "against", *(figure.name for figure in results.figures)]]
    for test, baseline in dict.fromkeys((d.test, d.baseline) for d in results.deltas):
        deltas = [by_key[test, baseline, figure.name] for figure in results.figures]
        rows.append([str(test), baseline_name(deltas[0]), *(_delta_cell(delta, intervals) for delta in deltas)])
    return rows


def _delta_cell(delta: Delta, intervals: bool) -> str:
    headline = delta.headline
    if isinstance(headline, str):
        return headline
    shown = f"{headline:+.1f}" if delta.over_pictures else f"{headline:+.1f}*"
    if not intervals or not math.isfinite(delta.interval.low):
        return shown
    worse = f", {delta.worse:.0%} worse" if delta.worse and delta.over_pictures else ""
    return f"{shown} [{delta.interval.low:+.1f}, {delta.interval.high:+.1f}]{worse}"


def baseline_name(delta: Delta) -> str:
    """The baseline as short as it is clear."""
    name: CurveName = delta.baseline
    return str(name) if name.codec != delta.test.codec else name.variant


def as_text(rows: list[list[str]]) -> str:
    """A table for a terminal: first column to the left, all others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    )  # fmt: skip


def as_markdown(rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows[1:])])


def as_page(results: Results) -> bytes:
    """The tables as Markdown, with what a reader has to know and the command that made them."""
    notes = [f"{figure.name}: {figure.note}." for figure in results.figures if figure.note]
    parts = [
        f"`{results.command}`: {results.counted}. Rates count every byte of the file.",
        *(f"{name} with {given}." for name, given in results.options.items()),
        "BD-rate by PCHIP, per cent of bytes at equal values, mean over pictures with its 95 % interval; * is that of "
        "the mean curves, where single pictures have none. Below 0 is better.",
        as_markdown(delta_table(results, intervals=True)),
        as_markdown(rate_table(results)),
        *(f"- {note}" for note in (*notes, *results.notices)),
    ]
    return ("\n\n".join(parts) + "\n").encode()
