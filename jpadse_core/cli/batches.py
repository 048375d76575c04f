"""One picture or many: which files a command reads, and what it calls those that it writes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

import click

from jpadse_core.cli.failures import is_debugging, is_expected, told
from jpadse_core.cli.results import OutputFull
from jpadse_core.cli.streams import refuse_overwriting, tell
from jpadse_core.errors import ImageError, JpadseError

skip_option = click.option("--skip-existing", is_flag=True, help="Leave out files that are written already.")


@dataclass(frozen=True)
class Batch:
    """Files to read, each with the one to write.

    Attributes:
        steps: pairs of source and target.
        single: whether it is one file by its own name, whose failure is the command's.
        clashes: what is said of files that are left out since they have one target.
    """

    steps: tuple[tuple[str, str], ...]
    single: bool
    clashes: tuple[str, ...] = ()

    def run(self, work: Callable[[str, str], None], *, skip: bool) -> None:
        """Do each step; one that fails costs no other.

        Args:
            work: is called with source and target.
            skip: leave out steps whose target exists.

        Raises:
            JpadseError: steps failed; each is told on stderr.
            BrokenPipeError, OutputFull: what is told goes nowhere any more.
        """
        if self.single:
            if not (skip and _is_written(self.steps[0][1])):
                work(*self.steps[0])
            return
        failed = len(self.clashes)
        for clash in self.clashes:
            click.echo(f"error: {clash}", err=True)
        for source, target in self.steps:
            try:
                if skip and _is_written(target):
                    tell(click.get_current_context(), f"{target}: is there already", detail=True)
                    continue
                _make_room(target)
                work(source, target)
            except (BrokenPipeError, OutputFull):
                raise
            except Exception as error:
                if not is_expected(error) and is_debugging():
                    raise
                failed += 1
                whose = "" if is_expected(error) else f"{source}: "
                click.echo(f"error: {whose}{told(error)}", err=True)
        if failed:
            count = len(self.steps) + len(self.clashes)
            rest = ", the others are written" if failed < count else ""
            raise JpadseError(f"{failed} of {count} files failed{rest}")


def batch_of(sources: tuple[str, ...], output: str, extension: str, endings: Collection[str]) -> Batch:
    """What a command with one `OUT` makes of files and folders.

    One file goes to `OUT`. Several, and those of a folder and of the folders in it, go to the folder `OUT`, each by its
    own name and place; so does one file where `OUT` is a folder. Of files with one target none is written. Links to
    folders in a folder are not followed, which one warning tells: as with `rsync -r` and `cp -r`, no picture comes
    twice, and a loop of links ends.

    Args:
        sources: files, folders, or `-`.
        output: a file, a folder, or `-`.
        extension: of what is written to a folder.
        endings: extensions of the files that are taken of folders, in lower case with the dot.

    Raises:
        click.UsageError: a target or its folder is among the sources, or `-` is among several.
        ImageError: the file is not there, or a folder holds no such file.
    """
    folder = Path(output)
    if len(sources) == 1 and sources[0] != "-" and not folder.suffix and not Path(sources[0]).exists():
        raise ImageError(f"{sources[0]}: cannot be read: No such file or folder")
    many = len(sources) > 1 or Path(sources[0]).is_dir()
    if not many and ("-" in (sources[0], output) or not output or not folder.is_dir()):
        refuse_overwriting(output, sources[0])
        return Batch(((sources[0], output),), single=True)
    if "-" in (*sources, output) or not output:
        raise click.UsageError("- is for one picture: name files, and a folder to write to")
    if not folder.is_dir() and (folder.exists() or folder.suffix.lower() in {extension, *endings}):
        raise click.UsageError(f"{output}: is no folder, and several pictures want one to be written to")
    found: dict[Path, dict[Path, None]] = {}
    for source in sources:
        if folder.is_dir() and Path(source).is_dir() and folder.samefile(source):
            raise click.UsageError(f"{output}: is a folder to read: write to another, or to a folder in it")
        for path, place in _found(Path(source), folder, endings):
            found.setdefault((folder / place).with_suffix(extension), {})[path] = None
    there = {_identity(path) for paths in found.values() for path in paths} - {None}
    steps = {target: next(iter(paths)) for target, paths in found.items() if len(paths) == 1}
    clashes = [
        f"{path}: would be written to {target}, as would {' and '.join(str(other) for other in paths if other != path)}"
        for target, paths in found.items()
        if len(paths) > 1
        for path in paths
    ]
    if clash := next((target for target in found if _identity(target) in there), None):
        raise click.UsageError(f"{clash} is one of the files to read: write to another folder")
    return Batch(tuple((str(path), str(target)) for target, path in steps.items()), not many, tuple(clashes))


def _is_written(target: str) -> bool:
    return target != "-" and Path(target).is_file() and Path(target).stat().st_size > 0


def _identity(path: Path) -> tuple[int, int] | None:
    """What a file is known by whatever the name, such as one in other letters where a disk takes them for the same;
    None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_room(target: str) -> None:
    """The folder that a file is written to.

    Raises:
        ImageError: it cannot be made.
    """
    folder = Path(target).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{target}: cannot be written: the folder {folder}: {error.strerror}") from error


def _found(source: Path, output: Path, endings: Collection[str]) -> Iterator[tuple[Path, Path]]:
    """A file, or those of a folder without what is in the output's; each with its place below the output."""
    if not source.is_dir():
        yield source, Path(source.name)
        return
    written = output.resolve()
    inside = written.is_relative_to(source.resolve())
    closed: list[Path] = []
    linked: list[Path] = []
    paths: list[Path] = []
    for folder, folders, names in os.walk(source, onerror=lambda error: closed.append(Path(error.filename))):
        paths += [Path(folder, name) for name in names]
        linked += [path for name in folders if (path := Path(folder, name)).is_symlink()]
    found = [
        path
        for path in sorted(paths)
        if path.suffix.lower() in endings
        and _readable(path)
        and not (inside and path.resolve().is_relative_to(written))
    ]
    found += closed  # a folder that cannot be read fails as a file does
    if linked:
        count = f"{len(linked)} linked folder{'s' * (len(linked) != 1)}"
        warnings.warn(f"{source}: {count} not followed, such as {min(linked)}: name what is to be read", stacklevel=2)
    if not found:
        raise ImageError(f"{source}: holds no files that can be read here")
    for path in found:
        yield path, path.relative_to(source)


def _readable(path: Path) -> bool:
    """Whether it is a file, or one that has to be told of: a folder may be listed, and what is in it refused."""
    try:
        return S_ISREG(path.stat().st_mode)
    except PermissionError:
        return True
    except OSError:
        return False
