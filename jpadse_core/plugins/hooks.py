"""Lifecycle hooks: what a plugin can observe beside being a component."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from jpadse_core.contract import CONTRACT_VERSION
from jpadse_core.errors import PluginBroken
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.plugins.discovery import HOOK_GROUP, contract_of, is_allowed, normalised

if TYPE_CHECKING:
    from jpadse_core.encoded import Encoded

hookspec = pluggy.HookspecMarker("jpadse")
hookimpl = pluggy.HookimplMarker("jpadse")
"""Marks a function of a plugin module as the implementation of the hook of the same name."""


class Hooks:
    """The hooks there are."""

    @hookspec
    def jpadse_encoded(self, encoded: Encoded) -> None:
        """A picture has been encoded; `encoded` is what the caller gets."""

    @hookspec
    def jpadse_decoded(self, picture: RgbImage) -> None:
        """A file has been decoded to `picture`, uint8 `[H, W, 3]`, which must not be changed."""


@lru_cache(maxsize=1)
def hooks() -> pluggy.PluginManager:
    """All installed implementations; one that cannot be used is a warning."""
    manager = pluggy.PluginManager("jpadse")
    manager.add_hookspecs(Hooks)
    for entry_point in entry_points(group=HOOK_GROUP):
        _register(manager, entry_point)
    return manager


def notify(hook: str, **event: Any) -> None:
    """Call all implementations of a hook; one that raises is a warning and costs nothing else.

    Raises:
        PluginBroken: one raised, and `JPADSE_STRICT_PLUGINS` is set.
    """
    for implementation in getattr(hooks().hook, hook).get_hookimpls():
        try:
            implementation.function(**{name: event[name] for name in implementation.argnames})
        except Exception as error:
            who = implementation.plugin_name
            _complain(f'{hook} of "{who}" failed: {type(error).__name__}: {error}', error)


def _register(manager: pluggy.PluginManager, entry_point: EntryPoint) -> None:
    distribution = entry_point.dist
    name = normalised(distribution.name) if distribution else ""
    if not is_allowed(name):
        return
    contract = contract_of(distribution.entry_points) if distribution else CONTRACT_VERSION
    if contract > CONTRACT_VERSION:
        _complain(f"the hooks of {name} are written for contract {contract}, this jpadse has {CONTRACT_VERSION}", None)
        return
    try:
        manager.register(entry_point.load(), f"{name}:{entry_point.name}")
    except (Exception, SystemExit) as error:
        _complain(f'hooks "{name}:{entry_point.name}" are broken: {type(error).__name__}: {error}', error)


def _complain(message: str, cause: BaseException | None) -> None:
    if os.environ.get("JPADSE_STRICT_PLUGINS", "0") not in ("", "0"):
        raise PluginBroken(message) from cause
    warnings.warn(message, RuntimeWarning, stacklevel=3)
