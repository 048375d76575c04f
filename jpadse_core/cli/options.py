"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from jpadse_core.errors import CodecError, JpadseError, SemanticsError
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.interfaces.enhancer import AnyPreference

if TYPE_CHECKING:
    from jpadse_core.plugins.discovery import Kind
    from jpadse_core.rate_control import Target


def asked_for(ctx: click.Context, name: str) -> bool:
    """Whether the command line itself has this option, by its parameter's name."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


class PreferenceType(click.ParamType[AnyPreference]):
    """`perception`, `accuracy`, `distortion` or `P,A,D`."""

    name = "preference"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> AnyPreference:
        """Check and convert; wrong usage where it is no point of the triangle."""
        from jpadse_core.errors import EnhancerError
        from jpadse_core.interfaces.enhancer import Preference

        try:
            shares: AnyPreference = value
            if isinstance(value, str) and "," in value:
                shares = [float(share) for share in value.split(",")]
            return Preference.of(shares)
        except (ValueError, EnhancerError) as error:
            self.fail(str(error), param, ctx)


def installed(kind: Kind) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Shell completion by the names of installed components; a name that several distributions claim is completed to
    `distribution:name`."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        from jpadse_core.plugins.discovery import discover

        usable = [component for component in discover(kind) if component.status in ("ok", "conflict")]
        names = [component.name if component.status == "ok" else component.qualified for component in usable]
        choices = names if kind == "codec" else [*names, "none"]
        return [name for name in choices if name.startswith(incomplete)]

    return complete


def semantics_option(command: Any) -> Any:
    """`--semantics-option`, which arrives as `semantics_options`, a mapping."""
    return click.option(
        "--semantics-option",
        "semantics_options",
        multiple=True,
        metavar="KEY=VALUE",
        callback=_mapping,
        help="An option of the extractor; repeatable.",
    )(command)


def component_options(command: Any) -> Any:
    """`--codec`, `--semantics`, `--semantics-option`, `--enhancer`, `-q` and `--option`."""
    for decorate in (
        click.option(
            "--option", "pairs", multiple=True, metavar="KEY=VALUE", help="An option of the codec; repeatable."
        ),
        click.option("-q", "--quality", type=float, help="Quality, on the codec's own scale."),
        network_options,
        click.option("--codec", default="jpeg", show_default=True, help="Codec.", shell_complete=installed("codec")),
    ):
        command = decorate(command)
    return command


def network_options(command: Any) -> Any:
    """`--semantics`, `--semantics-option` and `--enhancer`."""
    for decorate in (
        click.option(
            "--enhancer",
            default="default",
            show_default=True,
            help='Enhancer, or "none".',
            shell_complete=installed("enhancer"),
        ),
        semantics_option,
        click.option(
            "--semantics",
            default="deeplab",
            show_default=True,
            help='Extractor, or "none".',
            shell_complete=installed("semantics"),
        ),
    ):
        command = decorate(command)
    return command


def map_options(command: Any) -> Any:
    """`--divisor`, `--semantics-source`, `--semantics-rate` and `--perception-guide`."""
    for decorate in (
        click.option(
            "--perception-guide/--no-perception-guide",
            default=True,
            show_default=True,
            help="Whether the file says how much of perception's texture each tile has room for.",
        ),
        click.option(
            "--semantics-rate",
            type=float,
            metavar="WEIGHT",
            help="Weight of the map's bytes: above 0 it is simplified or left out where it does not pay, 1 weighs them "
            "as the codec's own; 0 sends it as it is. By default it is sent where the enhancer has a use for it.",
        ),
        click.option(
            "--semantics-source",
            type=click.Choice(["transmitted", "derived", "none"]),
            default="transmitted",
            show_default=True,
            help="Whether the file holds the label map, or the decoder derives it from the plain picture.",
        ),
        click.option(
            "--divisor",
            type=click.Choice(["1", "2", "4", "8"]),
            default="8",
            show_default=True,
            help="The label map has the picture's resolution divided by this.",
        ),
    ):
        command = decorate(command)
    return command


def target_options(command: Any) -> Any:
    """`--target-size`, `--target-bpp`, `--target-psnr` and `--target-ssimulacra2`, in place of `-q`."""
    for decorate in (
        click.option("--target-ssimulacra2", type=float, metavar="SCORE", help="Smallest file that reaches it."),
        click.option("--target-psnr", type=float, metavar="DB", help="Smallest file that reaches it."),
        click.option("--target-bpp", type=float, metavar="BPP", help="Best file of at most so many bits per pixel."),
        click.option("--target-size", type=int, metavar="BYTES", help="Best file of at most so many bytes."),
    ):
        command = decorate(command)
    return command


def chosen_target(quality: float | None, targets: Mapping[str, float | None]) -> Target | None:
    """The target out of `target_options`, by name; None where none was given.

    Raises:
        click.UsageError: more than one was given, or one beside `-q`.
        TargetError: it is no target.
    """
    from jpadse_core.rate_control import TargetBitsPerPixel, TargetMetric, TargetSize

    given = {name: value for name, value in targets.items() if value is not None}
    if len(given) + (quality is not None) > 1:
        names = [f"--{name.replace('_', '-')}" for name in given] + ["-q"] * (quality is not None)
        raise click.UsageError(f"{' and '.join(names)} exclude each other: each decides on the quality")
    for name, value in given.items():
        match name:
            case "target_size":
                return TargetSize(int(value))
            case "target_bpp":
                return TargetBitsPerPixel(value)
            case _:
                return TargetMetric(name.removeprefix("target_"), value)
    return None


def parsed_options(
    codec: Codec, quality: float | None, pairs: tuple[str, ...], *, searched: bool = False
) -> dict[str, Any]:
    """The codec's options out of `-q` and `--option`.

    Args:
        codec: which codec.
        quality: what `-q` says.
        pairs: what `--option` says.
        searched: whether the quality is found by a search.

    Raises:
        CodecError: the codec has no quality scale, or a pair has no `=`.
        click.UsageError: an `--option` is the quality that `-q` or a search decides on.
    """
    options: dict[str, Any] = pairs_of("--option", pairs, CodecError)
    scale = quality_scale_of(codec)
    if quality is not None and scale is None:
        raise CodecError(f'codec "{codec.name}" has no quality scale: leave -q out')
    if scale is not None and scale.option in options and (searched or quality is not None):
        raise click.UsageError(
            f"--option {scale.option} and {'a target' if searched else '-q'} exclude each other: "
            "each decides on the quality"
        )
    if scale is not None and quality is not None:
        options[scale.option] = int(quality) if quality.is_integer() else quality
    return options


def _mapping(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    return pairs_of(param.opts[0], value, SemanticsError)


def pairs_of(option: str, pairs: tuple[str, ...], kind: type[JpadseError]) -> dict[str, str]:
    """Pairs `KEY=VALUE` as a mapping.

    Raises:
        JpadseError: of that kind; one has no `=`, or a key comes twice.
    """
    mapping = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise kind(f'{option} "{pair}": wants KEY=VALUE')
        if key in mapping:
            raise kind(f"{option} {key}: is given twice")
        mapping[key] = value
    return mapping
