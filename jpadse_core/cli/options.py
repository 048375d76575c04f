"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

from jpadse_core.errors import CodecError, JpadseError, SemanticsError
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.interfaces.enhancer import AnyPreference


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
        click.option("--enhancer", default="default", show_default=True, help='Enhancer, or "none".'),
        semantics_option,
        click.option("--semantics", default="deeplab", show_default=True, help='Extractor, or "none".'),
        click.option("--codec", default="jpeg", show_default=True, help="Codec."),
    ):
        command = decorate(command)
    return command


def named(value: str) -> str | None:
    """A component's name; None for "none"."""
    return None if value == "none" else value


def parsed_options(codec: Codec, quality: float | None, pairs: tuple[str, ...]) -> dict[str, Any]:
    """The codec's options out of `-q` and `--option`.

    Raises:
        CodecError: the codec has no quality scale, or a pair has no `=`.
    """
    options: dict[str, Any] = {}
    if quality is not None:
        scale = quality_scale_of(codec)
        if scale is None:
            raise CodecError(f'codec "{codec.name}" has no quality scale: leave -q out')
        options[scale.option] = int(quality) if quality.is_integer() else quality
    return options | _pairs("--option", pairs, CodecError)


def _mapping(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    return _pairs(param.opts[0], value, SemanticsError)


def _pairs(option: str, pairs: tuple[str, ...], kind: type[JpadseError]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise kind(f'{option} "{pair}": wants KEY=VALUE')
        mapping[key] = value
    return mapping
