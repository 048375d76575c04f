"""`python -m jpadse_plugin_train.extractor.interpolate A B SHARE OUT`: an extractor between two, as an ONNX file.

Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, as for the enhancer.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from jpadse_plugin_train.extractor.export import export
from jpadse_plugin_train.extractor.model import DeepLab
from jpadse_plugin_train.extractor.train import network_of


def between(first: Path, second: Path, share: float) -> DeepLab:
    """The network `(1 - share) * first + share * second`, in evaluation mode.

    Args:
        first, second: checkpoints or exported ONNX files, one of which training went on from the other.
        share: of the second, 0 to 1.

    Raises:
        ValueError: one has folded its batch norms and the other has not: no training leads from one to the other.
    """
    networks = network_of(first), network_of(second)
    begin, end = (network.state_dict() for network in networks)
    if begin.keys() != end.keys():
        raise ValueError(f"{first} and {second} differ in their parts: give a start and what training made of it")
    with torch.no_grad():
        for name, value in begin.items():
            if value.is_floating_point():
                value.lerp_(end[name], share)
    return networks[0]


def main() -> None:
    """Interpolate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("share", type=float, help="of the second, 0 to 1")
    parser.add_argument("out", type=Path, help="the ONNX file to write")
    given = parser.parse_args()
    print(export(between(given.first, given.second, given.share), given.out), given.out)


if __name__ == "__main__":
    main()
