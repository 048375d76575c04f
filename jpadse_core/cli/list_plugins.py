"""`jpadse list-plugins`."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

import click

from jpadse_core.cli.streams import print_json
from jpadse_core.plugins.discovery import KINDS, Component, Kind, discover


@click.command("list-plugins")
@click.option("--kind", type=click.Choice(KINDS), help="Only components of this kind.")
@click.option("--check", is_flag=True, help="Load each component and tell which are broken.")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(kind: str | None, check: bool, as_json: bool) -> None:
    """List installed components: kind, name, distribution, version, contract and status."""
    components = discover(cast(Kind | None, kind))
    if check:
        from jpadse_core.plugins.loading import checked

        components = tuple(checked(component) for component in components)
    if as_json:
        print_json([_row(component) for component in components])
        return
    for component in components:
        row = _row(component)
        origin = f"{row['distribution']} {row['version']}"
        line = f"{row['kind']:<10} {row['name']:<14} {origin:<28} contract {row['contract']}  {row['status']}"
        click.echo(f"{line}: {component.cause}" if component.cause else line)


def _row(component: Component) -> dict[str, object]:
    row = asdict(component)
    del row["entry_point"]
    return row
