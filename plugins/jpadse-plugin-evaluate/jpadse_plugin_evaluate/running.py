"""All measurements of an evaluation: those in the journal, and the missing ones by worker processes."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from jpadse_core import JpadseError
from jpadse_plugin_evaluate.identity import file_key
from jpadse_plugin_evaluate.inputs import Source
from jpadse_plugin_evaluate.journal import Journal, Record
from jpadse_plugin_evaluate.measures.registry import Panel, measures_of
from jpadse_plugin_evaluate.measuring import Job, perform
from jpadse_plugin_evaluate.settings import Coding, Point, Settings

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Parameters of glibc's `mallopt`, see malloc.h."""


def keys(settings: Settings, source: Source) -> Iterator[tuple[Coding, Point, str]]:
    """Every file of a picture in order, with the key of its record."""
    for coding in settings.codings():
        for point in coding.points:
            yield coding, point, file_key(source, settings.size, coding, point)


def missing_jobs(settings: Settings, sources: tuple[Source, ...], panel: Panel, journal: Journal) -> list[Job]:
    """What the journal does not hold yet, picture by picture."""
    jobs = []
    for source in sources:
        identities = {measure.identity for measure in measures_of(panel)}
        for coding, point, key in keys(settings, source):
            known = journal.records.get(key)
            wanted = tuple(
                (preference, lacking)
                for preference in coding.preferences
                if (lacking := tuple(sorted(i for i in identities if known is None or known.lacks(preference, i))))
            )
            if wanted:
                found = None if known is None else known.quality
                jobs.append(Job(key, source, settings.size, coding, point, wanted, panel, found))
    return jobs


def run(
    jobs: Iterable[Job], journal: Journal, workers: int, advance: Callable[[Job], None] = lambda job: None
) -> dict[str, str]:
    """Do the jobs, each finished one into the journal at once.

    Args:
        jobs: what to do.
        journal: gets the records.
        workers: processes side by side; each holds one picture at a time.
        advance: told of every job when it is done.

    Returns:
        For every job or measure that failed, its name and why. All others are done.

    Raises:
        JpadseError: a worker died; what was finished is in the journal.
    """
    failures: dict[str, str] = {}
    queue = iter(jobs)
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin) as pool:
        running: dict[Future[Record], Job] = {}

        def submit(count: int) -> None:
            running.update({pool.submit(perform, job): job for job in islice(queue, count)})

        submit(2 * workers)
        try:
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    job = running.pop(future)
                    _keep(future, job, journal, failures)
                    advance(job)
                submit(len(done))
        except BrokenProcessPool as error:
            raise JpadseError(
                f"a worker died, perhaps for want of memory; what was finished is kept in {journal.folder}: "
                "run it again to go on, with fewer --jobs"
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failures


def _keep(future: Future[Record], job: Job, journal: Journal, failures: dict[str, str]) -> None:
    try:
        record = future.result()
        journal.add(record)
        failures.update({f"{job}, {what}": why for what, why in record.failures.items()})
    except BrokenProcessPool:
        raise
    except MemoryError:
        failures[str(job)] = "wants more memory than there is"
    except Exception as error:  # a stranger's component may raise anything, and must not cost the other pictures
        expected = isinstance(error, JpadseError)
        failures[str(job)] = str(error) if expected else f"{type(error).__name__}: {error}"


def _begin() -> None:
    """A worker leaves interrupts to the process that began it, and ends with it, however that ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.showwarning = _show_warning
    Thread(target=_end_with_parent, daemon=True).start()
    _keep_memory()


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """As the command line shows them."""
    print(f"warning: {message}", file=sys.stderr, flush=True)


def _keep_memory() -> None:
    """Have glibc keep what is freed: every picture wants the same large arrays again, and to get their pages from the
    system anew is a third of what networks take. Elsewhere nothing changes."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
