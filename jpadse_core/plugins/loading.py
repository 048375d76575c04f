"""Turning a component's name into the component, behind a fence: whatever a plugin does wrong is its own error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from threading import RLock
from typing import Any

from jpadse_core.errors import (
    PluginBroken,
    PluginConflict,
    PluginError,
    PluginIncompatible,
    PluginNotFound,
    PluginUnavailable,
)
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.enhancer import Enhancer
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.plugins.discovery import Component, Kind, discover
from jpadse_core.plugins.hook_specs import hook_problems

_PROTOCOLS: Mapping[Kind, type[Any]] = {
    "codec": Codec,
    "semantics": SemanticExtractor,
    "enhancer": Enhancer,
    "metric": Metric,
}
_READY_MADE = ("command", "hook")
"""Kinds whose entry point is the component itself, rather than what makes it."""
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
        f'{kind} "{name}" is not installed (installed: {installed}): '
        f"pip install jpadse-plugin-{name.rpartition(':')[2]}, if there is one"
    )


def load(kind: Kind, name: str) -> Any:
    """Import and construct a component.

    Args:
        kind, name: as for `find`.

    Raises:
        PluginError: as `find`, and `PluginBroken` where importing or constructing it fails or it lacks an attribute
            that its interface names; `PluginUnavailable` where it says that something is missing on this machine.
    """
    return load_component(find(kind, name))


@_printing_to_stderr()
def load_component(component: Component) -> Any:
    """As `load`, for a component that is already found."""
    label = f'{component.kind} "{component.name}" of {component.distribution} {component.version}'
    try:
        loaded = component.entry_point.load()
        if component.kind not in _READY_MADE and callable(loaded):
            loaded = loaded()
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginBroken(f"{label} is broken: {type(error).__name__}: {error}") from error
    missing = missing_attributes(component.kind, loaded)
    if missing:
        raise PluginBroken(f"{label} is broken: it lacks {', '.join(missing)}")
    if component.kind not in _READY_MADE and loaded.name != component.name:
        raise PluginBroken(f'{label} is broken: it calls itself "{loaded.name}", and files would name it so')
    return loaded


def missing_attributes(kind: Kind, part: object) -> list[str]:
    """What `part` lacks of the interface of its kind."""
    if kind == "hook":
        return hook_problems(part)
    protocol = _PROTOCOLS.get(kind)
    if protocol is None:
        return [] if hasattr(part, "make_context") else ["make_context: it is no click command"]
    names = {*getattr(protocol, "__annotations__", {}), *vars(protocol)}
    return sorted(name for name in names if not name.startswith("_") and not hasattr(part, name))


def checked(component: Component) -> Component:
    """The component after trying to load it: `ok`, `broken` or `unavailable`, with the cause. Others stay as they are.

    Raises:
        PluginError: it is broken, and `JPADSE_STRICT_PLUGINS` is set.
    """
    if component.status not in ("ok", "conflict"):
        return component
    try:
        load_component(component)
    except PluginUnavailable as error:
        return replace(component, status="unavailable", cause=str(error))
    except PluginError as error:
        if os.environ.get("JPADSE_STRICT_PLUGINS", "0") not in ("", "0"):
            raise
        return replace(component, status="broken", cause=str(error))
    return component
