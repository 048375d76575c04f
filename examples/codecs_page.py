"""The distortion corner of every installed codec on a folder of pictures, against itself and against the other codecs.

    python examples/codecs_page.py KODAK [--codec jpeg --codec webp] [--jobs 2] [--work DIR] [--out PAGE.md]

Files are made as the default makes them, with a label map only where the enhancer has a use for it. One `jpadse
evaluate` measures all, and goes on after a kill; the page holds its tables. A Kodak picture with six codecs takes about
110 processor seconds. Needs `jpadse-plugin-evaluate`.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from results_glance import SHORT, WITH, Case, cases_of
from results_page import POINTS, RATES, Page, Set, folded, how_it_was_made, pictures_in, usable_codecs

FIGURES = ("psnr", "ms-ssim", "ssimulacra2")
CORNER = "distortion"
LEAD = (
    "Files as the default makes them, decoded for the distortion corner, on {count} pictures of {folder}, none of "
    "which was trained on. All bytes of the files count."
)
ITSELF = (
    "BD-rate of each codec's enhanced files against its plain ones, per cent of bytes at equal values (PCHIP, mean "
    "over pictures with its 95 % interval), and the share of pictures that got worse where any did."
)
OTHERS = (
    "BD-rate, per cent: enhanced files of the row's codec, and in brackets its plain ones, against plain files of the "
    "column's. Below 0 takes fewer bytes. Where curves share a part of their values only, that part is compared."
)


def rate(delta: dict[str, Any], interval: bool = False) -> str:
    """Per cent; a dash where there is no BD-rate."""
    if not delta or delta["rate"] is None:
        return "-"
    found = delta["rate"]
    told = f"{found['value']:+.1f}"
    if interval:
        told += f" [{found['low']:+.1f}, {found['high']:+.1f}]"
        told += f", {delta['worse']:.0%} worse" if delta["worse"] else ""
    return told


def against_itself(cases: list[Case]) -> str:
    """The table of the codecs, a column for each figure."""
    lines = ["| | " + " | ".join(SHORT[figure] for figure in FIGURES) + " |", "| --- " * (len(FIGURES) + 1) + "|"]
    for case in cases:
        cells = [rate(case.delta(WITH, CORNER, figure), interval=True) for figure in FIGURES]
        lines.append(f"| {case.codec} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def against_others(cases: list[Case], figure: str) -> str:
    """The table of the codecs by the codecs."""
    codecs = [case.codec for case in cases]
    lines = ["| | " + " | ".join(f"{codec}, plain" for codec in codecs) + " |", "| --- " * (len(codecs) + 1) + "|"]
    for case in cases:
        cells = []
        for other in codecs:
            enhanced = rate(case.delta(WITH, CORNER, figure, of=other))
            plain = f" ({rate(case.delta('plain', '', figure, of=other))})" if other != case.codec else ""
            cells.append(enhanced + plain)
        lines.append(f"| {case.codec} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", action="append", help="instead of every installed one; repeatable")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("runs/codecs"))
    parser.add_argument("--out", type=Path, default=Path("docs/results-codecs.md"))
    given = parser.parse_args()
    codecs, left_out = (given.codec, []) if given.codec else usable_codecs()
    options = [f"--codec={codec}" for codec in codecs]
    options += [f"--points={codec}={POINTS[codec]}" for codec in codecs if codec in POINTS]
    options += [f"--bpp={RATES}"] if set(codecs) - set(POINTS) else []
    options += [f"--against={codec}/plain" for codec in codecs]
    options += [f"--preference={CORNER}", f"--jobs={given.jobs}", *(f"--metric={figure}" for figure in FIGURES)]
    pictures = pictures_in(given.folder)
    title = given.folder.name.capitalize()
    chosen = Set(given.folder.name, title, pictures, [], len(pictures))
    given.work.mkdir(parents=True, exist_ok=True)
    folder = Page(options, given.work).measure(chosen, f"--markdown={given.work / 'tables.md'}")
    results = json.loads((folder / "results.json").read_text())
    cases = cases_of({title: results})
    _, _, _, points, *_ = (given.work / "tables.md").read_text().strip().split("\n\n")
    parts = [
        "# Codecs",
        LEAD.format(count=len(results["pictures"]), folder=title),
        "## Against themselves",
        ITSELF,
        against_itself(cases),
        "## Against each other",
        OTHERS,
    ]
    for figure in FIGURES:
        parts += [f"### {SHORT[figure]}", against_others(cases, figure)]
    command = " ".join(["jpadse evaluate", given.folder.name.upper(), *options])
    made = how_it_was_made({title: results}, left_out)
    parts += [folded("Every point", points), "## How this was made", made, f"`{command}`"]
    parts += [f"- failed, and left out: {job}" for job in results["failures"]]
    given.out.write_text("\n\n".join(parts) + "\n")
    print(given.out)


if __name__ == "__main__":
    main()
