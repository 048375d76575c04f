"""Results alone on stdout: what plugins, their threads and the libraries under them print meanwhile goes to stderr."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TextIO

import click

from jpadse_core.errors import ImageError

_stdout: ContextVar[TextIO | None] = ContextVar("_stdout", default=None)


class OutputFull(ImageError):
    """Standard output's place is full; what is written there from now on is lost."""


class ResultCommand(click.Command):
    """A command whose stdout holds what it says and writes by the functions of this module, and nothing else."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        if sys.stdout is None or sys.stderr is None:  # closed: there is nothing to keep apart
            return super().invoke(ctx)
        with _moved(sys.stdout) as stream:
            token = _stdout.set(stream)
            try:
                with redirect_stdout(sys.stderr):
                    return super().invoke(ctx)
            finally:
                _stdout.reset(token)


def say(text: object) -> None:
    """A line on stdout.

    Raises:
        OutputFull: its place is full.
        BrokenPipeError: nobody reads it any more.
    """
    with _told_of():
        click.echo(text, file=_stdout.get())


def write_bytes(data: bytes) -> None:
    """A file on stdout.

    Raises:
        ImageError: it is closed.
        OutputFull: its place is full.
        BrokenPipeError: nobody reads it any more.
    """
    stream = _stdout.get() or sys.stdout
    if stream is None:
        raise ImageError("standard output: is closed: give a path to write to")
    with _told_of():
        stream.buffer.write(data)
        stream.buffer.flush()


@contextmanager
def _told_of() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if (stream := _stdout.get()) is not None:
            _lead_nowhere(stream)
        raise OutputFull(f"standard output: cannot be written: {error.strerror}") from error


@contextmanager
def _moved(stdout: TextIO) -> Iterator[TextIO]:
    """`stdout` on a descriptor of its own, while the one that libraries write to leads to stderr; `stdout` itself where
    there are no descriptors, as under test."""
    try:
        known, errors = stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):
        yield stdout
        return
    stdout.flush()
    with os.fdopen(os.dup(known), "w", encoding=stdout.encoding, errors=stdout.errors) as own:
        os.dup2(errors, known)
        try:
            yield own
            own.flush()
        except BrokenPipeError:
            _lead_nowhere(own)
            raise
        finally:
            _flush_libraries()
            os.dup2(own.fileno(), known)


def _lead_nowhere(stream: TextIO) -> None:
    """Of what cannot be written, nothing is left for the end of the process to try again."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _flush_libraries() -> None:
    """Let go of what C libraries have printed and their buffers hold."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).fflush(None)
