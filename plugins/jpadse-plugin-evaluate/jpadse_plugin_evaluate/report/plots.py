"""The curves as PNG files for papers."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.charts import log_ticks, value_range
from jpadse_plugin_evaluate.results import Curve, Results

_SIZE, _DPI = (6.4, 4.2), 130
_MARKS = "os^Dv<>pXP*h"
_MOST = 8
"""Curves in one panel."""
_COLUMNS, _PANEL, _LEGEND = 3, (3.4, 2.8), 0.6
"""Panels beside each other; the size of each and the height of what is written below them, inches."""


def plots(results: Results) -> Iterator[tuple[str, bytes]]:
    """For every figure, its name and a PNG: curves over bits per pixel, with 95 % intervals."""
    for figure in results.figures:
        yield figure.name, plot(results, figure)


def plot(results: Results, figure: Figure) -> bytes:
    """One PNG; plain curves dashed. In one panel, marks by variant and colours by codec or, where there is but one, by
    variant; where that would be more than a reader can tell apart, a panel for every codec."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    codecs = list(dict.fromkeys(curve.name.codec for curve in results.curves))
    apart = len(results.curves) > _MOST and len(codecs) > 1
    columns = min(len(codecs), _COLUMNS) if apart else 1
    rows = -(-len(codecs) // columns) if apart else 1
    size = (_PANEL[0] * columns, _PANEL[1] * rows + _LEGEND) if apart else _SIZE
    canvas = Canvas(figsize=size, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(canvas)
    panels = canvas.subplots(rows, columns, sharey=apart, squeeze=False).ravel()
    value = f"{figure.name} {figure.unit}".strip() + ("" if figure.higher_is_better else ", lower is better")
    for index, panel in enumerate(panels):
        if index >= len(codecs):
            panel.set_axis_off()
            continue
        shown = [c for c in results.curves if c.points and (not apart or c.name.codec == codecs[index])]
        _draw(panel, results, shown, figure, by_codec=not apart and len(codecs) > 1)
        panel.set_xlabel("bits per pixel, all bytes of the file")
        if index % columns == 0:
            panel.set_ylabel(value)
        if apart:
            panel.set_title(codecs[index], fontsize=10)
    found = (panel.get_legend_handles_labels() for panel in panels)
    handles, labels = max(found, key=lambda pair: len(pair[1]))
    if labels and apart:
        labels = [label.partition(" ")[2] for label in labels]
        canvas.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=8, frameon=False)
    elif labels:
        panels[0].legend(fontsize=7, frameon=False)
    target = io.BytesIO()
    canvas.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _draw(axes: Any, results: Results, shown: list[Curve], figure: Figure, by_codec: bool) -> None:
    from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullLocator

    codecs = list(dict.fromkeys(curve.name.codec for curve in results.curves))
    ways = list(dict.fromkeys((curve.name.variant, curve.name.preference) for curve in results.curves))
    for curve in shown:
        way = ways.index((curve.name.variant, curve.name.preference))
        axes.errorbar(
            **_series(curve, figure), label=str(curve.name),
            color=f"C{codecs.index(curve.name.codec) if by_codec else way}",
            marker=_MARKS[way % len(_MARKS)], markersize=4.5, linewidth=1.3, capsize=2, elinewidth=0.8,
            linestyle="-" if curve.name.preference else "--",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(log_ticks(*axes.get_xlim())))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(*value_range([point for curve in results.curves for point in curve.points], figure))
    axes.grid(alpha=0.3, which="both", linewidth=0.5)


def _series(curve: Curve, figure: Figure) -> dict[str, Any]:
    values = [point.values[figure.name] for point in curve.points]
    lows = [v.value - v.low if math.isfinite(v.low) else 0 for v in values]
    highs = [v.high - v.value if math.isfinite(v.high) else 0 for v in values]
    return {
        "x": [point.bits_per_pixel.value for point in curve.points],
        "y": [v.value for v in values],
        "yerr": [lows, highs],
    }
