"""Reading a file, with its failure as this project's error, and errors with the file's name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jpadse_core.errors import ImageError, JpadseError


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
    """Errors inside begin with a file's name."""
    try:
        yield
    except JpadseError as error:
        if str(error).startswith(name):
            raise
        raise type(error)(f"{name}: {error}") from error


def name_of(source: object) -> str:
    """The name of a file that is given by its path; empty for anything else."""
    return os.fsdecode(source) if isinstance(source, str | os.PathLike) else ""
