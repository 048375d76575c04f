"""`jpadse evaluate` and `jpadse bench`."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jpadse_core.cli.results import ResultCommand, say
from jpadse_plugin_evaluate.options import (
    FILE,
    FOLDER,
    TAKEN,
    Numbers,
    Size,
    codecs_called_with,
    component_options,
    extractors_made_with,
    judge_options,
)

if TYPE_CHECKING:
    from jpadse_plugin_evaluate.measures.registry import Panel
    from jpadse_plugin_evaluate.measuring import Job
    from jpadse_plugin_evaluate.report.writing import Outputs
    from jpadse_plugin_evaluate.settings import Settings


@click.command("evaluate", cls=ResultCommand)
@click.argument("pictures", nargs=-1, required=True, type=TAKEN)
@component_options
@click.option(
    "--points",
    "qualities",
    multiple=True,
    type=Numbers(),
    help="Qualities on the codec's scale, such as 5,10,20,40; CODEC=5,10,20,40 goes before --bpp; repeatable.",
)
@click.option("--bpp", type=Numbers(), help="Rates that files must not exceed, such as 0.1,0.2,0.4.")
@click.option(
    "--preference",
    "preferences",
    multiple=True,
    default=("distortion",),
    show_default=True,
    help="distortion, perception, accuracy or P,A,D; repeatable.",
)
@judge_options
@click.option(
    "--baseline",
    default="plain",
    show_default=True,
    help="What curves are compared with: plain, none-semantics, an extractor, or CODEC/ before one of them.",
)
@click.option("--against", multiple=True, help="As --baseline, in addition; repeatable.")
@click.option("--size", type=Size(), help="Resize pictures first: WIDTHxHEIGHT, or the most for the longer side.")
@click.option("--json", "json_output", type=FILE, help="All results as JSON.")
@click.option("--csv", "csv_output", type=FILE, help="One line per decoded picture; BD-rates in NAME-bd.csv beside it.")
@click.option("--html", "html_output", type=FILE, help="The report, one file that needs no other.")
@click.option("--markdown", "markdown_output", type=FILE, help="The tables as Markdown.")
@click.option("--figures", "figures_output", type=FOLDER, help="A folder for the curves as PNG files.")
@click.option(
    "--journal", type=FOLDER, help="Where finished measurements are kept; by default beside the first output."
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Pictures measured side by side.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0),
    default=math.inf,
    show_default="all pictures",
    help="Begin no further picture after this time; those that were not begun are left out.",
)
@click.pass_context
def evaluate(ctx: click.Context, pictures: tuple[Path, ...], **given: Any) -> None:
    """Measure rate, distortion, perception and accuracy on PICTURES, files or folders, from real bytes.

    What was finished is kept: the same command after a kill goes on where it was.
    """  # fmt: skip
    from jpadse_plugin_evaluate.report.writing import Outputs

    outputs = Outputs(*(given[f"{name}_output"] for name in ("json", "csv", "html", "markdown", "figures")))
    first = outputs.first()
    if first is None:
        raise click.UsageError("give --json, --csv, --html, --markdown or --figures for the results")
    if twice := outputs.twice():
        raise click.UsageError(f"two of the results would be written to {twice}: give each a file of its own")
    _run(ctx, pictures, outputs, given["journal"] or first.with_name(f"{first.stem}.journal"), given)


def _run(
    ctx: click.Context, pictures: tuple[Path, ...], outputs: Outputs, journal: Path, given: dict[str, Any]
) -> None:
    from jpadse_core import JpadseError
    from jpadse_core.cli.streams import refuse_overwriting, tell
    from jpadse_plugin_evaluate.evaluating import evaluate as measure
    from jpadse_plugin_evaluate.inputs import find_pictures
    from jpadse_plugin_evaluate.report.tables import as_text, delta_table, rate_table
    from jpadse_plugin_evaluate.report.writing import write

    settings = _settings(given)
    panel, notices = _panel(given, settings, journal)
    for notice in notices:
        tell(ctx, notice)
    sources = find_pictures(pictures, given["labels"])
    read = [str(path) for source in sources for path in (source.path, source.labels) if path]
    for path in outputs.files:
        refuse_overwriting(str(path), *read)
    figures = outputs.figures
    if figures is not None and figures.is_dir() and any(figures.samefile(Path(path).parent) for path in read):
        raise click.UsageError(f"{figures}: holds pictures to read: give figures a folder of their own")
    with _progress(ctx) as begin:
        results = measure(
            settings, sources, panel, (given["baseline"], *given["against"]), journal,
            workers=given["jobs"], minutes=given["minutes"], command=_command_line(), notices=notices, begin=begin,
        )  # fmt: skip
    for notice in results.notices[len(notices) :]:
        tell(ctx, notice)
    write(results, settings, sources, panel, outputs)
    say(f"{results.counted}\n\n{as_text(rate_table(results))}\n\n{as_text(delta_table(results))}")
    if results.failures:
        job, reason = next(iter(results.failures.items()))
        count = f"{len(results.failures)} measurement{'s' * (len(results.failures) != 1)}"
        raise JpadseError(f"{count} failed, the others are written: {job}: {reason}")


def _settings(given: dict[str, Any]) -> Settings:
    from jpadse_core import EnhancerError, Preference
    from jpadse_plugin_evaluate.settings import Point, Settings, shares_of

    codecs, extractors, enhancers, preferences = (
        tuple(dict.fromkeys(given[name])) for name in ("codecs", "extractors", "enhancers", "preferences")
    )
    qualities: dict[str, tuple[float, ...]] = {}
    for codec, numbers in given["qualities"]:
        qualities[codec] = tuple(sorted({*qualities.get(codec, ()), *numbers}))
    if given["bpp"] and given["bpp"][0]:
        raise click.UsageError("--bpp is for all codecs: give numbers alone")
    if given["bpp"] and given["bpp"][1][0] <= 0:
        raise click.UsageError("--bpp wants rates above 0")
    if given["bpp"] and "" in qualities:
        raise click.UsageError("--points and --bpp are both for all codecs: give one, or --points CODEC=5,10,20,40")
    stray = sorted(set(qualities) - {"", *codecs})
    if stray:
        raise click.UsageError(f"--points names codec {stray[0]}, which no --codec does")
    points = {}
    for codec in codecs:
        if codec in qualities or "" in qualities:
            chosen = qualities[codec if codec in qualities else ""]
            points[codec] = tuple(Point("quality", number) for number in chosen)
        elif given["bpp"]:
            points[codec] = tuple(Point("bpp", number) for number in given["bpp"][1])
        else:
            raise click.UsageError(f"codec {codec} has no points: give --points {codec}=5,10,20,40, or --bpp")
    for preference in preferences:
        try:
            Preference.of(shares_of(preference))
        except (ValueError, EnhancerError) as error:
            raise click.UsageError(f"--preference {preference}: {error}") from error
    return Settings(
        codecs, points, extractors, enhancers, preferences, given["size"],
        extractors_made_with(extractors, given["semantics_options"]),
        codecs_called_with(codecs, given["codec_options"], "--points or --bpp"), given["semantics_rate"],
    )  # fmt: skip


def _panel(given: dict[str, Any], settings: Settings, journal: Path) -> tuple[Panel, tuple[str, ...]]:
    from jpadse_plugin_evaluate.evaluating import judged_by_own
    from jpadse_plugin_evaluate.measures.registry import DEFAULT, Panel, metric_names, usable

    if given["labels"] is not None and not given["segmenter"]:
        raise click.UsageError("--labels are for a segmentation network to be measured by: give --segmenter too")
    mapped = given["label_ids"] != "as-is"
    for option, given_so in (("--own-extractor", given["own_extractor"]), ("--label-ids", mapped)):
        if given_so and not given["segmenter"]:
            raise click.UsageError(f"{option} is about a segmentation network to be measured by: give --segmenter too")
    if mapped and given["labels"] is None:
        raise click.UsageError("--label-ids is about ids in label files: give --labels too")
    if judged_by_own(settings, given["segmenter"]) and not given["own_extractor"]:
        raise click.UsageError(
            f"--segmenter {given['segmenter']} is the extractor of the files under test: give another network, or "
            "--own-extractor to have it so, flagged"
        )
    folder = journal / "features"
    names: tuple[str, ...] = given["metrics"] or DEFAULT
    notices: tuple[str, ...] = ()
    if not given["metrics"] or "all" in names:
        names, notices = usable(metric_names() if "all" in names else names, folder)
    panel = Panel(
        names, given["segmenter"], given["classifier"], given["detector"], given["labels"] is not None,
        given["label_ids"], folder,
    )  # fmt: skip
    return panel, notices


@contextmanager
def _progress(ctx: click.Context) -> Iterator[Callable[[int, int], Callable[[Job], None]]]:
    """A bar with the time left, on a terminal's stderr."""
    settings = ctx.find_root().obj or {}
    if settings.get("quiet") or not sys.stderr.isatty():
        yield lambda missing, kept: lambda job: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name = TextColumn("{task.description}", markup=False)  # last, as it changes in width; brackets in it are no styles
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def begin(missing: int, kept: int) -> Callable[[Job], None]:
            task = progress.add_task("measure", total=missing + kept, completed=kept)
            return lambda job: progress.update(task, advance=1, description=str(job))

        yield begin


