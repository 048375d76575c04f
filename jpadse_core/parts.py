"""The components of a pipeline: instances in hand, and installed ones by name."""

from __future__ import annotations

import warnings
from typing import Any

from pydantic import BaseModel

from jpadse_core.errors import PluginBroken, PluginNotFound, TextureUndeclared
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.labels import LabelSet
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.plugins.discovery import CORE_DISTRIBUTION, Kind, discover
from jpadse_core.plugins.loading import is_name, load, missing_attributes
from jpadse_core.plugins.options import GivenOptions, refuse_options, validated


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
            distribution: the one to take it from, and to install where it is not there; by another of the same name
                nothing would be as it was. What has moved into the core since is the same. Empty for any.

        Raises:
            PluginError: it is neither in hand nor usable as installed.
        """
        key = (kind, name)
        if key in self._in_hand:
            return self._in_hand[key]
        if key not in self._loaded:
            claims = [component for component in discover(kind) if component.name == name]
            if not claims and distribution:
                raise PluginNotFound(f'{kind} "{name}" is not installed: pip install --upgrade {distribution}')
            homes = [component.distribution for component in claims]
            own = distribution if distribution in homes else CORE_DISTRIBUTION
            if claims and distribution and own not in homes:
                raise PluginNotFound(
                    f'{kind} "{name}" of {distribution} is not installed, and that of {" and ".join(homes)} is '
                    f"another: pip install {distribution}"
                )
            self._loaded[key] = load(kind, f"{own}:{name}" if own in homes else name)
        return self._loaded[key]


def resolve(kind: Kind, part: Any, options: GivenOptions = None) -> Any:
    """A component from its name or from an instance of it; None, or "none", is no component.

    Args:
        options: what the constructor of a named extractor or enhancer takes.

    Raises:
        PluginError: the name is not usable, the instance lacks what its interface asks for, or there is no codec.
        SemanticsError, EnhancerError, WeightsError: the component cannot work with these options.
    """
    if part is None or (isinstance(part, str) and part == "none"):
        if kind == "codec":
            raise PluginNotFound('there is no pipeline without a codec: name one, such as "png", which loses nothing')
        refuse_options(kind, "none", options, "takes no options")
        return None
    if isinstance(part, str):
        return load(kind, part, options)
    if isinstance(part, type):
        raise PluginBroken(f"{part.__name__} is a class: give an instance of it")
    missing = missing_attributes(kind, part)
    if missing:
        raise PluginBroken(f"{type(part).__name__} is no {kind}: it lacks {', '.join(missing)}")
    if not is_name(part.name):
        raise PluginBroken(f"{part.name!r} cannot be the name of a {kind}: files and command lines hold it")
    if kind == "semantics" and not isinstance(part.labels, LabelSet):
        raise PluginBroken(f'extractor "{part.name}": its labels are {type(part.labels).__name__}, not a LabelSet')
    refuse_options(kind, part.name, options, "is an instance, which has its options")
    return part


def codec_options(codec: Codec, *given: GivenOptions) -> BaseModel:
    """Options of `codec` out of models and mappings; what is set in a later one goes before an earlier one.

    Raises:
        CodecError: an option is unknown or out of range.
    """
    return validated("codec", codec.name, codec.Options, *given)


def tell_undeclared(extractor: SemanticExtractor | None) -> None:
    """Warn of classes whose texture nobody declared: once, when a pipeline is built, and not at every call."""
    if extractor is None or not extractor.labels.undeclared:
        return
    undeclared = extractor.labels.undeclared
    more = f" and {len(undeclared) - 5} more" if len(undeclared) > 5 else ""
    warnings.warn(
        f'extractor "{extractor.name}": no texture is declared for {", ".join(undeclared[:5])}{more}: '
        'to the enhancer they look like "other"',
        TextureUndeclared,
        stacklevel=3,
    )
