"""`jpadse train` and `jpadse export`."""

from __future__ import annotations

from pathlib import Path

import click

from jpadse_core.cli.results import ResultCommand, say


@click.group("train")
def train() -> None:
    """Train the extractor or the enhancer on a data folder."""


@train.command("enhancer", cls=ResultCommand, context_settings={"ignore_unknown_options": True})
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of settings; see `schema`.",
)
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@click.argument("settings", nargs=-1, type=click.UNPROCESSED)
def enhancer(config: Path | None, resume: bool, settings: tuple[str, ...]) -> None:
    """Train the enhancer. SETTINGS are `--pictures DIR --run DIR` and any other plain setting of the schema; they win
    over the file's."""
    from pydantic import ValidationError

    from jpadse_plugin_train.enhancer.config import EnhancerConfig, read_config

    try:
        given = _fields(settings)
        chosen = EnhancerConfig.model_validate(given) if config is None else read_config(config, **given)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, part['loc'])) or 'settings'}: {part['msg']}" for part in error.errors())
        raise click.UsageError(told) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    from jpadse_plugin_train.enhancer.train import train as run

    try:
        say(run(chosen, resume=resume))
    except (FileNotFoundError, ModuleNotFoundError, ValueError) as error:
        raise click.ClickException(str(error)) from error


@train.command("schema", cls=ResultCommand)
def schema() -> None:
    """Print the JSON schema of the enhancer's settings."""
    import json

    from jpadse_plugin_train.enhancer.config import EnhancerConfig

    say(json.dumps(EnhancerConfig.model_json_schema(), indent=1))


@train.command("extractor", cls=ResultCommand, context_settings={"ignore_unknown_options": True})
@click.argument("settings", nargs=-1, type=click.UNPROCESSED)
def extractor(settings: tuple[str, ...]) -> None:
    """Train the extractor. SETTINGS are those of `python -m jpadse_plugin_train.extractor`."""
    from jpadse_plugin_train.extractor.__main__ import main

    main(list(settings))


@train.command("default", cls=ResultCommand)
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Data folder."
)
@click.option("--runs", default="runs", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the weights go.")
@click.option(
    "--share",
    default=1.0,
    type=click.FloatRange(0, 1, min_open=True),
    help="Of every stage's steps: 0.001 rehearses the whole in minutes.",
)
def default(data: Path, runs: Path, out: Path, share: float) -> None:
    """Train and export all weights that ship, from a data folder; goes on where it was stopped."""
    from jpadse_plugin_train.recipe import reproduce

    reproduce(data, runs, out, share=share)


@click.command("export", cls=ResultCommand)
@click.argument("weights", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--licence", default="not stated", show_default=True, help="Of the weights, for the model card.")
def export(weights: Path, target: Path, licence: str) -> None:
    """Export the enhancer's WEIGHTS (safetensors) to the ONNX file TARGET, with a model card beside it."""
    from jpadse_plugin_train.enhancer.card import card_of, write_card
    from jpadse_plugin_train.enhancer.export import export as write

    if target.suffix != ".onnx":
        raise click.UsageError(f"{target}: the name of an ONNX file ends in .onnx")
    try:
        card_of(target)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from error
    if not target.parent.is_dir():
        raise click.ClickException(f"{target.parent} is no folder: make it first")
    try:
        write(weights, target)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    say(target)
    say(write_card(weights, target, licence))


def _fields(settings: tuple[str, ...]) -> dict[str, str]:
    """`--some-field value` pairs as a dictionary."""
    names, values = settings[::2], settings[1::2]
    if len(names) != len(values) or not all(name.startswith("--") for name in names):
        raise click.UsageError("settings are pairs of --name value")
    return {name[2:].replace("-", "_"): value for name, value in zip(names, values, strict=True)}
