"""`jpadse info`."""

from __future__ import annotations

import warnings

import click

from jpadse_core.cli.results import ResultCommand, say
from jpadse_core.cli.streams import naming, print_json, read_input
from jpadse_core.info import read_info


@click.command("info", cls=ResultCommand)
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(file: str, as_json: bool) -> None:
    """Tell what is in FILE (or -), byte by byte."""
    with naming(file):
        info = read_info(read_input(file))
    if info.needs:
        warnings.warn(f"{file}: {info.needs}", stacklevel=1)
    if as_json:
        print_json(info.model_dump(mode="json"))
        return
    for name, value in info.model_dump(exclude={"sections", "needs"}).items():
        if value not in (None, "", (), {}):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
            say(
                f"{name.replace('_', ' '):<15} {shown:.4f}"
                if isinstance(value, float)
                else f"{name.replace('_', ' '):<15} {shown}"
            )
    for section in info.sections:
        say(f"  {section.name:<13} {section.bytes:>10,} bytes{'' if section.intact else '  DAMAGED'}")
