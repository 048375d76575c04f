"""The project's results page: every installed codec, plain and enhanced, with and without semantics, all corners.

    python examples/results_page.py --kodak DIR --clic DIR --street DIR --street-labels DIR \\
        --photo-segmenter A.tflite --street-segmenter B.tflite --classifier C.tflite [--out docs/evaluation.md]

Every set is one `jpadse evaluate`, and what was measured is kept in `--work`: after a kill, or for one codec more, the
same command goes on. Needs `pip install jpadse-plugin-evaluate[judges,deep]`.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

from PIL import Image

from jpadse_core.interfaces import quality_scale_of
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load

RATES = "0.1,0.2,0.4,0.8"
QUALITIES = {"jpeg": "5,10,20,40"}
"""JPEG cannot reach the lowest rate on every picture; its qualities are those of older results."""
CORNERS = ("distortion", "perception", "accuracy")
SHOWN = ("psnr", "ssimulacra2", "miou-agreement")
METRICS = ("psnr", "psnr-y", "ms-ssim", "ssim", "psnr-b", "ssimulacra2", "st-lpips", "fd-efficientnet-lite0")
COLOURS = 64


def lossy_codecs() -> list[str]:
    """Installed codecs that have a quality scale, by name."""
    names = [component.name for component in discover("codec") if component.status == "ok"]
    return [name for name in names if quality_scale_of(load("codec", name)) is not None]


def short(argument: str) -> str:
    """An argument with the last name of its path, which is all that a reader of the page needs."""
    option, equals, value = argument.rpartition("=")
    return f"{option}{equals}{Path(value).name}" if os.sep in value else argument


def evaluate(title: str, pictures: list[Path], options: list[str], work: Path, images: Path) -> str:
    """One set's part of the page; its figures go to `images`."""
    folder = work / title.lower().replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    outputs = ["--html", f"{folder}/report.html", "--markdown", f"{folder}/tables.md", "--figures", f"{folder}/figures"]
    command = ["evaluate", *map(str, pictures), *options]
    subprocess.run([sys.executable, "-m", "jpadse_core", *command, *outputs], check=True)
    _, _, tables = (folder / "tables.md").read_text().partition("\n\n")
    shown = shlex.join(["jpadse", "evaluate", pictures[0].parent.name.upper(), *map(short, options)])
    parts = [f"## {title}", f"{len(pictures)} pictures: `{shown} --html report.html`"]
    for name in SHOWN:
        source = folder / "figures" / f"{name}.png"
        if source.exists():
            target = images / f"{folder.name}-{name}.png"
            Image.open(source).convert("RGB").quantize(COLOURS).save(target, optimize=True)
            parts.append(f"![{name} over bits per pixel]({images.name}/{target.name})")
    return "\n\n".join([*parts, tables])


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("kodak", "clic", "street", "street-labels", "photo-segmenter", "street-segmenter", "classifier"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--codec", action="append", help="instead of every installed one; repeatable")
    parser.add_argument("--metric", action="append", help="instead of those of the page; repeatable")
    parser.add_argument("--limit", type=int, help="pictures of every set")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("evaluation"))
    parser.add_argument("--out", type=Path, default=Path("docs/evaluation.md"))
    given = parser.parse_args()
    codecs = given.codec or lossy_codecs()
    common = [f"--codec={codec}" for codec in codecs]
    common += [f"--points={codec}={values}" for codec, values in QUALITIES.items() if codec in codecs]
    common += ["--bpp", RATES] if set(codecs) - set(QUALITIES) else []
    common += [f"--preference={corner}" for corner in CORNERS] + ["--against=none-semantics", f"--jobs={given.jobs}"]
    common += [f"--metric={metric}" for metric in given.metric or METRICS]
    judges = [f"--segmenter={given.photo_segmenter}"] if given.photo_segmenter else []
    judges += [f"--classifier={given.classifier}"] if given.classifier else []
    street = ["--size=1024x512"] + ([f"--segmenter={given.street_segmenter}"] if given.street_segmenter else [])
    street += [f"--labels={given.street_labels}", "--label-ids=cityscapes"] if given.street_labels else []
    images = given.out.parent / "evaluation"
    images.mkdir(parents=True, exist_ok=True)
    parts = ["# Evaluation", "Made by `examples/results_page.py`. All curves are compared with the plain codec, "
             "and those with semantics with those without."]  # fmt: skip
    for title, folder, options in (
        ("Kodak", given.kodak, judges), ("CLIC", given.clic, judges), ("Street scenes", given.street, street),
    ):  # fmt: skip
        if folder is not None:
            paths = sorted(path for path in folder.iterdir() if path.is_file())[: given.limit]
            parts.append(evaluate(title, paths, [*options, *common], given.work, images))
    given.out.write_text("\n\n".join(parts).rstrip() + "\n")
    print(given.out)


if __name__ == "__main__":
    main()
