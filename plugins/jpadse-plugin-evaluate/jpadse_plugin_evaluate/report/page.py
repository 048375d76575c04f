"""The report: one HTML file that needs no other and no network."""

from __future__ import annotations

import base64
import math
from html import escape
from importlib.resources import files

from jpadse_plugin_evaluate.bjontegaard_deltas import METHODS
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.charts import chart, looks
from jpadse_plugin_evaluate.report.showcase import Exhibit
from jpadse_plugin_evaluate.report.tables import (
    baseline_name,
    deltas_explained,
    number,
    quoted,
    rate_table,
    with_interval,
)
from jpadse_plugin_evaluate.results import Delta, Results

_AXES = (
    ("distortion", "Rate and distortion", "How far the decoded picture is from the original."),
    ("perception", "Rate and perception", "How good the decoded picture looks."),
    ("accuracy", "Rate and accuracy", "What frozen networks still see in the decoded picture."),
)
_ALL_OR_NONE = (("true", "all"), ("false", "none"))
_NARROWEST = 320
"""Pixels that a picture is shown at if it is smaller: below, there is no room for its slider."""


def page(results: Results, exhibits: list[Exhibit]) -> str:
    """The whole page."""
    style, script = ((files(__package__) / name).read_text() for name in ("page.css", "page.js"))
    codecs = ", ".join(dict.fromkeys(curve.name.codec for curve in results.curves))
    body = "".join(
        (
            f"<h1>Evaluation of {escape(codecs)}</h1>",
            f'<p class="soft">{results.counted}. Rates count every byte of the file.{_interval_note(results)}</p>',
            *(f'<p class="soft">{escape(f"{name} with {given}.")}</p>' for name, given in results.options.items()),
            _notices(results),
            _summary(results),
            _curves(results),
            _exhibits(results, exhibits),
            _per_picture(results),
            _sections(results),
            _timings(results),
            _table("Every point", rate_table(results)),
            _about(results),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of {escape(codecs)}</title><style>{style}</style></head>"
        f'<body>{body}<div id="tip"></div><script>{script}</script></body></html>\n'
    )


def _interval_note(results: Results) -> str:
    if len(results.pictures) < 2:
        return " One picture has no intervals: it says nothing of others."
    return " Intervals are 95 %, by the bootstrap over pictures."


def _notices(results: Results) -> str:
    failed = [f"failed: {job}: {reason}" for job, reason in results.failures.items()]
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in (*results.notices, *failed))


def _summary(results: Results) -> str:
    """BD-rates: one row a curve and baseline, one column a figure."""
    pairs = list(dict.fromkeys((delta.test, delta.baseline) for delta in results.deltas))
    if not pairs:
        return ""
    by_key = {(d.test, d.baseline, d.figure, d.method): d for d in results.deltas}
    head = "".join(f"<th>{escape(figure.name)}</th>" for figure in results.figures)
    rows = []
    before = None
    for test, baseline in pairs:
        deltas = [
            tuple(by_key[test, baseline, figure.name, method] for method in METHODS) for figure in results.figures
        ]
        first = ' class="first"' if before not in (None, baseline.variant) else ""
        before = baseline.variant
        pairs_of = zip(deltas, results.figures, strict=True)
        cells = "".join(_delta_cell(delta, akima, figure) for (delta, akima), figure in pairs_of)
        rows.append(
            f"<tr{first}><td>{escape(str(test))}</td><td>{escape(baseline_name(deltas[0][0]))}</td>{cells}</tr>"
        )
    shown, marks = deltas_explained(results)
    marks += " Green is better. Hover for the reason, Akima, and the BD-metric everywhere."
    table = _scrolled(f"<tr><th></th><th>against</th>{head}</tr>{''.join(rows)}")
    return f'<h2>BD-rate</h2><p>{escape(shown)}</p>{table}<p class="soft">{escape(marks)}</p>'


def _delta_cell(delta: Delta, akima: Delta, figure: Figure) -> str:
    found = quoted(delta, figure)
    tip = escape(_delta_tip(delta, akima, figure), quote=True)
    kind = "" if found.better is None else f' class="{"good" if found.better else "bad"}"'
    value = escape(found.value) if kind else f"<small>{escape(found.value)}</small>"
    small = [" … ".join(found.interval), found.worse]
    return f'<td{kind} data-tip="{tip}">{value}{"".join(f"<br><small>{line}</small>" for line in small if line)}</td>'


