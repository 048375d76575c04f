"""What `compare` and `demo` share: run a comparison, print its table, write its panel."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from jpadse_core.cli.results import say
from jpadse_core.cli.streams import print_json, tell, write_output
from jpadse_core.cli.telling import mind_the_extension
from jpadse_core.comparison.panel import Column, draw_panel, most_telling, paint
from jpadse_core.comparison.report import CORNERS, Comparison, compare
from jpadse_core.errors import PluginError
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.picture import Picture
from jpadse_core.pipeline import Pipeline
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load

_METRICS = ("psnr", "ms-ssim", "ssimulacra2")
_STEPS = 10


def run(
    ctx: click.Context,
    pipeline: Pipeline,
    picture: Picture,
    options: dict[str, Any],
    panel: str,
    corner: str,
    as_json: bool,
) -> Comparison:
    """Compare, write the panel to the file `panel`, and tell the figures."""
    metrics = _metrics(ctx)
    with _progress(ctx) as advance:
        comparison = compare(pipeline, picture, options, metrics, advance)
        drawn = _panel_png(comparison, pipeline.codec.name, corner)
        write_output(panel, drawn)
    mind_the_extension(ctx, panel, drawn)
    if as_json:
        print_json(_as_json(comparison, panel))
    else:
        _print_tables(comparison, metrics)
    tell(ctx, f"{panel}: original | plain at the same bytes | enhanced | label map")
    return comparison


def _metrics(ctx: click.Context) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {}
    strangers = sorted({component.name for component in discover("metric")} - set(_METRICS))
    for name in (*_METRICS, *strangers):
        try:
            metrics[name] = load("metric", name)
        except PluginError as error:
            tell(ctx, f"without {name}: {error}")
    return metrics


@contextmanager
def _progress(ctx: click.Context) -> Iterator[Callable[[str], None]]:
    settings = ctx.find_root().obj or {}
    if settings.get("quiet") or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("start", total=_STEPS)

        def advance(step: str) -> None:
            progress.update(task, description=step, advance=1)

        yield advance


def _panel_png(comparison: Comparison, codec: str, corner: str) -> bytes:
    original = comparison.original.rgb
    rows = comparison.rows
    shown = rows[2 + CORNERS.index(corner)] if len(rows) > 2 else rows[1]
    plain = rows[0]
    columns = [
        Column("original", f"{original.shape[1]} x {original.shape[0]}", original),
        Column(f"plain {codec}", _detail(plain.size, plain.measures), plain.picture),
        Column(shown.label, _detail(shown.size, shown.measures), shown.picture),
    ]
    label_map = comparison.encoded.label_map
    if label_map is not None:
        detail = f"{comparison.encoded.sections.get('label_map', 0):,} of these bytes"
        columns.append(Column("label map", detail, paint(label_map, original.shape[:2])))
    target = io.BytesIO()
    draw_panel(columns, most_telling(original, plain.picture, shown.picture)).save(target, "PNG")
    return target.getvalue()


def _detail(size: int, measures: Any) -> str:
    return f"{size:,} bytes   " + "   ".join(
        f"{name} {value:.3g}" if value < 1 else f"{name} {value:.2f}" for name, value in measures.items()
    )


def _print_tables(comparison: Comparison, metrics: dict[str, Metric]) -> None:
    pixels = comparison.original.rgb.shape[0] * comparison.original.rgb.shape[1]
    say(f"{'':<24} {'bytes':>9} {'bpp':>7}" + "".join(f" {name:>12}" for name in metrics))
    for row in comparison.rows:
        values = "".join(f" {row.measures[name]:>12.4f}" for name in metrics)
        say(f"{row.label:<24} {row.size:>9,} {row.size * 8 / pixels:>7.4f}{values}")
    say("\nbytes of the enhanced file, by section")
    for name, size in comparison.encoded.sections.items():
        say(f"  {name:<14} {size:>9,} {size / len(comparison.encoded):>7.2%}")


def _as_json(comparison: Comparison, panel: str) -> dict[str, Any]:
    return {
        "panel": panel,
        "bytes": len(comparison.encoded),
        "bits_per_pixel": comparison.encoded.bits_per_pixel,
        "sections": comparison.encoded.sections,
        "plain_quality": comparison.plain.quality,
        "rows": [{"label": row.label, "bytes": row.size, **row.measures} for row in comparison.rows],
        "seconds": comparison.encoded.timings,
    }
