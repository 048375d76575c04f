"""`jpadse check-plugin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from jpadse_core.cli.options import pairs_of
from jpadse_core.cli.results import ResultCommand, say
from jpadse_core.cli.streams import print_json, tell
from jpadse_core.errors import PluginError
from jpadse_core.plugins.discovery import KINDS, Component, Kind, discover
from jpadse_core.plugins.loading import find, load_component

if TYPE_CHECKING:
    from jpadse_core.testing.running import Outcome


@click.command("check-plugin", cls=ResultCommand)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), help="Needed where components of several kinds have that name.")
@click.option(
    "--option",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option that an extractor or enhancer is made with; repeatable.",
)
@click.option(
    "--smallest-side",
    type=click.IntRange(1),
    metavar="PIXELS",
    help="Of a codec that refuses pictures with a shorter side.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
@click.pass_context
def command(
    ctx: click.Context, name: str, kind: str | None, pairs: tuple[str, ...], smallest_side: int | None, as_json: bool
) -> None:
    """Hold the installed component NAME (or DISTRIBUTION:NAME) to its contract, with JPADSE's conformance suite."""
    component = find(_kind_of(name) if kind is None else cast(Kind, kind), name)
    options = pairs_of("--option", pairs, PluginError)
    if component.kind == "codec" and options:
        raise PluginError(f'codec "{component.name}" is checked with all its options: leave --option out')
    if component.kind != "codec" and smallest_side is not None:
        raise PluginError(f'{component.kind} "{component.name}" takes pictures of any size: leave --smallest-side out')
    load_component(component, options)
    outcomes = _outcomes(component, options, smallest_side or 1)
    failed = [outcome for outcome in outcomes if outcome.result == "failed"]
    if as_json:
        print_json(
            {
                "kind": component.kind,
                "name": component.name,
                "distribution": component.distribution,
                "version": component.version,
                "conforms": not failed,
                "checks": [vars(outcome) for outcome in outcomes],
            }
        )
    else:
        for outcome in outcomes:
            say(f"{outcome.result:<8} {outcome.check}" + (f": {outcome.cause}" if outcome.cause else ""))
    counts = ", ".join(
        f"{sum(outcome.result == result for outcome in outcomes)} {result}"
        for result in ("passed", "failed", "skipped")
    )
    tell(ctx, f"{component.kind} {component.qualified} {component.version}: {counts}")
    if failed:
        ctx.exit(1)


def _kind_of(name: str) -> Kind:
    kinds = sorted({component.kind for component in discover() if name in (component.name, component.qualified)})
    if len(kinds) > 1:
        raise PluginError(f'"{name}" is the name of a {" and of a ".join(kinds)}: pick one with --kind')
    if not kinds:
        raise PluginError(f'no component "{name}" is installed: see `jpadse list-plugins`')
    return kinds[0]


def _outcomes(component: Component, options: dict[str, str], smallest_side: int) -> list[Outcome]:
    try:
        from jpadse_core.testing.running import run_suite
    except ModuleNotFoundError as error:
        raise PluginError(f"checking needs {error.name}, which is not installed: pip install {error.name}") from error
    return run_suite(component, options, smallest_side)
