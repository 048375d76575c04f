"""Turning a component's name into the component, behind a fence: whatever a plugin does wrong is its own error."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from threading import RLock
from typing import Any

from pydantic import BaseModel

from jpadse_core.errors import (
    JpadseError,
    PluginBroken,
    PluginConflict,
    PluginError,
    PluginIncompatible,
    PluginNotFound,
)
from jpadse_core.interfaces.codec import Carrier, Codec, quality_scale_of
from jpadse_core.interfaces.enhancer import Enhancer
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.plugins.discovery import Component, Kind, discover
from jpadse_core.plugins.hook_specs import hook_problems
from jpadse_core.plugins.options import GivenOptions, constructor_options, refuse_options, validated

_PROTOCOLS: Mapping[Kind, type[Any]] = {
    "codec": Codec,
    "semantics": SemanticExtractor,
    "enhancer": Enhancer,
    "metric": Metric,
}
_READY_MADE = ("command", "hook")
"""Kinds whose entry point is the component itself, rather than what makes it."""
_LEARNED = ("bmshj2018-", "mbt2018", "cheng2020-")
"""What names of codecs begin with that one distribution of this project brings together."""
_TAKEN = {"codec", "semantics", "enhancer", "options", "divisor", "source", "target", "perception_guide"}
_TAKEN |= {"semantics_source", "semantics_rate", "semantics_options", "enhancer_options"}
"""What `build_pipeline` and `Pipeline.encode` take beside the codec's options."""
_ONE_AT_A_TIME = RLock()


@contextmanager
def _printing_to_stderr() -> Iterator[None]:
    """A plugin that prints while it is imported must not write into what a command writes to stdout."""
    with _ONE_AT_A_TIME, redirect_stdout(sys.stderr):
        yield


def find(kind: Kind, name: str) -> Component:
    """The installed component called `name` or `distribution:name`.

    Raises:
        PluginNotFound: nothing of that name is installed, or the user left it out.
        PluginConflict: several distributions claim the name.
        PluginIncompatible: it is written for a newer contract.
    """
    candidates = [component for component in discover(kind) if name in (component.name, component.qualified)]
    usable = [component for component in candidates if component.status in ("ok", "conflict")]
    if len(usable) > 1:
        claims = " and ".join(component.distribution for component in usable)
        choices = " or ".join(f'"{component.qualified}"' for component in usable)
        raise PluginConflict(f'{kind} "{name}" is claimed by {claims}: pick {choices}')
    if usable:
        return usable[0]
    for component in candidates:
        if component.status == "incompatible":
            raise PluginIncompatible(f'{kind} "{name}" of {component.distribution}: {component.cause}')
        raise PluginNotFound(f'{kind} "{name}" of {component.distribution} is {component.cause}')
    installed = ", ".join(component.name for component in discover(kind)) or "none"
    raise PluginNotFound(
        f'{kind} "{name}" is not installed (installed: {installed}): ' + _advice(name.rpartition(":")[2])
    )


def _advice(name: str) -> str:
    """What may bring a component that is not installed."""
    if name.startswith(_LEARNED):
        return "pip install jpadse-plugin-compressai"
    if not name:
        return "give its name"
    return f"pip install jpadse-plugin-{name}, if there is one"


def load(kind: Kind, name: str, options: GivenOptions = None) -> Any:
    """Import and construct a component.

    Args:
        kind, name: as for `find`.
        options: what its constructor takes, for an extractor or enhancer with `Options`.

    Raises:
        PluginError: as `find`, and `PluginBroken` where importing or constructing it fails or it lacks an attribute
            that its interface names; `PluginUnavailable` where it says that something is missing on this machine.
        SemanticsError, EnhancerError, WeightsError: an extractor or enhancer with `Options` cannot work with these.
    """
    return load_component(find(kind, name), options)


@_printing_to_stderr()
def load_component(component: Component, options: GivenOptions = None) -> Any:
    """As `load`, for a component that is already found."""
    with _fence(component):
        loaded = component.entry_point.load()
    if component.kind not in _READY_MADE and callable(loaded):
        loaded = _constructed(component, loaded, options)
    else:
        refuse_options(component.kind, component.name, options, "is ready-made")
    _check(component, loaded, missing_attributes(component.kind, loaded))
    return loaded


