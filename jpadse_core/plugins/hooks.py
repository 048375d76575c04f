"""Calling the hooks of installed plugins, each behind its own fence."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import pluggy

from jpadse_core.errors import PluginBroken, PluginError
from jpadse_core.plugins.discovery import Component, discover
from jpadse_core.plugins.hook_specs import Hooks
from jpadse_core.plugins.loading import load_component

_T = TypeVar("_T")


@lru_cache(maxsize=1)
def hooks() -> pluggy.PluginManager:
    """All installed implementations; one that cannot be used is a warning."""
    manager = pluggy.PluginManager("jpadse")
    manager.add_hookspecs(Hooks)
    for component in discover("hook"):
        _register(manager, component)
    return manager


def notify(hook: str, **event: Any) -> None:
    """Call all implementations of a hook; one that raises is a warning and costs nothing else.

    Raises:
        PluginBroken: one raised, and `JPADSE_STRICT_PLUGINS` is set.
    """
    for implementation in _implementations(hook):
        _answer(hook, implementation, event)


def answers(hook: str, **event: Any) -> Iterator[tuple[str, Any]]:
    """As `notify`; who answers with something, and with what."""
    for implementation in _implementations(hook):
        answer = _answer(hook, implementation, event)
        if answer is not None:
            yield implementation.plugin_name, answer


def passed_through(hook: str, name: str, value: _T, fits: Callable[[Any], bool], **event: Any) -> _T:
    """As `notify`, with `value` as the argument `name`: each implementation may put another one in its place, which the
    next one sees. An answer that does not fit is a warning."""
    for implementation in _implementations(hook):
        answer = _answer(hook, implementation, {name: value, **event})
        if answer is None:
            continue
        if fits(answer):
            value = answer
        else:
            complain(f'{hook} of "{implementation.plugin_name}" answered with something else than it may')
    return value


def _implementations(hook: str) -> list[pluggy.HookImpl]:
    """In the order in which pluggy calls them."""
    return list(reversed(getattr(hooks().hook, hook).get_hookimpls()))


def _answer(hook: str, implementation: pluggy.HookImpl, event: Mapping[str, Any]) -> Any:
    try:
        return implementation.function(**{name: event[name] for name in implementation.argnames})
    except Exception as error:
        complain(f'{hook} of "{implementation.plugin_name}" failed: {type(error).__name__}: {error}', error)
        return None


def complain(message: str, cause: BaseException | None = None) -> None:
    """Warn of a plugin's hook.

    Raises:
        PluginBroken: `JPADSE_STRICT_PLUGINS` is set.
    """
    if os.environ.get("JPADSE_STRICT_PLUGINS", "0") not in ("", "0"):
        raise PluginBroken(message) from cause
    warnings.warn(message, RuntimeWarning, stacklevel=3)


def _register(manager: pluggy.PluginManager, component: Component) -> None:
    if component.status == "blocked":
        return
    if component.status != "ok":
        complain(f'the hooks "{component.qualified}" are left out: {component.cause}')
        return
    try:
        manager.register(load_component(component), component.qualified)
    except PluginError as error:
        complain(str(error), error)
