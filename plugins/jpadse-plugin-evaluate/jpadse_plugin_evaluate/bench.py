"""Speed and memory of encoding and decoding, each in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from jpadse_core import JpadseError
from jpadse_core.cli.options import parsed_options
from jpadse_plugin_evaluate.encoding import encode_with
from jpadse_plugin_evaluate.inputs import read_rgb
from jpadse_plugin_evaluate.measuring import pipeline_for
from jpadse_plugin_evaluate.settings import Given, Variant, in_words


@dataclass(frozen=True)
class Task:
    """What one process times.

    Attributes:
        codec, variant: how files are made.
        options: the codec's, beside the quality.
        quality: on the codec's own scale; None for its default.
        paths: the pictures.
        runs: of every picture, after the first.
        files: what is decoded; empty where encoding is timed.
    """

    codec: str
    options: Given
    variant: Variant
    quality: float | None
    paths: tuple[Path, ...]
    runs: int
    files: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Timing:
    """What one process found.

    Attributes:
        cold: seconds for the first picture in a fresh process, the loading of components and weights included; the
            start of Python itself is not.
        warm: seconds for all pictures, each the median of its runs.
        megapixels: of all pictures.
        files: those that were encoded.
        memory: the largest resident memory of the process, megabytes; `nan` where the system does not tell.
    """

    cold: float
    warm: float
    megapixels: float
    memory: float
    files: tuple[bytes, ...] = ()

    @property
    def speed(self) -> float:
        """Megapixels a second, warm."""
        return self.megapixels / self.warm


@dataclass(frozen=True)
class Row:
    """A codec, its options, and a way to make its files, timed; the ratios are to the plain codec's warm time
    in the same run."""

    codec: str
    options: str
    variant: str
    encode: Timing
    decode: Timing
    encode_ratio: float
    decode_ratio: float


def bench(
    codecs: Sequence[tuple[str, Given]],
    variants: Sequence[Variant],
    paths: tuple[Path, ...],
    quality: float | None,
    runs: int,
    advance: Callable[[str], None] = lambda step: None,
) -> list[Row]:
    """Time every codec plain and in every variant, one process after the other.

    Args:
        codecs: names, with options beside the quality.
        variants: enhanced ones; the plain codec goes ahead of them.
        paths: pictures.
        quality: on the codec's own scale; None for its default.
        runs: how many are taken the median of.
        advance: told of every process before it begins.

    Raises:
        JpadseError: a component failed, or a process died.
    """
    rows = []
    for codec, options in codecs:
        plain: list[Timing] = []
        for variant in (Variant(), *variants):
            advance(f"{codec} {variant.name}: encode")
            encoded = _apart(Task(codec, options, variant, quality, paths, runs))
            advance(f"{codec} {variant.name}: decode")
            decoded = _apart(Task(codec, options, variant, quality, paths, runs, encoded.files))
            timings = [encoded, decoded]
            plain = plain or timings
            ratios = [timing.warm / base.warm for timing, base in zip(timings, plain, strict=True)]
            rows.append(Row(codec, in_words(options), variant.name, *timings, *ratios))
    return rows


def _apart(task: Task) -> Timing:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            return pool.submit(time_task, task).result()
        except BrokenProcessPool as error:
            who = f"{task.codec} {task.variant.name}"
            raise JpadseError(f"{who}: the process died, perhaps for want of memory") from error


def time_task(task: Task) -> Timing:
    """Do the task in this process."""
    shapes = [read_rgb(path, None).shape for path in task.paths] if task.files else []
    pictures = [] if task.files else [read_rgb(path, None) for path in task.paths]
    start = time.perf_counter()
    pipeline = pipeline_for(task.codec, task.variant, task.options)
    options = parsed_options(pipeline.codec, task.quality, ())

    def once(index: int) -> bytes:
        if not task.files:
            return encode_with(pipeline, pictures[index], options).data
        if task.variant.enhancer is None:
            pipeline.codec.decode(task.files[index])
        else:
            pipeline.decode(task.files[index])
        return b""

    once(0)
    cold = time.perf_counter() - start
    warm, files = 0.0, []
    for index in range(len(task.paths)):
        seconds = []
        for _ in range(task.runs):
            start = time.perf_counter()
            data = once(index)
            seconds.append(time.perf_counter() - start)
        warm += median(seconds)
        files.append(data)
    pixels = sum(shape[0] * shape[1] for shape in shapes or [rgb.shape for rgb in pictures])
    return Timing(cold, warm, pixels / 1e6, largest_memory(), () if task.files else tuple(files))


def largest_memory() -> float:
    """The largest resident memory of this process so far, megabytes (10^6 bytes); `nan` where nothing tells."""
    try:
        # getrusage would tell of the process that began this one, whose peak it inherits
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
