"""`jpadse list-plugins`."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import cast

import click

from jpadse_core.cli.main import is_builtin
from jpadse_core.cli.results import ResultCommand, say
from jpadse_core.cli.streams import print_json
from jpadse_core.plugins.discovery import KINDS, Component, Kind, discover, unknown_groups


@click.command("list-plugins", cls=ResultCommand)
@click.option("--kind", type=click.Choice(KINDS), help="Only components of this kind.")
@click.option(
    "--check",
    is_flag=True,
    help="Load each component, look at its weights, and tell which do not work; a broken one is an error.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
@click.pass_context
def command(ctx: click.Context, kind: str | None, check: bool, as_json: bool) -> None:
    """List installed components: kind, name, distribution, version, contract and status."""
    components = discover(cast(Kind | None, kind))
    if check:
        from jpadse_core.plugins.checking import checked

        components = tuple(checked(component) for component in components)
    components = tuple(_in_the_way(component) for component in components)
    if as_json:
        print_json([_row(component) for component in components])
    else:
        _print(components)
    strange = unknown_groups() if check else ()
    for told in strange:
        click.echo(f"error: {told}", err=True)
    if check and (strange or any(component.status == "broken" for component in components)):
        ctx.exit(1)


def _print(components: tuple[Component, ...]) -> None:
    rows = [(c.kind, c.name, f"{c.distribution} {c.version}", f"contract {c.contract}") for c in components]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for component, row in zip(components, rows, strict=True):
        line = "  ".join([*(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)), component.status])
        say(f"{line}: {component.cause}" if component.cause else line)


def _in_the_way(component: Component) -> Component:
    """A plugin's command that has a built-in command's name is only reached by its qualified name."""
    if component.kind == "command" and component.status == "ok" and is_builtin(component.name):
        cause = f"jpadse has a command of this name: call it as `jpadse {component.qualified}`"
        return replace(component, status="conflict", cause=cause)
    return component


def _row(component: Component) -> dict[str, object]:
    row = asdict(component)
    del row["entry_point"]
    return row
