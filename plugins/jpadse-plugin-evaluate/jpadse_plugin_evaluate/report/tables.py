"""Results as JSON, as CSV, and as text for a terminal or a Markdown page."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
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
        "notices": list(results.notices),
        "failures": results.failures,
        "pictures": [asdict(picture) for picture in results.pictures],
        "figures": [
            {"name": f.name, "unit": f.unit, "higher_is_better": f.higher_is_better, "axis": f.axis, "note": f.note}
            for f in results.figures
        ],
        "curves": [asdict(curve) for curve in results.curves],
        "deltas": [{**asdict(d), "worse": d.worse, "refused": d.refused} for d in results.deltas],
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


def delta_table(results: Results, baseline: str | None = None, method: str = "pchip") -> list[list[str]]:
    """Head and rows: BD-rate in per cent of every curve by every figure, with intervals, refusals and losers.

    Where pictures have no value of their own, the delta is that of the curves over all pictures.

    Args:
        baseline: only against this variant.
        method: of interpolation.
    """
    rows = [["", "against", "figure", "BD-rate %", "BD-metric", "of means %", "worse", "refused"]]
    chosen = [d for d in results.deltas if d.method == method and baseline in (None, d.baseline.variant)]
    return rows + [_delta_row(results, delta) for delta in chosen]


def _delta_row(results: Results, delta: Delta) -> list[str]:
    figure = next(figure for figure in results.figures if figure.name == delta.figure)
    counted = len(delta.per_picture_rate)
    refused = "; ".join(f"{count} of {counted} {reason}" for reason, count in delta.refused.items())
    of_means = delta.of_means_rate
    return [
        str(delta.test),
        baseline_name(delta),
        delta.figure,
        with_interval(delta.rate, sign=True),
        with_interval(delta.metric, sign=True, digits=figure.digits),
        of_means if isinstance(of_means, str) else f"{of_means:+.2f}",
        "-" if delta.worse is None else f"{delta.worse:.0%}",
        refused,
    ]


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
