"""`python -m jpadse_plugin_train.extractor`: train the extractor."""

from __future__ import annotations

import argparse
from pathlib import Path

from jpadse_core.cli.results import say
from jpadse_plugin_train.extractor.train import ExtractorConfig, train


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m jpadse_plugin_train.extractor", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--run", type=Path, required=True, help="where checkpoint and curve go")
    for name, field in ExtractorConfig.model_fields.items():
        if not field.is_required():
            parser.add_argument(f"--{name.replace('_', '-')}", help=field.description)
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    options = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    resume = options.pop("resume")
    say(train(ExtractorConfig.model_validate(options), resume=resume))


if __name__ == "__main__":
    main()
