"""`python -m jpadse_plugin_train.label_map`: train the label-map coder's network."""

from __future__ import annotations

import argparse

from jpadse_core.builtin.deeplab import DeepLab
from jpadse_plugin_train.label_map.train import LabelMapConfig, train


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m jpadse_plugin_train.label_map", description=__doc__)
    for name, field in LabelMapConfig.model_fields.items():
        if name not in ("widths", "shares"):
            parser.add_argument(f"--{name.replace('_', '-')}", required=field.is_required(), help=field.description)
    parser.add_argument("--share", action="append", default=[], metavar="DOMAIN=WEIGHT", help="repeatable")
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    given["shares"] = dict(pair.rsplit("=", 1) for pair in given.pop("share"))
    train(LabelMapConfig.model_validate(given), DeepLab())


if __name__ == "__main__":
    main()
