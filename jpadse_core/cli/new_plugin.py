"""`jpadse new-plugin`."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from jpadse_core.cli.main import is_builtin
from jpadse_core.cli.results import ResultCommand, say
from jpadse_core.cli.streams import tell
from jpadse_core.plugins.discovery import Kind, discover
from jpadse_core.scaffold import KINDS, write_plugin


@click.command("new-plugin", cls=ResultCommand)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("-o", "--output", default=".", show_default=True, metavar="FOLDER", help="Where to put the new folder.")
@click.pass_context
def command(ctx: click.Context, kind: str, name: str, output: str) -> None:
    """Write the distribution jpadse-plugin-NAME with a component of that KIND, tests included."""
    folder = write_plugin(kind, name, Path(output))
    say(folder)
    namesakes = sorted({part.distribution for part in discover(cast(Kind, kind)) if part.name == name})
    namesakes += ["jpadse"] * (kind == "command" and is_builtin(name))
    if namesakes:
        tell(ctx, f'warning: {" and ".join(namesakes)} has a {kind} "{name}": beside it, choose another name')
    tell(ctx, f"next: cd {folder} && python -m pip install -e '.[test]' && python -m pytest")
