"""An evaluation from beginning to end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jpadse_core import ImageError, JpadseError
from jpadse_core.plugins.discovery import Kind, discover
from jpadse_core.plugins.loading import find
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.gathering import (
    curves_of,
    deltas_of,
    picture_infos,
    require_baselines,
    taken,
    undefined,
    unreached,
)
from jpadse_plugin_evaluate.identity import component_identity, versions, versions_of
from jpadse_plugin_evaluate.inputs import Source, read_labels, read_rgb
from jpadse_plugin_evaluate.journal import Journal
from jpadse_plugin_evaluate.measures.registry import Panel, figures_of, measures_of
from jpadse_plugin_evaluate.measuring import Job
from jpadse_plugin_evaluate.results import Results
from jpadse_plugin_evaluate.running import missing_jobs, run
from jpadse_plugin_evaluate.settings import Settings, in_words


def evaluate(
    settings: Settings,
    sources: tuple[Source, ...],
    panel: Panel,
    baselines: tuple[str, ...],
    folder: Path,
    *,
    workers: int,
    minutes: float = math.inf,
    command: str = "",
    notices: tuple[str, ...] = (),
    begin: Callable[[int, int], Callable[[Job], None]] = lambda missing, kept: lambda job: None,
) -> Results:
    """Measure what the journal lacks, and gather everything.

    Args:
        settings, sources, panel: what is measured, on what, and by what.
        baselines: variants that every curve is compared with.
        folder: of the journal.
        workers: processes side by side.
        minutes: after them no further picture is begun; those that were not are left out of the results.
        command: the command line, for the report.
        notices: what the reader has to know already.
        begin: told how many jobs there are and how many were in the journal; what it returns is told of every job done.

    Raises:
        JpadseError: nothing could be measured, or a component, baseline or network is not usable.
    """
    figures = figures_of(panel)
    sources, broken = _readable(sources, settings)
    require_baselines(baselines, [name for coding in settings.codings() for name in coding.curves()])
    with Journal(folder) as journal:
        jobs = missing_jobs(settings, sources, panel, journal)
        total = sum(len(coding.points) for coding in settings.codings()) * len(sources)
        in_time = _InTime(jobs, minutes)
        failures = run(in_time, journal, workers, begin(len(jobs), total - len(jobs))) | broken
        late = in_time.not_begun()
        sources = tuple(source for source in sources if source not in late)
        everything = list(taken(settings, sources, panel, figures, journal))
        notices = (
            *notices, *_late_notices(sources, late), *own_network_notices(settings, panel),
            *_label_notices(sources, panel), *unreached(settings, sources, journal),
            *undefined(figures, everything),
        )  # fmt: skip
    if not everything:
        job, reason = next(iter(failures.items()), ("", notices[-1] if notices else "there are no points"))
        raise JpadseError(f"nothing could be measured: {job}{': ' if job else ''}{reason}")
    curves = curves_of(settings, figures, everything, len(sources))
    taking_part, weights = _participants(settings, panel)
    measures = {figure.name: measure.identity for measure in measures_of(panel) for figure in measure.figures}
    return Results(
        command, taking_part, weights, picture_infos(settings, sources), figures,
        tuple(t.measured for t in everything), tuple(curves),
        tuple(deltas_of(curves, baselines, figures, everything)), notices, dict(sorted(failures.items())),
        {figure.name: measures[figure.name] for figure in figures}, _options(settings),
    )  # fmt: skip


class _InTime:
    """Jobs, picture by picture, as long as there is time: one at least, and a picture that was begun to its end."""

    def __init__(self, jobs: list[Job], minutes: float) -> None:
        self._jobs, self._end = jobs, time.monotonic() + 60 * minutes
        self._begun = set[Source]()

    def __iter__(self) -> Iterator[Job]:
        for job in self._jobs:
            if self._begun and job.source not in self._begun and time.monotonic() > self._end:
                return
            self._begun.add(job.source)
            yield job

    def not_begun(self) -> set[Source]:
        """Pictures that want measuring, and of which no job was given out."""
        return {job.source for job in self._jobs} - self._begun


def _late_notices(sources: tuple[Source, ...], late: set[Source]) -> tuple[str, ...]:
    if not late:
        return ()
    return (
        f"time was up: {len(sources)} of {len(sources) + len(late)} pictures were measured, the others are left out; "
        "the same command goes on with them",
    )


def _readable(sources: tuple[Source, ...], settings: Settings) -> tuple[tuple[Source, ...], dict[str, str]]:
    """The pictures that can be read, with labels of their size where they have any, and why the others cannot."""
    readable, broken = [], {}
    for source in sources:
        try:
            picture_infos(settings, (source,))
            _require_labels_of_its_size(source)
        except JpadseError as error:
            broken[source.name] = str(error)
        else:
            readable.append(source)
    if not readable:
        raise JpadseError(f"no picture can be read: {next(iter(broken.values()))}")
    return tuple(readable), broken


def _require_labels_of_its_size(source: Source) -> None:
    if source.labels is None:
        return
    labels, picture = read_labels(source.labels).shape, read_rgb(source.path, None).shape
    if labels != picture[:2]:
        raise ImageError(
            f"{source.labels}: is of {labels[1]} x {labels[0]}, its picture of {picture[1]} x {picture[0]}: "
            "labels have the size of the picture's file, whatever --size is"
        )


def _label_notices(sources: tuple[Source, ...], panel: Panel) -> tuple[str, ...]:
    without = [source.name for source in sources if source.labels is None]
    if not panel.labels or not without:
        return ()
    more = f" and {len(without) - 3} more" if len(without) > 3 else ""
    return (f"figures against true labels leave out pictures without any: {', '.join(without[:3])}{more}",)


def judged_by_own(settings: Settings, segmenter: str) -> bool:
    """Whether the segmenter is an extractor of the files under test, or has the weights of one, however it is named.

    Raises:
        PluginError: it is neither a `.tflite` file nor an installed extractor.
    """
    if not segmenter:
        return False
    extractors = [variant for variant in settings.variants() if variant.semantics is not None]
    weights = set[str]()
    for variant in extractors:
        identity = component_identity("semantics", str(variant.semantics), variant.options)
        weights |= {identity["weights"], *(digest for *_, digest in identity.get("options", ()))} - {""}
    if segmenter.endswith(".tflite"):
        path = Path(segmenter)
        return path.is_file() and file_digest(path) in weights
    own = {find("semantics", str(variant.semantics)).qualified for variant in extractors}
    return (
        find("semantics", segmenter).qualified in own
        or component_identity("semantics", segmenter)["weights"] in weights
    )


def own_network_notices(settings: Settings, panel: Panel) -> tuple[str, ...]:
    """A warning where the network under test is the codec's own extractor."""
    if not judged_by_own(settings, panel.segmenter):
        return ()
    return (
        f'the segmentation figures are judged by "{panel.segmenter}", which is the extractor of the files under test: '
        "they say nothing about other networks",
    )


def _options(settings: Settings) -> dict[str, str]:
    kinds = (("codec", settings.codec_options), ("semantics", settings.options))
    return {f"{kind} {name}": in_words(given) for kind, options in kinds for name, given in options.items()}


def _participants(settings: Settings, panel: Panel) -> tuple[dict[str, str], dict[str, str]]:
    names: list[tuple[Kind, str]] = [("codec", name) for name in settings.codecs]
    names += [("enhancer", name) for name in settings.enhancers]
    names += [("semantics", name) for name in settings.semantics if name != "none"]
    installed = {component.name for component in discover("metric")}
    names += [("metric", name) for name in panel.metrics if name in installed]
    found = versions_of(["jpadse", "jpadse-plugin-evaluate"])
    found |= versions(package for measure in measures_of(panel) for package in getattr(measure, "packages", ()))
    weights = {}
    for kind, name in names:
        identity = component_identity(kind, name, settings.options.get(name, ()) if kind == "semantics" else ())
        found |= identity["versions"]
        if identity["weights"]:
            weights[f"{kind} {name}"] = identity["weights"]
    return dict(sorted(found.items())), weights
