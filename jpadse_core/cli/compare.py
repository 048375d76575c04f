"""`jpadse compare`."""

from __future__ import annotations

import click

from jpadse_core.cli.comparing import run
from jpadse_core.cli.configuring import config_option, pipeline_from
from jpadse_core.cli.options import component_options, parsed_options
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import input_picture, naming, refuse_overwriting
from jpadse_core.comparison.report import CORNERS


@click.command("compare", cls=ResultCommand)
@click.argument("source", metavar="IN")
@click.option("-o", "--output", required=True, metavar="OUT.png", help="The pictures side by side.")
@component_options
@config_option
@click.option("--prefer", type=click.Choice(CORNERS), default="distortion", show_default=True, help="The corner shown.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    source: str,
    output: str,
    codec: str,
    semantics: str,
    semantics_options: dict[str, str],
    enhancer: str,
    quality: float | None,
    pairs: tuple[str, ...],
    prefer: str,
    as_json: bool,
) -> None:
    """Compare the plain codec with its enhanced self at equal bytes on the picture IN (or -)."""
    if output == "-":
        raise click.UsageError("the figures go to stdout: give a file for the picture")
    refuse_overwriting(output, source)
    pipeline = pipeline_from(
        ctx,
        codec=codec,
        semantics=semantics,
        enhancer=enhancer,
        semantics_options=semantics_options,
    )
    configured = {name: getattr(pipeline.options, name) for name in pipeline.options.model_fields_set}
    options = configured | parsed_options(pipeline.codec, quality, pairs)
    with naming(source):
        picture = input_picture(source)
        run(ctx, pipeline, picture, options, output, prefer, as_json)
