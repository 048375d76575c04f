"""The components of a pipeline: instances in hand, and installed ones by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from jpadse_core.errors import CodecError, PluginBroken
from jpadse_core.interfaces.codec import Codec
from jpadse_core.plugins.discovery import Kind
from jpadse_core.plugins.loading import load, missing_attributes


class Parts:
    """Finds a component by kind and name, first among instances in hand, then among what is installed."""

    def __init__(self, *instances: tuple[Kind, Any]) -> None:
        self._in_hand = {(kind, part.name): part for kind, part in instances if part is not None}

    def find(self, kind: Kind, name: str) -> Any:
        """The component.

        Raises:
            PluginError: it is neither in hand nor usable as installed.
        """
        key = (kind, name)
        if key not in self._in_hand:
            self._in_hand[key] = load(kind, name)
        return self._in_hand[key]


def resolve(kind: Kind, part: Any) -> Any:
    """A component from its name or from an instance of it; None stays None.

    Raises:
        PluginError: the name is not usable, or the instance lacks what its interface asks for.
    """
    if part is None:
        return None
    if isinstance(part, str):
        return load(kind, part)
    missing = missing_attributes(kind, part)
    if missing:
        raise PluginBroken(f"{type(part).__name__} is no {kind}: it lacks {', '.join(missing)}")
    return part


def codec_options(codec: Codec, options: BaseModel | None, keywords: Mapping[str, Any]) -> BaseModel:
    """Options of `codec` out of a model and keywords that override its fields.

    Raises:
        CodecError: an option is unknown or out of range.
    """
    given = dict(options.model_dump(exclude_unset=True)) if options is not None else {}
    fields = codec.Options.model_fields
    unknown = sorted({*given, *keywords} - set(fields))
    if unknown:
        raise CodecError(f'codec "{codec.name}" has no option {", ".join(unknown)}: choose from {", ".join(fields)}')
    try:
        return codec.Options.model_validate({**given, **keywords})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}={problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        )
        raise CodecError(f'codec "{codec.name}": {problems}') from error