def _delta_tip(delta: Delta, akima: Delta, figure: Figure) -> str:
    gain = delta.gain if isinstance(delta.gain, str) else f"{delta.gain:+.4f} {figure.unit}".strip()
    lines = [f"{delta.test} against {baseline_name(delta)}, {delta.figure}"]
    if math.isfinite(delta.rate.value):
        lines.append(
            f"BD-rate {with_interval(delta.rate, sign=True)} %, by Akima {with_interval(akima.rate, sign=True)} %"
        )
    lines += [f"BD-rate of the mean curves: {_per_cent(delta.of_means_rate)}", f"BD-metric {gain}"]
    if delta.worse is not None:
        lines.append(f"{delta.worse:.0%} of the pictures got worse")
    lines += [f"{count} of {len(delta.per_picture_rate)} refused: {why}" for why, count in delta.refused.items()]
    return "|".join(lines)


def _per_cent(delta: float | str) -> str:
    return delta if isinstance(delta, str) else f"{delta:+.2f} %"


def _curves(results: Results) -> str:
    buttons = "".join(
        f'<button type="button" aria-pressed="true" data-curve="{look.index}"><svg viewBox="0 0 26 8" class="curve '
        f'k{look.colour}"><polyline points="0,4 26,4" stroke-dasharray="{look.dash}"/></svg>{escape(str(curve.name))}'
        "</button>"
        for look, curve in zip(looks(results), results.curves, strict=True)
    )
    both = "".join(f'<button type="button" data-all="{on}">{word}</button>' for on, word in _ALL_OR_NONE)
    parts = [f'<div class="legend">{both}{buttons}</div>']
    for axis, title, text in _AXES:
        figures = [figure for figure in results.figures if figure.axis == axis]
        drawn = "".join(chart(results, figure) for figure in figures)
        if drawn:
            notes = "".join(f'<p class="soft">{escape(f"{f.name}: {f.note}.")}</p>' for f in figures if f.note)
            parts.append(f'<h2>{title}</h2><p>{text}</p><div class="charts">{drawn}</div>{notes}')
    return f"<section>{''.join(parts)}</section>"


def _exhibits(results: Results, exhibits: list[Exhibit]) -> str:
    if not exhibits:
        return ""
    shown = "".join(_exhibit(results, exhibit) for exhibit in exhibits)
    return (
        "<h2>At equal bytes</h2><p>The plain file has at least as many bytes as the enhanced one. Pictures are shown "
        f"without further loss, large ones in part. Move over a picture to compare.</p>{shown}"
    )


def _exhibit(results: Results, exhibit: Exhibit) -> str:
    name = escape(str(exhibit.curve))
    shown = max(exhibit.width, _NARROWEST)
    figures = [figure for figure in results.figures if figure.name in exhibit.values]
    head = "".join(f"<th>{escape(figure.name)}</th>" for figure in figures)
    rows = "".join(
        f"<tr><td>{label}</td><td>{size:,}</td>"
        + "".join(f"<td>{number(exhibit.values[figure.name][side], figure.digits)}</td>" for figure in figures)
        + "</tr>"
        for side, (label, size) in enumerate(
            ((f"plain {escape(exhibit.curve.codec)}", exhibit.plain_size), (name, exhibit.enhanced_size))
        )
    )
    crops = []
    for crop in exhibit.crops:
        crops.append(f'<div class="why">{"least ahead, or behind" if crop.loss else "ahead by most"}, by edges</div>')
        for label, data in (("original", crop.original), ("plain", crop.plain), ("enhanced", crop.enhanced)):
            crops.append(f'<div><img src="{_uri(data)}" alt="{label}"><span>{label}</span></div>')
    return (
        f'<div class="exhibit"><h3>{escape(exhibit.picture)}, {name} at {escape(exhibit.point)}</h3>'
        f'<p class="soft">{escape(exhibit.title)}</p>'
        f'<div class="slider" style="max-width:{shown}px"><img src="{_uri(exhibit.plain)}" alt="plain">'
        f'<img class="over" src="{_uri(exhibit.enhanced)}" alt="enhanced">'
        f'<img class="truth" src="{_uri(exhibit.original)}" alt="original"><div class="edge"></div>'
        '<span class="tag" style="left:8px">plain</span><span class="tag" style="right:8px">enhanced</span>'
        '<span class="tag whole" style="left:8px">original</span></div>'
        f'<div class="controls" style="max-width:{shown}px"><input type="range" min="0" max="100" step="0.1" '
        'value="50" aria-label="plain or enhanced">'
        '<button type="button" aria-pressed="false">original</button></div>'
        f"{_scrolled(f'<tr><th></th><th>bytes</th>{head}</tr>{rows}')}"
        f'<div class="crops">{"".join(crops)}</div></div>'
    )  # fmt: skip


