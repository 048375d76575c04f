"""What share of an evaluation goes into the network's passes for perception and accuracy, in processor seconds.

    python examples/corners_share.py PICTURE [--metric psnr] [--metric ms-ssim]

One JPEG at quality 10 is made plain, with a map and without, and decoded for all three corners; the encoder's pass
serves the distortion corner. Passes for the other corners run the trunk again, which one pass could share.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from jpadse_core import RgbImage
from jpadse_core.builtin.network_enhancer import NetworkEnhancer
from jpadse_core.interfaces import Hints, Preference, SemanticMap
from jpadse_plugin_evaluate.inputs import find_pictures
from jpadse_plugin_evaluate.measures.registry import DEFAULT, Panel, measures_of, usable
from jpadse_plugin_evaluate.measuring import Job, perform
from jpadse_plugin_evaluate.settings import Coding, Point, Variant

CORNERS = ("distortion", "perception", "accuracy")
TURNS = 2
"""The first loads networks."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--metric", action="append", help="instead of evaluate's own choice; repeatable")
    given = parser.parse_args()
    metrics, _ = usable(tuple(given.metric or DEFAULT), Path())
    panel = Panel(metrics)
    identities = tuple(measure.identity for measure in measures_of(panel))
    source = find_pictures((given.picture,))[0]
    spent = dict.fromkeys(CORNERS, 0.0)
    passes = NetworkEnhancer.enhance

    def timed(
        self: NetworkEnhancer, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference
    ) -> RgbImage:
        start = time.process_time()
        enhanced = passes(self, rgb, semantics, hints, preference)
        corner = "perception" if preference.perception else "accuracy" if preference.accuracy else "distortion"
        spent[corner] += time.process_time() - start
        return enhanced

    NetworkEnhancer.enhance = timed  # type: ignore[method-assign]
    for _ in range(TURNS):
        spent.update(dict.fromkeys(CORNERS, 0.0))
        start = time.process_time()
        for variant in (Variant(), Variant("default", "deeplab"), Variant("default", None)):
            corners = CORNERS if variant.enhancer else ("",)
            wanted = tuple((corner, identities) for corner in corners)
            perform(Job("", source, None, Coding("jpeg", variant, (), corners), Point("quality", 10), wanted, panel))
        total = time.process_time() - start
        again = spent["perception"] + spent["accuracy"]
        passed = ", ".join(f"{corner} {seconds:.2f}" for corner, seconds in spent.items())
        print(f"{', '.join(metrics)}: {total:.2f} s, of which passes: {passed}; the latter two {again / total:.0%}")


if __name__ == "__main__":
    main()
