"""The project's results page: every installed codec, plain and enhanced, with and without semantics, all corners.

    python examples/results_page.py DATA [--first N] [--minutes M] [--set kodak] [--codec jpeg] [--metric psnr]

DATA holds `photos/kodak`, `photos/clic`, `street/cityscapes/photos` with `labels` beside it, and in `networks` the
frozen judges `deeplab_ade20k.tflite`, `deeplab_cityscapes.tflite` and `mobilenet_v2.tflite`. Every set is one
`jpadse evaluate`; what was measured is kept in `--work`, so that the same command after a kill goes on, and another
picture, codec or metric measures only what is missing. After `kill -9`, let the evaluation end that it left behind.
What stands below the line that begins "<!-- by hand" in the old page is kept.

A Kodak picture with six codecs takes about 420 processor seconds (docs/decisions/0022), a busy machine more: 138 in
ST-LPIPS, 68 in decoding for three corners, 55 in the Fréchet distance, 47 in the judges, 41 in encoding, 34 in MS-SSIM,
29 in SSIMULACRA2. Fewer codecs and metrics, `--clic-size` and `--minutes` make it shorter. Every set gets its share of
`--minutes`, and finishes the pictures that it has begun. Needs `pip install 'jpadse-plugin-evaluate[judges,deep]'` and
`pip install --no-deps stlpips-pytorch`.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from results_glance import cases_of, findings, gained, gained_at_lowest, saved, table

from jpadse_core import JpadseError, build_pipeline
from jpadse_core.interfaces import quality_scale_of
from jpadse_core.plugins.discovery import discover

BY_HAND = "<!-- by hand"
RATES = "0.1,0.2,0.4,0.8"
POINTS = {
    "jpeg": "5,10,20,40", "webp": "5,15,30,50", "avif": "10,20,30,45", "heif": "10,20,30,40",
    "jpeg2000": "0.1,0.2,0.4,0.8", "jpegxl": "3,6,10,15", "bpg": "27,32,37,42",
}  # fmt: skip
"""On the codecs' own scales, of about `RATES`, which other codecs are searched for: a search encodes several times."""
CORNERS = ("distortion", "perception", "accuracy")
METRICS = ("psnr", "ms-ssim", "psnr-b", "ssimulacra2", "st-lpips", "fd-efficientnet-lite0")
LEAD = (
    "Every codec against itself: plain, and enhanced, decoded for each corner, with a label map in every file (by "
    "default photos have none, docs/decisions/0023) and without, on {counts}. All bytes of the files count, and none "
    "of these pictures was trained on. In short, a case being a codec on a set:"
)
BYTES = (
    "BD-rate against the plain codec, per cent of bytes at equal values, below 0 is better: with a map / without, "
    "**bold** where it is better than plain. Each column is a corner (D distortion, P perception, A accuracy) by a "
    "figure of its own. A dash where a curve is not monotone or curves share too few values; a figure without a "
    "BD-rate in more than half of its cells has a column in the next table only."
)
QUALITY = (
    "What is gained over the plain codec on average over the rates that both have, in the figure's unit (BD-metric, "
    "PCHIP over the logarithm of the rate; it does not need monotone curves). Less is better for ST-LPIPS and FD, the "
    "Fréchet distance of patches on EfficientNet-Lite0. mIoU and top-1 are in points; top-1 goes in steps of a picture."
)
JUDGES = (
    "Of what measures here, the shipped weights met three in training (their model cards): EfficientNet-Lite0, which "
    "FD is made on, gave features to a loss; ST-LPIPS was one, on VGG-16 where the figure is on AlexNet; and the judge "
    "of mIoU agreement on photos taught the extractor whose maps are in the files. These may say more than others of "
    "their kind would. The judge of streets and the classifier took no part."
)
PLOTTED = ("psnr", "ssimulacra2", "st-lpips", "miou-agreement")
COLOURS = 64
SUFFIXES = {".png", ".webp", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class Set:
    """Pictures, what they are judged by, and how many there are where only the first are taken."""

    name: str
    title: str
    pictures: list[Path]
    options: list[str]
    there: int


def first_of(name: str, title: str, pictures: list[Path], options: list[str], first: int | None) -> Set:
    """The first pictures of a set, or all."""
    return Set(name, title, pictures[:first], options, len(pictures))


def sets_in(data: Path, clic_size: int | None, first: int | None) -> list[Set]:
    """The three sets, or the first pictures of each."""
    networks, street = data / "networks", data / "street" / "cityscapes"
    photos = [f"--segmenter={networks / 'deeplab_ade20k.tflite'}", f"--classifier={networks / 'mobilenet_v2.tflite'}"]
    smaller = [f"--size={clic_size}"] if clic_size else []
    seen = ["--size=1024x512", f"--segmenter={networks / 'deeplab_cityscapes.tflite'}",
            f"--labels={street / 'labels'}", "--label-ids=cityscapes"]  # fmt: skip
    return [
        first_of("kodak", "Kodak", pictures_in(data / "photos" / "kodak"), photos, first),
        first_of("clic", "CLIC", pictures_in(data / "photos" / "clic"), [*photos, *smaller], first),
        first_of("street", "Cityscapes", pictures_in(street / "photos"), seen, first),
    ]


def pictures_in(folder: Path) -> list[Path]:
    """By name."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    if not found:
        raise SystemExit(f"{folder}: holds no pictures")
    return found


def usable_codecs() -> tuple[list[str], list[str]]:
    """Installed codecs that have a quality scale and encode, and why the others are not among them."""
    usable, left_out = [], []
    small = np.tile(np.arange(64, dtype=np.uint8)[:, None, None], (1, 64, 3))
    for component in discover("codec"):
        try:
            pipeline = build_pipeline(component.name, None, None)
            if quality_scale_of(pipeline.codec) is not None:
                pipeline.decode(pipeline.encode(small))
                usable.append(component.name)
        except JpadseError as error:
            print(f"without {component.name}: {error}", file=sys.stderr)
            left_out.append(f"{component.name} ({type(error).__name__})")
    return usable, left_out


def short(argument: str) -> str:
    """An argument with the last name of its path, which is all that a reader of the page needs."""
    option, equals, value = argument.rpartition("=")
    return f"{option}{equals}{Path(value).name}" if os.sep in value else argument


class Page:
    """What is measured the same way on every set.

    Args:
        options: of `jpadse evaluate`.
        work: where measurements are kept.
    """

    def __init__(self, options: list[str], work: Path) -> None:
        self._options = options
        self._work = work

    def measure(self, chosen: Set, *outputs: str) -> Path:
        """A set's pictures into its folder, which has `results.json` then, even where some failed."""
        folder = self._work / chosen.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").unlink(missing_ok=True)
        command = ["evaluate", *map(str, chosen.pictures), *chosen.options, *self._options]
        kept = [f"--journal={folder / 'journal'}", f"--json={folder / 'results.json'}"]
        ran = subprocess.run(
            [sys.executable, "-m", "jpadse_core", *command, *kept, *outputs], stdout=sys.stderr, check=False
        )
        if ran.returncode not in (0, 1) or not (folder / "results.json").exists():
            raise SystemExit(f"{chosen.name}: nothing was written; what was measured is kept in {folder}")
        return folder

    def part(self, chosen: Set, images: Path, html: bool) -> tuple[str, dict[str, Any]]:
        """A set's part of the page, and its results."""
        outputs = ["--markdown", f"{self._work / chosen.name}/tables.md"]
        outputs += ["--figures", f"{self._work / chosen.name}/figures"]
        outputs += ["--html", f"{self._work / chosen.name}/report.html"] if html else []
        folder = self.measure(chosen, *outputs)
        results = json.loads((folder / "results.json").read_text())
        _, explained, deltas, values, *notes = (folder / "tables.md").read_text().strip().split("\n\n")
        shown = shlex.join(["jpadse", "evaluate", chosen.name.upper(), *map(short, [*chosen.options, *self._options])])
        names = ", ".join(picture["name"] for picture in results["pictures"])
        parts = [f"## {chosen.title}: {len(results['pictures'])} of {chosen.there} pictures"]
        parts += [f"`{shown} --html report.html`, pictures: {names}."]
        for name in PLOTTED:
            if (source := folder / "figures" / f"{name}.png").exists():
                target = images / f"{chosen.name}-{name}.png"
                Image.open(source).convert("RGB").quantize(COLOURS).save(target, optimize=True)
                parts.append(f"![{name} over bits per pixel]({images.name}/{target.name})")
        parts += [explained, folded("BD-rates", deltas), folded("Every point", values), *notes]
        parts += [f"- failed, and left out: {job}" for job in results["failures"]]
        return "\n\n".join(parts), results


def folded(title: str, table: str) -> str:
    """A table that unfolds."""
    return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"


def counted(all_results: dict[str, dict[str, Any]]) -> str:
    """How many pictures of each set."""
    counts = ((len(results["pictures"]), title) for title, results in all_results.items())
    return ", ".join(f"{count} picture{'s' * (count != 1)} of {title}" for count, title in counts)


def how_it_was_made(all_results: dict[str, dict[str, Any]], left_out: list[str]) -> str:
    """The command, the weights, the versions."""
    some = next(iter(all_results.values()))
    lines = [
        f"Made by `{shlex.join(['python', f'examples/{Path(sys.argv[0]).name}', *map(short, sys.argv[1:])])}`.",
        "Weights, sha256: " + ", ".join(f"{name} `{digest[:16]}`" for name, digest in some["weights"].items()) + ".",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in some["versions"].items()) + ".",
        *([f"Installed, but not usable here: {', '.join(left_out)}."] if left_out else []),
    ]
    return "\n\n".join(lines)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", action="append", choices=("kodak", "clic", "street"), help="instead of all three")
    parser.add_argument("--first", type=int, help="only so many pictures of every set, by name")
    parser.add_argument("--minutes", type=float, help="only as many pictures as can be measured in this time")
    parser.add_argument("--clic-size", type=int, help="the most for the longer side of CLIC's pictures")
    parser.add_argument("--codec", action="append", help="instead of every installed one; repeatable")
    parser.add_argument("--metric", action="append", help="instead of those of the page; repeatable")
    parser.add_argument("--html", action="store_true", help="evaluate's report of every set too, in --work")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("runs/results"))
    parser.add_argument("--out", type=Path, default=Path("docs/results.md"))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the evaluation ends with the page
    codecs, left_out = (given.codec, []) if given.codec else usable_codecs()
    sets = sets_in(given.data, given.clic_size, given.first)
    sets = [chosen for chosen in sets if chosen.name in (given.set or [chosen.name])]
    options = [f"--codec={codec}" for codec in codecs]
    options += [f"--points={codec}={POINTS[codec]}" for codec in codecs if codec in POINTS]
    options += [f"--bpp={RATES}"] if set(codecs) - set(POINTS) else []
    options += [f"--preference={corner}" for corner in CORNERS] + ["--against=none-semantics", f"--jobs={given.jobs}"]
    options += ["--semantics-rate=0"]  # what maps are worth where the default sends none, too
    options += [f"--metric={metric}" for metric in given.metric or METRICS]
    options += [f"--minutes={given.minutes / len(sets):.4g}"] if given.minutes is not None else []
    page = Page(options, given.work)
    images = given.out.with_suffix("")
    images.mkdir(parents=True, exist_ok=True)
    made = {chosen.title: page.part(chosen, images, given.html) for chosen in sets}
    results = {title: found for title, (_, found) in made.items()}
    cases = cases_of(results)
    parts = [
        "# Results",
        LEAD.format(counts=counted(results)),
        "\n".join(findings(cases)),
        "## Bytes at equal quality",
        BYTES,
        table(cases, saved),
        "## Quality at equal bytes",
        QUALITY,
        table(cases, gained),
        folded("The same at the lowest rate alone", table(cases, gained_at_lowest)),
        "## How this was made",
        JUDGES,
        how_it_was_made(results, left_out),
        *(text for text, _ in made.values()),
    ]
    old = given.out.read_text() if given.out.exists() else ""
    _, mark, by_hand = old.partition(BY_HAND)
    given.out.write_text("\n\n".join(parts).rstrip() + "\n" + (f"\n{mark}{by_hand}" if mark else ""))
    print(given.out)


if __name__ == "__main__":
    main()
