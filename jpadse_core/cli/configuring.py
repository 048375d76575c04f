"""`--config`: what a file says of the pipeline goes before the defaults, and what the command line says before both."""

from __future__ import annotations

from typing import Any

import click

from jpadse_core.cli.options import asked_for
from jpadse_core.config import PipelineConfig, options_keyword, read_config
from jpadse_core.pipeline import Pipeline, build_pipeline

_KEY = "jpadse.config"


def _read(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_KEY] = read_config(value)


config_option = click.option(
    "--config",
    metavar="FILE",
    expose_value=False,
    callback=_read,
    help="Read the pipeline from a TOML or YAML file; see `jpadse config --schema`.",
)


def pipeline_from(ctx: click.Context, **given: Any) -> Pipeline:
    """The pipeline of `--config` and of the options on the command line.

    Args:
        **given: `build_pipeline`'s arguments by the names of the options that they come from.
    """
    config: PipelineConfig | None = ctx.meta.get(_KEY)
    if config is None:
        return build_pipeline(**given)
    arguments = config.arguments()
    for name, value in given.items():
        if asked_for(ctx, name):
            if arguments.get(name) != value:
                arguments.pop(options_keyword(name), None)
            arguments[name] = value
    return build_pipeline(**arguments)
