"""Curves as inline SVG, with the values of every point for the page's script to show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from html import escape

import numpy as np

from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.tables import with_interval
from jpadse_plugin_evaluate.results import Curve, CurvePoint, Results

_WIDTH, _HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 12, 38
_DASHES = ("5 4", "", "9 3", "2 3", "9 3 2 3", "12 4", "1 4", "6 2 1 2")
COLOURS = 8
"""How many the style sheet has."""
_STEPS = (1, 1.5, 2, 3, 5, 7)
_FINE_STEPS = (*np.arange(1, 2, 0.1), *np.arange(2, 4, 0.2), *np.arange(4, 10, 0.5))
_FEWEST_TICKS = 2


@dataclass(frozen=True)
class Look:
    """How a curve is drawn everywhere: a colour of the style sheet, and a dash pattern."""

    index: int
    colour: int
    dash: str


def looks(results: Results) -> list[Look]:
    """One for every curve: colours tell codecs apart, or the curves where there is but one codec."""
    codecs = list(dict.fromkeys(curve.name.codec for curve in results.curves))
    ways = list(dict.fromkeys((curve.name.variant, curve.name.preference) for curve in results.curves))
    found = []
    for index, curve in enumerate(results.curves):
        way = ways.index((curve.name.variant, curve.name.preference))
        colour = codecs.index(curve.name.codec) if len(codecs) > 1 else way
        dash = _DASHES[way % len(_DASHES)] if len(codecs) > 1 or not way else ""
        found.append(Look(index, colour % COLOURS, dash))
    return found


@dataclass(frozen=True)
class _Scale:
    """From values to pixels; `log` for rates."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, here = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        share = (here - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.stop - self.start)


def chart(results: Results, figure: Figure) -> str:
    """One figure's curves over the rate, as an SVG element; empty where no value is finite."""
    points = [point for curve in results.curves for point in curve.points]
    rates = [p.bits_per_pixel.value for p in points if math.isfinite(p.values[figure.name].value)]
    if not rates:
        return ""
    x = _Scale(min(rates) / 1.12, max(rates) * 1.12, _LEFT, _WIDTH - _RIGHT, log=True)
    y = _Scale(*value_range(points, figure), _HEIGHT - _BOTTOM, _TOP)
    title = f"{figure.name} {figure.unit}".strip()
    arrow = "higher is better" if figure.higher_is_better else "lower is better"
    drawn = "".join(
        _curve(look, curve, figure, x, y) for look, curve in zip(looks(results), results.curves, strict=True)
    )
    return (
        f'<figure><figcaption><b>{escape(title)}</b> <span>{arrow}</span></figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)} over bits per pixel">'
        f"{_axes(x, y, figure)}{drawn}</svg></figure>"
    )  # fmt: skip


def value_range(points: Sequence[CurvePoint], figure: Figure) -> tuple[float, float]:
    """What an axis shows of a figure with its intervals: per cent from 0 to 100 at most, and a value that is the same
    everywhere amid others of its size."""
    ends = [end for point in points for end in astuple(point.values[figure.name]) if math.isfinite(end)]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    margin = 0.04 * (high - low)
    if figure.unit == "%":
        return (max(low - margin, 0), min(high + margin, 100)) if margin else (0, 100)
    margin = margin or max(0.1 * abs(high), 10.0**-figure.digits)
    return low - margin, high + margin


def _axes(x: _Scale, y: _Scale, figure: Figure) -> str:
    parts = []
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for rate in log_ticks(x.low, x.high):
        parts.append(f'<path class="grid" d="M{x(rate):.1f} {_TOP}V{bottom}"/>')
        parts.append(f'<text class="tick" x="{x(rate):.1f}" y="{bottom + 15}" text-anchor="middle">{rate:g}</text>')
    for value in _ticks(y.low, y.high):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(value):.1f}H{right}"/>')
        label = f"{value:g}"
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{label}</text>')
    parts.append(
        f'<text class="tick" x="{(_LEFT + right) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">bits per pixel</text>'
    )
    return "".join(parts)


def _curve(look: Look, curve: Curve, figure: Figure, x: _Scale, y: _Scale) -> str:
    there = [point for point in curve.points if math.isfinite(point.values[figure.name].value)]
    places = [(x(p.bits_per_pixel.value), y(p.values[figure.name].value)) for p in there]
    line = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
    parts = [f'<polyline points="{line}" stroke-dasharray="{look.dash}"/>']
    for point, (left, top) in zip(there, places, strict=True):
        interval = point.values[figure.name]
        if math.isfinite(interval.low):
            parts.append(f'<path class="bar" d="M{left:.1f} {y(interval.low):.1f}V{y(interval.high):.1f}"/>')
        tip = (
            f"{curve.name}, {point.point}|{point.bits_per_pixel.value:.4f} bpp|"
            f"{figure.name} {with_interval(interval, digits=figure.digits)} {figure.unit}"
        )
        parts.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.4" data-tip="{escape(tip, quote=True)}"/>')
    return f'<g class="curve k{look.colour}" data-curve="{look.index}">{"".join(parts)}</g>'


def _ticks(low: float, high: float) -> list[float]:
    """Round values between the ends, four to eight of them."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6.5)
    first = math.ceil(low / step)
    return [round(index * step, 10) for index in range(first, math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Round values between the ends of a logarithmic scale, rounder ones where they are enough."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)

    def among(steps: Iterable[float]) -> list[float]:
        return [t for d in decades for f in steps if low <= (t := round(f * 10.0**d, 6)) <= high]

    ticks = among(_STEPS)
    return ticks if len(ticks) >= _FEWEST_TICKS else among(_FINE_STEPS)
