"""Whether an installed component works here: its code, what it stands on, and its weights."""

from __future__ import annotations

from dataclasses import replace

from jpadse_core.errors import JpadseError, WeightsMissing, WeightsOffline
from jpadse_core.plugins.discovery import Component
from jpadse_core.plugins.loading import check_unmade, checked, load_component


def inspected(component: Component) -> Component:
    """As `checked`, and with a look at the weights of a component that has `check_weights`: missing ones make it
    `unavailable`, others than the pinned ones `broken`.

    Raises:
        PluginError: it is broken, and `JPADSE_STRICT_PLUGINS` is set.
    """
    found = checked(component)
    if found.status != "ok" or check_unmade(found):
        return found
    try:
        check_weights = getattr(load_component(found), "check_weights", None)
        if callable(check_weights):
            check_weights()
    except (WeightsMissing, WeightsOffline) as error:
        return replace(found, status="unavailable", cause=str(error))
    except JpadseError as error:
        return replace(found, status="broken", cause=str(error))
    except Exception as error:
        return replace(found, status="broken", cause=f"check_weights failed: {type(error).__name__}: {error}")
    return found
