"""Files in and out of commands: `-` for standard streams, output files whole or not at all, errors with the file's
name."""

from __future__ import annotations

import json
import math
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jpadse_core.cli.results import say, write_bytes
from jpadse_core.errors import ImageError
from jpadse_core.files import naming as naming_file
from jpadse_core.files import read_file

if TYPE_CHECKING:
    from jpadse_core.interfaces.picture import Picture


def read_input(path: str) -> bytes:
    """The bytes of a file, or of standard input for `-`.

    Raises:
        ImageError: it cannot be read.
    """
    if path != "-":
        return read_file(path)
    if sys.stdin is None:  # closed, as by `<&-` or a service without one
        raise ImageError("standard input: is closed: pipe a file into it, or give a path")
    return sys.stdin.buffer.read()


def input_picture(path: str) -> Picture:
    """The picture in a file, or on standard input for `-`.

    Raises:
        ImageError: it cannot be read.
    """
    from jpadse_core.pictures import picture_from_file

    data = read_input(path)
    return picture_from_file(data, "standard input") if path == "-" else picture_from_file(data, path, Path(path))


def write_output(path: str, data: bytes) -> None:
    """Write a file that appears whole or not at all, or to standard output for `-`.

    Raises:
        ImageError: it cannot be written.
    """
    if path == "-":
        write_bytes(data)
        return
    try:
        target = Path(path).resolve()
        named = bool(Path(path).name) and not target.is_dir()
    except (OSError, RuntimeError) as error:  # links that go in a circle, a name that is too long
        raise ImageError(f"{path}: cannot be written: {error}") from error
    if not named:
        raise ImageError(f"{path or 'the output'}: is no name for a file")
    partial = target.with_name(f".jpadse.{secrets.token_hex(8)}.part")
    try:
        if target.exists() and not target.is_file():  # a pipe or a device
            target.write_bytes(data)
            return
        with partial.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())  # or the name could outlive a power failure, and the bytes not
        if target.exists():
            partial.chmod(target.stat().st_mode & 0o7777)
        partial.replace(target)
    except OSError as error:
        raise ImageError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def refuse_overwriting(output: str, *inputs: str) -> None:
    """What is written is not the picture that is read: its place is not for losing the picture.

    Raises:
        click.UsageError: `output` is one of `inputs`.
    """
    for path in inputs:
        with suppress(OSError):  # what is not there is not overwritten
            if "-" not in (path, output) and Path(output).samefile(path):
                raise click.UsageError(f"{output}: is the file to read, which would be lost: write to another")


def naming(path: str) -> AbstractContextManager[None]:
    """Errors inside carry the file's name."""
    return naming_file("standard input" if path == "-" else path)


def tell(ctx: click.Context, text: str, *, detail: bool = False) -> None:
    """A line for people, on stderr; `detail` only with `-v`, nothing with `--quiet`."""
    settings = ctx.find_root().obj or {}
    if not settings.get("quiet") and (settings.get("verbose") or not detail):
        click.echo(text, err=True)


def print_json(value: Any, *, alone: bool = True) -> None:
    """One JSON document on stdout, on one line where it is not alone; figures that are not finite are null."""
    say(json.dumps(_finite(value), indent=2 if alone else None, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def working(ctx: click.Context, text: str) -> Iterator[None]:
    """A spinner with the time that has passed, on a terminal's stderr, while something takes its time."""
    settings = ctx.find_root().obj or {}
    if settings.get("quiet") or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield
