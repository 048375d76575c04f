"""`jpadse config`."""

from __future__ import annotations

import click

from jpadse_core.cli.results import ResultCommand
from jpadse_core.cli.streams import print_json
from jpadse_core.config import PipelineConfig, read_config
from jpadse_core.pipeline import build_pipeline


@click.command("config", cls=ResultCommand)
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--schema", is_flag=True, help="Print the JSON schema of such files.")
def command(file: str | None, schema: bool) -> None:
    """Check the pipeline that FILE (TOML or YAML) describes, and print it as JSON, the codec's options included."""
    if schema == (file is not None):
        raise click.UsageError("give a FILE to check, or --schema")
    if file is None:
        print_json(PipelineConfig.model_json_schema())
        return
    config = read_config(file)
    pipeline = build_pipeline(**config.arguments())
    codec = {"name": pipeline.codec.name, "options": pipeline.options.model_dump(mode="json")}
    print_json({**config.model_dump(mode="json"), "codec": codec})
