"""Reading a file, with its failure as this project's error, and errors with the file's name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from jpadse_core.errors import ImageError, JpadseError

_name: ContextVar[str] = ContextVar("_name", default="")


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{os.fspath(path)}: cannot be read: {reason}") from error


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Errors inside begin with a file's name, and so does what `named` gives; nothing changes where it is empty."""
    if not name:
        yield
        return
    token = _name.set(name)
    try:
        yield
    except JpadseError as error:
        if not str(error).startswith(f"{name}: "):
            error.args = (f"{name}: {error}",)
        raise
    finally:
        _name.reset(token)


def named(text: str) -> str:
    """A text for people, with the name of the file that is at work."""
    return f"{name}: {text}" if (name := _name.get()) else text


def name_of(source: object) -> str:
    """The name of a file that is given by its path; empty for anything else."""
    return os.fsdecode(source) if isinstance(source, str | os.PathLike) else ""
