"""`python -m jpadse_plugin_train.enhancer.interpolate A B SHARE OUT`: weights between two of the same architecture.

Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022: between a network and what more training
on another mix made of it lie networks that are better at both.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jpadse_plugin_train.enhancer.state import read_network, save_weights


def interpolate(first: Path, second: Path, share: float, target: Path) -> None:
    """Write `(1 - share) * first + share * second` as safetensors.

    Args:
        first, second: safetensors or exported ONNX weights.
        share: of the second, 0 to 1.
        target: the file.
    """
    networks = read_network(first), read_network(second)
    begin, end = (network.state_dict() for network in networks)
    networks[0].load_state_dict({name: (1 - share) * value + share * end[name] for name, value in begin.items()})
    save_weights(target, networks[0])


if __name__ == "__main__":
    interpolate(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
