"""Options that the commands share, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from jpadse_plugin_evaluate.settings import Given


class File(click.Path):
    """A file to write. The tables go to standard output, so that it is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See the class."""
        if value == "-":
            self.fail("standard output has the tables: name a file", param, ctx)
        return super().convert(value, param, ctx)


FILE = File(dir_okay=False, path_type=Path)
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


def extractors_made_with(extractors: tuple[str, ...], pairs: tuple[str, ...]) -> dict[str, Given]:
    """What `--semantics-option` says, by extractor.

    Raises:
        click.UsageError: a pair is none, or names an extractor that `--semantics` does not.
    """
    return _by_component(extractors, pairs, "--semantics-option", "EXTRACTOR:KEY=VALUE, of an extractor of --semantics")


def codecs_called_with(codecs: tuple[str, ...], pairs: tuple[str, ...], quality: str) -> dict[str, Given]:
    """What `--codec-option` says, by codec.

    Args:
        codecs: names.
        pairs: as they were typed.
        quality: the option that decides on the quality.

    Raises:
        click.UsageError: a pair is none, names a codec that `--codec` does not, or the option of its quality scale.
        CodecError: an option is unknown or out of range.
        PluginError: the codec is not usable.
    """
    found = _by_component(codecs, pairs, "--codec-option", "CODEC:KEY=VALUE, of a codec of --codec")
    for codec, given in found.items():
        _require_options(codec, dict(given), quality)
    return found


def _by_component(names: tuple[str, ...], pairs: tuple[str, ...], option: str, wanted: str) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        name, _, key = key.rpartition(":")
        if not equals or name not in names:
            raise click.UsageError(f"{option} {pair}: wants {wanted}")
        found[name] = (*found.get(name, ()), (key, value))
    return found


def _require_options(name: str, given: Mapping[str, str], quality: str) -> None:
    from jpadse_core.interfaces import quality_scale_of
    from jpadse_core.parts import codec_options
    from jpadse_core.plugins.loading import load

    codec = load("codec", name)
    scale = quality_scale_of(codec)
    if scale is not None and scale.option in given:
        raise click.UsageError(f"--codec-option {name}:{scale.option}: is the codec's quality scale: give {quality}")
    codec_options(codec, given)


def _no_none(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    if "none" in value:
        raise click.UsageError("--enhancer none: the plain codec is measured in any case, leave it out")
    return value


def component_options(command: Any) -> Any:
    """`--codec`, `--codec-option`, `--enhancer`, `--semantics` and `--semantics-option`."""
    for decorate in (
        click.option("--semantics-option", "semantics_options", multiple=True, metavar="EXTRACTOR:KEY=VALUE",
                     help="An option that an extractor is made with; repeatable."),
        click.option("--semantics", "extractors", multiple=True, default=("deeplab", "none"), show_default=True,
                     help='Extractor, or "none" for the enhanced file without a map; repeatable.'),
        click.option("--enhancer", "enhancers", multiple=True, default=("default",), show_default=True,
                     callback=_no_none, help="Enhancer; repeatable."),
        click.option("--semantics-rate", type=click.FloatRange(0),
                     show_default="where the enhancer has a use for the map",
                     help="What a map's bytes weigh, as in jpadse encode; 0 sends every map."),
        click.option("--codec-option", "codec_options", multiple=True, metavar="CODEC:KEY=VALUE",
                     help="An option of a codec beside its quality; repeatable."),
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
