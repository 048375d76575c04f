"""Lifecycle hooks: what a plugin can observe beside being a component."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from jpadse_core.errors import PluginBroken
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.plugins.discovery import HOOK_GROUP, is_allowed

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
def hooks() -> pluggy.HookRelay:
    """Callers of all installed implementations; a hook plugin that cannot be imported is a warning."""
    manager = pluggy.PluginManager("jpadse")
    manager.add_hookspecs(Hooks)
    for entry_point in entry_points(group=HOOK_GROUP):
        distribution = entry_point.dist.name if entry_point.dist else ""
        if is_allowed(distribution.lower().replace("_", "-")):
            _register(manager, entry_point.load, f"{distribution}:{entry_point.name}")
    return manager.hook


def _register(manager: pluggy.PluginManager, load: Any, name: str) -> None:
    try:
        manager.register(load(), name)
    except Exception as error:
        message = f'hooks "{name}" are broken: {type(error).__name__}: {error}'
        if os.environ.get("JPADSE_STRICT_PLUGINS", "0") not in ("", "0"):
            raise PluginBroken(message) from error
        warnings.warn(message, RuntimeWarning, stacklevel=2)
