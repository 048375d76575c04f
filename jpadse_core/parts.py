"""The components of a pipeline: instances in hand, and installed ones by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from jpadse_core.errors import CodecError, PluginBroken
from jpadse_core.interfaces.codec import Codec
from jpadse_core.plugins.discovery import Kind, discover
from jpadse_core.plugins.loading import load, missing_attributes


class Parts:
    """Finds a component by kind and name, first among instances in hand, then among what is installed."""

    def __init__(self, *instances: tuple[Kind, Any]) -> None:
        self._in_hand = {(kind, part.name): part for kind, part in instances if part is not None}
        self._loaded: dict[tuple[Kind, str], Any] = {}

    def codecs_in_hand(self) -> list[Codec]:
        """The instances of codecs."""
        return [part for (kind, _), part in self._in_hand.items() if kind == "codec"]

    def find(self, kind: Kind, name: str, distribution: str = "") -> Any:
        """The component.

        Args:
            kind, name: what is wanted.
            distribution: which one to take it from where several claim the name.

        Raises:
            PluginError: it is neither in hand nor usable as installed.
        """
        key = (kind, name)
        if key in self._in_hand:
            return self._in_hand[key]
        if key not in self._loaded:
            claims = [component for component in discover(kind) if component.name == name]
            preferred = next((component for component in claims if component.distribution == distribution), None)
            crowded = preferred is not None and preferred.status == "conflict"
            self._loaded[key] = load(kind, f"{distribution}:{name}" if crowded else name)
        return self._loaded[key]


def resolve(kind: Kind, part: Any) -> Any:
    """A component from its name or from an instance of it; None stays None, save for a codec.

    Raises:
        PluginError: the name is not usable, or the instance lacks what its interface asks for.
    """
    if part is None and kind != "codec":
        return None
    if isinstance(part, str):
        return load(kind, part)
    if isinstance(part, type):
        raise PluginBroken(f"{part.__name__} is a class: give an instance of it")
    missing = missing_attributes(kind, part)
    if missing:
        raise PluginBroken(f"{type(part).__name__} is no {kind}: it lacks {', '.join(missing)}")
    if (
        not isinstance(part.name, str)
        or not part.name.isprintable()
        or " " in part.name
        or not 0 < len(part.name) < 100
    ):
        raise PluginBroken(f"{part.name!r} cannot be the name of a {kind}: files and command lines hold it")
    return part


def codec_options(codec: Codec, *given: BaseModel | Mapping[str, Any] | None) -> BaseModel:
    """Options of `codec` out of models and mappings; what is set in a later one goes before an earlier one.

    Raises:
        CodecError: an option is unknown or out of range.
    """
    chosen: dict[str, Any] = {}
    for options in given:
        if isinstance(options, BaseModel):
            chosen |= {name: getattr(options, name) for name in options.model_fields_set}
        else:
            chosen |= options or {}
    fields = codec.Options.model_fields
    unknown = sorted(set(chosen) - set(fields))
    if unknown:
        raise CodecError(f'codec "{codec.name}" has no option {", ".join(unknown)}: choose from {", ".join(fields)}')
    try:
        return codec.Options.model_validate(chosen)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}={problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        )
        raise CodecError(f'codec "{codec.name}": {problems}') from error
