"""Options that the commands share, and how they are read."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
TAKEN = click.Path(exists=True, path_type=Path)


class Numbers(click.ParamType[Any]):
    """`5,10,20` for every codec, or `webp=5,10,20` for one: a pair of the codec's name or "", and numbers."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See the class."""
        if isinstance(value, tuple):
            return value
        codec, _, listed = value.rpartition("=")
        try:
            numbers = tuple(sorted({float(part) for part in listed.split(",")}))
        except ValueError:
            numbers = (math.nan,)
        if not all(map(math.isfinite, numbers)):
            self.fail(f"{listed!r} is no list of numbers such as 5,10,20", param, ctx)
        return codec, numbers


class Size(click.ParamType[Any]):
    """`1024x512` as width and height; `1024` as the most of either."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See the class."""
        if isinstance(value, tuple | int):
            return value
        sides = str(value).split("x")
        if not (len(sides) in (1, 2) and all(side.isdecimal() and int(side) for side in sides)):
            self.fail(f"{value!r} is no size such as 1024x512, or 1024 for the longer side", param, ctx)
        return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def made_with(extractors: tuple[str, ...], pairs: tuple[str, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What `--semantics-option` says, by extractor.

    Raises:
        click.UsageError: a pair is none, or names an extractor that `--semantics` does not.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for pair in pairs:
        option, equals, value = pair.partition("=")
        extractor, _, key = option.rpartition(":")
        if not equals or extractor not in extractors:
            raise click.UsageError(
                f"--semantics-option {pair}: wants EXTRACTOR:KEY=VALUE, of an extractor of --semantics"
            )
        found[extractor] = (*found.get(extractor, ()), (key, value))
    return found


def component_options(command: Any) -> Any:
    """`--codec`, `--enhancer`, `--semantics` and `--semantics-option`."""
    for decorate in (
        click.option("--semantics-option", "semantics_options", multiple=True, metavar="EXTRACTOR:KEY=VALUE",
                     help="An option that an extractor is made with; repeatable."),
        click.option("--semantics", "extractors", multiple=True, default=("deeplab", "none"), show_default=True,
                     help='Extractor, or "none" for the enhanced file without a map; repeatable.'),
        click.option("--enhancer", "enhancers", multiple=True, default=("default",), show_default=True,
                     help="Enhancer; repeatable."),
        click.option("--codec", "codecs", multiple=True, default=("jpeg",), show_default=True,
                     help="Codec; repeatable."),
    ):  # fmt: skip
        command = decorate(command)
    return command


def judge_options(command: Any) -> Any:
    """What measures: metrics, frozen networks, labels."""
    for decorate in (
        click.option("--own-extractor", is_flag=True, help="Let --segmenter be the extractor of the files; flagged."),
        click.option("--label-ids", default="as-is", show_default=True,
                     help='"cityscapes", or a JSON file that maps ids in label files to the segmenter\'s classes.'),
        click.option("--labels", type=FOLDER, help="True labels: a PNG of class ids by each picture's stem."),
        click.option("--detector", default="", help="A frozen .tflite detector, or MODULE:CALLABLE."),
        click.option("--classifier", default="", help="A frozen .tflite classifier."),
        click.option("--segmenter", default="", help="A frozen .tflite segmentation network, or an extractor's name."),
        click.option("--metric", "metrics", multiple=True,
                     help='Metric; repeatable. "all" for every one that can be measured here.'),
    ):  # fmt: skip
        command = decorate(command)
    return command