def _command_line() -> str:
    return shlex.join(["jpadse", *sys.argv[1:]])


@click.command("bench", cls=ResultCommand)
@click.argument("pictures", nargs=-1, required=True, type=TAKEN)
@component_options
@click.option("-q", "--quality", type=float, help="Quality, on the codec's own scale; else the codec's default.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Runs to take the median of.")
@click.option("--json", "json_file", type=FILE, help="The figures as JSON.")
@click.pass_context
def bench(
    ctx: click.Context,
    pictures: tuple[Path, ...],
    codecs: tuple[str, ...],
    codec_options: tuple[str, ...],
    extractors: tuple[str, ...],
    enhancers: tuple[str, ...],
    semantics_options: tuple[str, ...],
    semantics_rate: float | None,
    quality: float | None,
    runs: int,
    json_file: Path | None,
) -> None:
    """Time encoding and decoding of PICTURES, and tell the memory they take.

    Every codec is timed plain and with every enhancer and extractor, each in a process of its own, one after the other.
    """
    from jpadse_core.cli.streams import refuse_overwriting, tell, write_output
    from jpadse_plugin_evaluate.bench import bench as time_all
    from jpadse_plugin_evaluate.inputs import find_pictures
    from jpadse_plugin_evaluate.report.tables import as_text
    from jpadse_plugin_evaluate.report.timings import timings_as_json, timings_table
    from jpadse_plugin_evaluate.settings import Settings

    options = codecs_called_with(codecs, codec_options, "-q")
    paths = tuple(source.path for source in find_pictures(pictures))
    if json_file is not None:
        refuse_overwriting(str(json_file), *map(str, paths))
    made_with = extractors_made_with(extractors, semantics_options)
    chosen = Settings(codecs, {}, extractors, enhancers, options=made_with, semantics_rate=semantics_rate)
    called = [(codec, options.get(codec, ())) for codec in codecs]
    rows = time_all(called, list(chosen.variants()), paths, quality, runs, lambda step: tell(ctx, step, detail=True))
    if json_file is not None:
        write_output(str(json_file), timings_as_json(rows))
    say(as_text(timings_table(rows)))
