"""`jpadse encode`."""

from __future__ import annotations

import click

from jpadse_core.bitstream.signatures import extension_of
from jpadse_core.cli import batches
from jpadse_core.cli.configuring import config_option, pipeline_from
from jpadse_core.cli.options import (
    chosen_target,
    component_options,
    map_options,
    parsed_options,
    target_options,
)
from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import input_picture, naming, working, write_output
from jpadse_core.cli.telling import tell_encoded
from jpadse_core.interfaces.codec import carrier_of
from jpadse_core.map_decision import SemanticsSource
from jpadse_core.pictures import picture_endings


@click.command("encode", cls=ResultCommand)
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="OUT", help="The file to write, or -; of several, a folder.")
@component_options
@config_option
@target_options
@map_options
@batches.skip_option
@click.option(
    "--json", "as_json", is_flag=True, help="Tell what was written on stdout as JSON; of several, a line each."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    sources: tuple[str, ...],
    output: str,
    codec: str,
    semantics: str,
    semantics_options: dict[str, str],
    enhancer: str,
    quality: float | None,
    pairs: tuple[str, ...],
    divisor: str,
    semantics_source: SemanticsSource,
    semantics_rate: float | None,
    perception_guide: bool,
    skip_existing: bool,
    as_json: bool,
    **targets: float | None,
) -> None:
    """Encode the picture IN (a file, or -) to a file of the codec's own format that any viewer opens.

    Several pictures, or a folder of them, go to the folder OUT; one that fails costs no other. Links to folders in a
    folder are not followed.
    """
    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    pipeline = pipeline_from(
        ctx,
        codec=codec,
        semantics=semantics,
        enhancer=enhancer,
        divisor=int(divisor),
        semantics_source=semantics_source,
        semantics_rate=semantics_rate,
        perception_guide=perception_guide,
        semantics_options=semantics_options,
    )
    target = chosen_target(quality, targets)
    options = parsed_options(pipeline.codec, quality, pairs, searched=target is not None)
    container = carrier_of(pipeline.codec) is None
    extension = "jpse" if container else extension_of(pipeline.codec.name)
    batch = batches.batch_of(sources, output, f".{extension}", picture_endings())

    def work(source: str, target_file: str) -> None:
        with naming(source):
            picture = input_picture(source)
            with working(ctx, f"encoding {source}"):
                encoded = pipeline.encode(picture, target=target, **options)
        write_output(target_file, encoded)
        tell_encoded(ctx, target_file, encoded, as_json, alone=batch.single)

    batch.run(work, skip=skip_existing)
