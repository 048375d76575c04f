"""One file made, decoded and measured: the work of a worker process."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from functools import lru_cache

from jpadse_core import JpadseError, MetadataLost, Pipeline, build_pipeline
from jpadse_core.calling import failing_as
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.encoding import RateUnreachable, encode_at
from jpadse_plugin_evaluate.inputs import Source, read_rgb
from jpadse_plugin_evaluate.journal import Evidence, Record
from jpadse_plugin_evaluate.measures import Case
from jpadse_plugin_evaluate.measures.registry import Panel, measures_of
from jpadse_plugin_evaluate.remembering import RememberingEnhancer
from jpadse_plugin_evaluate.settings import Coding, CurveName, Given, Point, Size, Variant, shares_of


@dataclass(frozen=True)
class Job:
    """One file to be made and measured.

    Attributes:
        key: of its record.
        source, size: the picture, and what it is resized to.
        coding, point: how the file is made.
        wanted: by preference, the identities of the measures to take.
        panel: where the measures come from.
        found: the quality that an earlier search found for the point; None where there was none.
    """

    key: str
    source: Source
    size: Size | None
    coding: Coding
    point: Point
    wanted: tuple[tuple[str, tuple[str, ...]], ...]
    panel: Panel
    found: float | None = None

    def __str__(self) -> str:
        return f"{self.source.name}: {CurveName(self.coding.codec, self.coding.variant.name)} at {self.point}"


@lru_cache(maxsize=16)
def pipeline_for(codec: str, variant: Variant, options: Given = (), *, remembering: bool = False) -> Pipeline:
    """The pipeline of a codec with its options beside the quality, and a way to make its files; made once a process.

    Args:
        codec, variant, options: what is measured.
        remembering: with its enhancer's last picture at hand, where a file is decoded by the process that made it.
    """
    made_with = dict(variant.options) or None
    enhancer = None if variant.enhancer is None else load("enhancer", variant.enhancer)
    if enhancer is not None and remembering:
        enhancer = RememberingEnhancer(enhancer)
    return build_pipeline(
        codec,
        variant.semantics,
        enhancer,
        options=dict(options),
        semantics_options=made_with,
        semantics_rate=variant.semantics_rate,
    )


def _clock(pipeline: Pipeline) -> float:
    """Seconds, with those that its enhancer was spared."""
    spared = pipeline.enhancer.spared if isinstance(pipeline.enhancer, RememberingEnhancer) else 0.0
    return time.perf_counter() + spared


def perform(job: Job) -> Record:
    """Make the file, decode it for every preference, and take the measures; one that fails costs no other.

    Raises:
        JpadseError: a component refused or failed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetadataLost)  # rates count pixels only, see `encode_at`
        rgb = read_rgb(job.source.path, job.size)
    try:
        point = job.point if job.found is None else Point("quality", job.found)
        coding = job.coding
        pipeline = pipeline_for(coding.codec, coding.variant, coding.options, remembering=True)
        coded = encode_at(pipeline, rgb, point)
    except RateUnreachable as error:
        return Record(job.key, unreachable=str(error))
    decode_seconds: dict[str, float] = {}
    evidence: dict[str, dict[str, dict[str, Evidence]]] = {}
    failures: dict[str, str] = {}
    for preference, identities in job.wanted:
        start = _clock(pipeline)
        decoded = coded.decode(shares_of(preference))
        decode_seconds[preference] = _clock(pipeline) - start
        case = Case(rgb, decoded, f"{job.source.digest} {job.size}", job.source.labels)
        found = evidence[preference] = {}
        for measure in measures_of(job.panel):
            if measure.identity in identities:
                name = measure.figures[0].name
                try:
                    with failing_as(JpadseError, f'metric "{name}"'):
                        found[measure.identity] = dict(measure.measure(case))
                except JpadseError as error:
                    failures[f"{name} {preference}".strip()] = str(error)
    return Record(
        job.key, coded.quality, len(coded.data), coded.sections, coded.seconds, decode_seconds, evidence,
        failures=failures,
    )  # fmt: skip
