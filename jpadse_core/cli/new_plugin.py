"""`jpadse new-plugin`."""

from __future__ import annotations

from pathlib import Path

import click

from jpadse_core.cli.results import ResultCommand, say
from jpadse_core.cli.streams import tell
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
    tell(ctx, f"next: cd {folder} && python -m pip install -e '.[test]' && python -m pytest")
