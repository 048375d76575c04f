"""`python -m jpadse_plugin_train.enhancer --config FILE`, or the settings as flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from jpadse_plugin_train.enhancer.config import EnhancerConfig
from jpadse_plugin_train.enhancer.train import train


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="jpadse_plugin_train.enhancer")
    parser.add_argument("--resume", action="store_true")
    for name, field in EnhancerConfig.model_fields.items():
        parser.add_argument(f"--{name.replace('_', '-')}", required=field.is_required(), default=None)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    resume = given.pop("resume")
    print(train(EnhancerConfig.model_validate(given), resume=resume), Path.cwd())


if __name__ == "__main__":
    main()