def _per_picture(results: Results) -> str:
    """BD-rates of every picture, folded up by curve and baseline."""
    parts = []
    for test, baseline in dict.fromkeys((delta.test, delta.baseline) for delta in results.deltas):
        deltas = [
            d for d in results.deltas
            if (d.test, d.baseline, d.method) == (test, baseline, "pchip") and d.per_picture_rate
        ]  # fmt: skip
        if not deltas:
            continue
        rows = [["picture", *(delta.figure for delta in deltas)]]
        for picture in deltas[0].per_picture_rate:
            found = [delta.per_picture_rate.get(picture, "") for delta in deltas]
            rows.append([picture, *(rate if isinstance(rate, str) else f"{rate:+.2f}" for rate in found)])
        parts.append(
            f"<details><summary>{escape(str(test))} against {escape(baseline_name(deltas[0]))}</summary>"
            f"{_rows(rows)}</details>"
        )
    return f"<h2>BD-rate by picture</h2>{''.join(parts)}" if parts else ""


def _sections(results: Results) -> str:
    """Bytes by section of every kind of file, once for all preferences."""
    names = list(dict.fromkeys(name for c in results.curves for p in c.points for name in p.sections))
    rows = [["", "point", *names, "beside the payload"]]
    seen = set()
    for curve in results.curves:
        key = (curve.name.codec, curve.name.variant)
        if key in seen:
            continue
        seen.add(key)
        for point in curve.points:
            total = sum(point.sections.values())
            beside = 1 - point.sections.get("payload", 0) / total
            cells = [f"{point.sections[name]:,.0f}" if name in point.sections else "-" for name in names]
            rows.append([f"{key[0]} {key[1]}", point.point, *cells, f"{beside:.1%}"])
    return _table("Bytes by section, mean over pictures", rows)


def _timings(results: Results) -> str:
    rows = [["", "point", "encode s", "decode s"]]
    for curve in results.curves:
        rows += [[str(curve.name), p.point, f"{p.encode_seconds:.3f}", f"{p.decode_seconds:.3f}"] for p in curve.points]
    note = "Median wall time over pictures, beside other work on the machine: jpadse bench measures speed."
    return f'{_table("Time", rows)}<p class="soft">{note}</p>'


def _about(results: Results) -> str:
    versions = "\n".join(f"{name} {version}" for name, version in results.versions.items())
    weights = "\n".join(f"{name} {digest}" for name, digest in results.weights.items())
    measures = "\n".join(f"{name}: {identity}" for name, identity in results.measures.items())
    pictures = "\n".join(f"{p.name} {p.width} x {p.height} {p.sha256}" for p in results.pictures)
    return (
        f"<h2>How this was made</h2><pre>{escape(results.command)}</pre>"
        f"<details><summary>versions</summary><pre>{escape(versions)}</pre></details>"
        f"<details><summary>weights, sha256</summary><pre>{escape(weights)}</pre></details>"
        f"<details><summary>measures and their digests</summary><pre>{escape(measures)}</pre></details>"
        f"<details><summary>pictures, sha256</summary><pre>{escape(pictures)}</pre></details>"
    )


def _table(title: str, rows: list[list[str]]) -> str:
    return f"<h2>{escape(title)}</h2>{_rows(rows)}"


def _rows(rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    lines = []
    before = rows[0][0]
    for row in rows[1:]:
        first = ' class="first"' if row[0] != before and before != rows[0][0] and rows[0][0] == "" else ""
        before = row[0]
        lines.append(f"<tr{first}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
    return _scrolled(f"<tr>{head}</tr>{''.join(lines)}")


def _scrolled(rows: str) -> str:
    """A table that scrolls sideways where the window is narrower, by keys too."""
    return f'<div class="scroll" tabindex="0"><table>{rows}</table></div>'


def _uri(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
