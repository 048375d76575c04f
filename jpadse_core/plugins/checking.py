"""Whether an installed component works here: its code, what it stands on, and its weights."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from jpadse_core.errors import JpadseError, PluginUnavailable, WeightsMissing, WeightsOffline
from jpadse_core.plugins.discovery import Component
from jpadse_core.plugins.loading import check_unmade, load_component


def checked(component: Component) -> Component:
    """The component after trying to load it, with the cause where it does not work: `broken` where it cannot be made or
    its weights are not the pinned ones, `unavailable` where something is missing on this machine, weights included.
    One that is `blocked` or `incompatible` stays as it is.

    Raises:
        PluginError: it is broken, and `JPADSE_STRICT_PLUGINS` is set.
    """
    if component.status not in ("ok", "conflict"):
        return component
    try:
        part = None if check_unmade(component) else load_component(component)
    except PluginUnavailable as error:
        return replace(component, status="unavailable", cause=str(error))
    except JpadseError as error:
        if os.environ.get("JPADSE_STRICT_PLUGINS", "0") not in ("", "0"):
            raise
        return replace(component, status="broken", cause=str(error))
    return _with_weights(component, part) if component.status == "ok" else component


def _with_weights(component: Component, part: Any) -> Component:
    try:
        check_weights = getattr(part, "check_weights", None)
        if callable(check_weights):
            check_weights()
    except (WeightsMissing, WeightsOffline) as error:
        return replace(component, status="unavailable", cause=str(error))
    except JpadseError as error:
        return replace(component, status="broken", cause=str(error))
    except Exception as error:
        return replace(component, status="broken", cause=f"check_weights failed: {type(error).__name__}: {error}")
    return component
