"""The curves as PNG files for papers."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.results import Curve, Results

_SIZE, _DPI = (6.4, 4.2), 130
_MARKS = "os^Dv<>pXP*h"


def plots(results: Results) -> Iterator[tuple[str, bytes]]:
    """For every figure, its name and a PNG: curves over bits per pixel, with 95 % intervals."""
    for figure in results.figures:
        yield figure.name, plot(results, figure)


def plot(results: Results, figure: Figure) -> bytes:
    """One PNG; plain curves dashed, marks by variant, colours by codec or, where there is but one, by variant."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    canvas = Canvas(figsize=_SIZE, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.add_subplot()
    codecs = list(dict.fromkeys(curve.name.codec for curve in results.curves))
    ways = list(dict.fromkeys((curve.name.variant, curve.name.preference) for curve in results.curves))
    for curve in results.curves:
        if not curve.points:
            continue
        way = ways.index((curve.name.variant, curve.name.preference))
        colour = codecs.index(curve.name.codec) if len(codecs) > 1 else way
        axes.errorbar(
            **_series(curve, figure), label=str(curve.name), color=f"C{colour}",
            marker=_MARKS[way % len(_MARKS)], markersize=4.5, linewidth=1.3, capsize=2, elinewidth=0.8,
            linestyle="-" if curve.name.preference else "--",
        )  # fmt: skip
    axes.set_xlabel("bits per pixel, all bytes of the file")
    axes.set_ylabel(f"{figure.name} {figure.unit}".strip() + ("" if figure.higher_is_better else ", lower is better"))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3, which="both", linewidth=0.5)
    axes.legend(fontsize=7, frameon=False)
    target = io.BytesIO()
    canvas.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _series(curve: Curve, figure: Figure) -> dict[str, Any]:
    values = [point.values[figure.name] for point in curve.points]
    lows = [v.value - v.low if math.isfinite(v.low) else 0 for v in values]
    highs = [v.high - v.value if math.isfinite(v.high) else 0 for v in values]
    return {
        "x": [point.bits_per_pixel.value for point in curve.points],
        "y": [v.value for v in values],
        "yerr": [lows, highs],
    }
