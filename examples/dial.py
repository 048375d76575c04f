"""Whether the dial moves evenly: along each edge of the triangle, the figure of the corner that it moves to.

    python examples/dial.py FOLDER [--codec jpeg] [--quality 10] [--segmenter A.tflite] [--size 1024] [--first N]

Every picture is encoded once and decoded at 9 points of every edge. A figure is monotone on a picture where no step
along the edge makes it worse by more than `--tolerance` of what the whole edge changes it by: between two corners a
figure of the corner that is left gets worse all the way, one of the corner that is reached gets better. Perception is
judged by ST-LPIPS, or by SSIMULACRA2; accuracy by the frozen segmenter's mean intersection over union with its own
answer on the original; distortion by PSNR. Needs `pip install 'jpadse-plugin-evaluate[judges,deep]'` and, for ST-LPIPS,
`pip install --no-deps stlpips-pytorch`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jpadse_core import build_pipeline
from jpadse_plugin_evaluate.encoding import encode_at
from jpadse_plugin_evaluate.inputs import find_pictures, read_rgb
from jpadse_plugin_evaluate.measures import Case, Figure
from jpadse_plugin_evaluate.measures.registry import Panel, figures_of, measures_of
from jpadse_plugin_evaluate.settings import Point

POINTS = 9
CORNERS = {"perception": (1.0, 0.0, 0.0), "accuracy": (0.0, 1.0, 0.0), "distortion": (0.0, 0.0, 1.0)}
EDGES = (("distortion", "perception"), ("distortion", "accuracy"), ("accuracy", "perception"))
OWN = {"psnr": "distortion", "ssimulacra2": "perception", "st-lpips": "perception", "miou-agreement": "accuracy"}
"""Which corner a figure belongs to."""


@dataclass(frozen=True)
class Walk:
    """One figure of one picture along an edge.

    Attributes:
        gains: the figure at every point, turned so that more is better.
        rising: whether it belongs to the corner that is reached, so that it is to rise; else it is to fall.
    """

    gains: Sequence[float]
    rising: bool

    @property
    def change(self) -> float:
        """From the first point to the last, in the direction that it is to take."""
        return (self.gains[-1] - self.gains[0]) * (1 if self.rising else -1)

    def monotone(self, tolerance: float) -> bool:
        """Whether it changes in that direction, and no step goes back by more than this share of the change."""
        steps = [(b - a) * (1 if self.rising else -1) for a, b in zip(self.gains, self.gains[1:], strict=False)]
        return self.change > 0 and min(steps) >= -tolerance * self.change


def along(start: str, stop: str) -> list[tuple[float, ...]]:
    """Preferences from one corner to another, both included."""
    shares = [index / (POINTS - 1) for index in range(POINTS)]
    return [tuple(a + t * (b - a) for a, b in zip(CORNERS[start], CORNERS[stop], strict=True)) for t in shares]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", default="jpeg")
    parser.add_argument("--quality", type=float, default=10)
    parser.add_argument("--semantics", default="deeplab", help='extractor, or "none"')
    parser.add_argument("--segmenter", default="", help="a frozen .tflite segmentation network, for accuracy")
    parser.add_argument("--perception", choices=("st-lpips", "ssimulacra2"), default="st-lpips")
    parser.add_argument("--size", type=int, help="the most for the pictures' longer side")
    parser.add_argument("--first", type=int, help="only so many pictures, by name")
    parser.add_argument(
        "--tolerance", type=float, default=0.02, help="share of the whole change that a step may go back"
    )
    given = parser.parse_args()
    panel = Panel(("psnr", given.perception), given.segmenter)
    figures = {figure.name: figure for figure in figures_of(panel) if figure.name in OWN}
    pipeline = build_pipeline(given.codec, None if given.semantics == "none" else given.semantics)
    walks: dict[tuple[str, str, str], list[Walk]] = {}
    sources = find_pictures((given.folder,))[: given.first]
    for source in sources:
        rgb = read_rgb(source.path, given.size)
        coded = encode_at(pipeline, rgb, Point("quality", given.quality))
        known: dict[tuple[float, ...], dict[str, float]] = {}  # the corners are on two edges each
        for start, stop in EDGES:
            for preference in along(start, stop):
                if preference not in known:
                    decoded = coded.decode(preference)
                    known[preference] = gains_of(Case(rgb, decoded, source.digest), panel, figures)
            for name in figures:
                if OWN[name] in (start, stop):
                    values = [known[preference][name] for preference in along(start, stop)]
                    walks.setdefault((start, stop, name), []).append(Walk(values, OWN[name] == stop))
        print(f"{source.name}", flush=True)
    print(f"\n{given.folder.name}, pictures: {len(sources)}, {given.codec} at {given.quality:g}\n")
    print("| edge | figure | goes the right way on | monotone on | median change |")
    print("| --- | --- | --- | --- | --- |")
    for (start, stop, name), found in walks.items():
        right = sum(walk.change > 0 for walk in found) / len(found)
        even = sum(walk.monotone(given.tolerance) for walk in found) / len(found)
        change = sorted(walk.gains[-1] - walk.gains[0] for walk in found)[len(found) // 2]
        sign = 1 if figures[name].higher_is_better else -1
        print(f"| {start} to {stop} | {name} | {right:.0%} | {even:.0%} | {sign * change:+.4f} |")


def gains_of(case: Case, panel: Panel, figures: dict[str, Figure]) -> dict[str, float]:
    """Every figure of one decoded picture, turned so that more is better."""
    evidence = {name: value for measure in measures_of(panel) for name, value in measure.measure(case).items()}
    return {
        name: figure.summary([evidence[name]]) * (1 if figure.higher_is_better else -1)
        for name, figure in figures.items()
    }


if __name__ == "__main__":
    main()
