"""`python -m jpadse_plugin_train.enhancer.interpolate A B SHARE OUT`: weights between two of the same architecture.

Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022: between a network and what more training
on another mix made of it lie networks that are better at both.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from jpadse_plugin_train.enhancer.state import read_network, save_weights

_HEADS = ("perception", "accuracy")


def interpolate(
    first: Path, second: Path, share: float, target: Path, *, of_heads: Mapping[str, float] | None = None
) -> None:
    """Write `(1 - share) * first + share * second` as safetensors.

    Args:
        first, second: safetensors or exported ONNX weights.
        share: of the second, 0 to 1.
        target: the file.
        of_heads: another share for the head "perception" or "accuracy".
    """
    networks = read_network(first), read_network(second)
    begin, end = (network.state_dict() for network in networks)
    shares = {name: (of_heads or {}).get(name.split(".")[0], share) for name in begin}
    networks[0].load_state_dict({name: value.lerp(end[name], shares[name]) for name, value in begin.items()})
    save_weights(target, networks[0])


def main() -> None:
    """Interpolate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("share", type=float, help="of the second, 0 to 1")
    parser.add_argument("out", type=Path)
    for head in _HEADS:
        parser.add_argument(f"--{head}", type=float, help=f"another share for the head of {head}")
    given = parser.parse_args()
    of_heads = {head: vars(given)[head] for head in _HEADS if vars(given)[head] is not None}
    interpolate(given.first, given.second, given.share, given.out, of_heads=of_heads)


if __name__ == "__main__":
    main()
