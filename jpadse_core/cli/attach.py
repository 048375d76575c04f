"""`jpadse attach`."""

from __future__ import annotations

import click

from jpadse_core.cli.options import map_options, network_options
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import input_picture, naming, read_input, refuse_overwriting, working, write_output
from jpadse_core.cli.telling import tell_encoded
from jpadse_core.map_decision import SemanticsSource
from jpadse_core.opening import open_file
from jpadse_core.parts import Parts
from jpadse_core.pipeline import build_pipeline


@click.command("attach", cls=ResultCommand)
@click.argument("plain", metavar="PLAIN")
@click.option("--original", required=True, metavar="PICTURE", help="The picture that PLAIN was made from.")
@click.option("-o", "--output", required=True, metavar="OUT", help="The file to write, or -.")
@network_options
@map_options
@click.option("--replace", is_flag=True, help="Put it in the place of the sidecar that PLAIN has.")
@click.option("--json", "as_json", is_flag=True, help="Tell what was written as JSON on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    plain: str,
    original: str,
    output: str,
    semantics: str,
    semantics_options: dict[str, str],
    enhancer: str,
    divisor: str,
    semantics_source: SemanticsSource,
    semantics_rate: float | None,
    perception_guide: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Give PLAIN, a file of any codec with a carrier (or -), a sidecar; its pixels stay as they are."""
    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    refuse_overwriting(output, original)
    with naming(plain):
        data = read_input(plain)
        codec = open_file(data, Parts()).codec
    pipeline = build_pipeline(
        codec,
        semantics,
        enhancer,
        divisor=int(divisor),  # type: ignore[arg-type]
        semantics_source=semantics_source,
        semantics_rate=semantics_rate,
        perception_guide=perception_guide,
        semantics_options=semantics_options,
    )
    with naming(original):
        picture = input_picture(original)
    with naming(plain), working(ctx, f"reading {plain}"):
        encoded = pipeline.attach(data, picture, replace=replace)
    write_output(output, encoded)
    tell_encoded(ctx, output, encoded, as_json)