def _constructed(component: Component, factory: Any, options: GivenOptions) -> Any:
    model = constructor_options(component.kind, factory)
    if model is None:
        refuse_options(component.kind, component.name, options, "takes no options")
        with _fence(component):
            return factory()
    chosen = validated(component.kind, component.name, model, options)
    with _fence(component, passing=JpadseError):
        return factory(chosen)


@contextmanager
def _fence(component: Component, passing: type[JpadseError] = PluginError) -> Iterator[None]:
    """Whatever is raised inside, save errors of the kind `passing`, as `PluginBroken`."""
    try:
        yield
    except passing:
        raise
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise PluginBroken(f"{_label(component)} is broken: {type(error).__name__}: {error}") from error


def _label(component: Component) -> str:
    return f'{component.kind} "{component.name}" of {component.distribution} {component.version}'


def _check(component: Component, part: Any, missing: list[str]) -> None:
    if missing:
        raise PluginBroken(f"{_label(component)} is broken: it lacks {', '.join(missing)}")
    if component.kind not in _READY_MADE and not is_name(part.name):
        raise PluginBroken(f"{_label(component)} is broken: {part.name!r} is no name for files and command lines")
    if component.kind not in _READY_MADE and part.name != component.name:
        raise PluginBroken(f'{_label(component)} is broken: it calls itself "{part.name}", and files would name it so')


@_printing_to_stderr()
def check_unmade(component: Component) -> bool:
    """Check the class of a component that nobody can construct without telling it something; whether it is one."""
    with _fence(component):
        factory = component.entry_point.load()
    model = constructor_options(component.kind, factory)
    if model is None or not any(field.is_required() for field in model.model_fields.values()):
        return False
    promised = getattr(factory, "__annotations__", {})
    _check(component, factory, [name for name in missing_attributes(component.kind, factory) if name not in promised])
    return True


def is_name(value: object) -> bool:
    """Whether files and command lines can hold a component's name: 1 to 99 printable characters and no spaces."""
    return isinstance(value, str) and value.isprintable() and " " not in value and 0 < len(value) < 100


def missing_attributes(kind: Kind, part: object) -> list[str]:
    """What `part` lacks of the interface of its kind."""
    if kind == "hook":
        return hook_problems(part)
    protocol = _PROTOCOLS.get(kind)
    if protocol is None:
        return [] if hasattr(part, "make_context") else ["make_context: it is no click command"]
    names = {*getattr(protocol, "__annotations__", {}), *vars(protocol)}
    missing = sorted(name for name in names if not name.startswith("_") and not hasattr(part, name))
    return [*missing, *_missing_of_codec(part)] if kind == "codec" and not missing else missing


def _missing_of_codec(codec: Any) -> list[str]:
    """Of what a codec has, what is not what it should be."""
    missing = []
    if not (isinstance(codec.Options, type) and issubclass(codec.Options, BaseModel)):
        missing.append("Options that are a pydantic model")
    scale = quality_scale_of(codec)
    fields = {} if missing else codec.Options.model_fields
    if taken := _TAKEN.intersection(fields):
        missing.append(f"options of other names than {', '.join(sorted(taken))}, which `encode` itself takes")
    if aliased := [name for name, field in fields.items() if field.alias or field.validation_alias]:
        missing.append(f"options without an alias: {', '.join(aliased)}")
    if not missing and scale is not None and scale.option not in codec.Options.model_fields:
        missing.append(f"the option {scale.option} of its quality_scale")
    carrier = getattr(codec, "carrier", None)
    if isinstance(carrier, type):
        missing.append("a carrier that is an instance")
    elif carrier is not None and not isinstance(carrier, Carrier):
        methods = [name for name in vars(Carrier) if not name.startswith("_") and not hasattr(carrier, name)]
        missing.append(f"{', '.join(methods)} of its carrier")
    return missing
