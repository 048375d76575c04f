"""Results as JSON, as CSV, and as text for a terminal or a Markdown page."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from typing import Any

from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.results import Delta, Results
from jpadse_plugin_evaluate.settings import CurveName
from jpadse_plugin_evaluate.statistics import Interval

_FIGURE_FIELDS = ("name", "unit", "higher_is_better", "axis", "digits", "note")


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
        "figures": [{name: getattr(figure, name) for name in _FIGURE_FIELDS} for figure in results.figures],
        "curves": [{"name": asdict(c.name), "points": [asdict(p) for p in c.points]} for c in results.curves],
        "deltas": [
            {**asdict(d), "headline": d.headline, "gain": d.gain, "worse": d.worse, "refused": d.refused}
            for d in results.deltas
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
    """Head and rows: what is quoted of every curve against its baselines, by PCHIP, a column a figure.

    Args:
        intervals: with 95 % intervals, and the share of the pictures that got worse where any did.
    """
    by_key = {(d.test, d.baseline, d.figure): d for d in results.deltas if d.method == "pchip"}
    rows = [["BD-rate %", "against", *(figure.name for figure in results.figures)]]
    for test, baseline in dict.fromkeys((d.test, d.baseline) for d in results.deltas):
        deltas = [by_key[test, baseline, figure.name] for figure in results.figures]
        cells = (_delta_cell(*pair, intervals) for pair in zip(deltas, results.figures, strict=True))
        rows.append([str(test), baseline_name(deltas[0]), *cells])
    return rows


def _delta_cell(delta: Delta, figure: Figure, intervals: bool) -> str:
    found = quoted(delta, figure)
    if not intervals or not found.interval:
        return found.value
    return f"{found.value} [{', '.join(found.interval)}]" + (f", {found.worse}" if found.worse else "")


@dataclass(frozen=True)
class Quoted:
    """What tables show of a delta.

    Attributes:
        value: the BD-rate in per cent, or else "Δ" and the BD-metric, or else why there is none; with a star where it
            is that of the curves over all pictures, see `Delta.over_pictures`.
        interval: its ends, where it has one.
        worse: the share of the pictures that got worse, where any did.
        better: whether it is for the better; None where it is neither.
    """

    value: str
    interval: tuple[str, ...] = ()
    worse: str = ""
    better: bool | None = None


def quoted(delta: Delta, figure: Figure) -> Quoted:
    """What tables show of a delta by a figure."""
    found, interval, over_pictures = delta.headline, delta.interval, delta.over_pictures
    mark, digits, lower_is_better = "", 1, True
    if isinstance(found, str) and isinstance(delta.gain, float):
        found, interval, over_pictures = delta.gain, delta.gain_interval, delta.gain_over_pictures
        mark, digits, lower_is_better = "Δ", figure.digits, not figure.higher_is_better
    if isinstance(found, str):
        return Quoted(found)
    ends = (interval.low, interval.high) if math.isfinite(interval.low) else ()
    several = delta.over_pictures and len(delta.per_picture_rate) > 1
    worse = f"{delta.worse:.0%} worse" if delta.worse and several else ""
    better = (found < 0) is lower_is_better if round(found, digits) else None
    form = f"+z.{digits}f"
    value = f"{mark}{found:{form}}{'' if over_pictures else '*'}"
    return Quoted(value, tuple(format(end, form) for end in ends), worse, better)


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


def deltas_explained(results: Results) -> tuple[str, str]:
    """What `delta_table` shows, and what its marks mean."""
    shown = "BD-rate by PCHIP, per cent of bytes at equal values; below 0 is better."
    if len(results.pictures) > 1:
        shown += " Mean over pictures with its 95 % interval, and the share of them that got worse where any did."
    return shown, (
        "* is that of the mean curves, where single pictures have none. Δ stands where curves have no BD-rate, as "
        "they are not monotone or share too few values: what the figure is higher at equal rates on average, in its "
        "own unit (BD-metric)."
    )


def as_page(results: Results) -> bytes:
    """The tables as Markdown, with what a reader has to know and the command that made them."""
    notes = [f"{figure.name}: {figure.note}." for figure in results.figures if figure.note]
    parts = [
        f"`{results.command}`: {results.counted}. Rates count every byte of the file.",
        *(f"{name} with {given}." for name, given in results.options.items()),
        " ".join(deltas_explained(results)),
        as_markdown(delta_table(results, intervals=True)),
        as_markdown(rate_table(results)),
        *(f"- {note}" for note in (*notes, *results.notices)),
        *(f"- failed: {job}: {reason}" for job, reason in results.failures.items()),
    ]
    return ("\n\n".join(parts) + "\n").encode()
