"""What is installed: components found in the metadata of distributions, without importing any of them."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Literal, TypeAlias, get_args

from jpadse_core.contract import CONTRACT_VERSION

Kind: TypeAlias = Literal["codec", "semantics", "enhancer", "metric", "command", "hook"]
Status: TypeAlias = Literal["ok", "broken", "blocked", "incompatible", "conflict", "unavailable"]

KINDS: tuple[Kind, ...] = get_args(Kind)
CORE_DISTRIBUTION = "jpadse"

_GROUPS: dict[str, Kind] = {
    "jpadse.codecs": "codec",
    "jpadse.semantics": "semantics",
    "jpadse.enhancers": "enhancer",
    "jpadse.metrics": "metric",
    "jpadse.commands": "command",
    "jpadse.hooks": "hook",
}
_CONTRACT_GROUP = "jpadse.contract"


@dataclass(frozen=True)
class Component:
    """One installed component, as its distribution's metadata declares it.

    Attributes:
        kind, name: what `build_pipeline` and the command line ask for.
        distribution, version: the pip distribution that brings it.
        contract: major version of JPADSE's contract that it is written for.
        entry_point: where it lives; not yet imported.
        status: `ok`; `blocked` by the user; `incompatible` with this contract; `conflict` where another distribution
            claims the name too; `broken` or, for want of something on this machine, `unavailable`: only loading finds
            that out.
        cause: why the status is not `ok`.
    """

    kind: Kind
    name: str
    distribution: str
    version: str
    contract: int
    entry_point: EntryPoint
    status: Status = "ok"
    cause: str = ""

    @property
    def qualified(self) -> str:
        """`distribution:name`, which no two components of a kind share."""
        return f"{self.distribution}:{self.name}"


def _allowed_distributions() -> frozenset[str] | None:
    """The names in `JPADSE_LOAD_PLUGINS`; None where it is not set and everything is allowed."""
    listed = os.environ.get("JPADSE_LOAD_PLUGINS")
    return None if listed is None else frozenset(normalised(name) for name in listed.split(",") if name.strip())


def is_allowed(distribution: str) -> bool:
    """Whether the user lets this distribution's code run; the core's own always may."""
    allowed = _allowed_distributions()
    return allowed is None or distribution == CORE_DISTRIBUTION or distribution in allowed


def normalised(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _contracts(entry_points: Iterable[EntryPoint]) -> list[str]:
    return [entry_point.name for entry_point in entry_points if entry_point.group == _CONTRACT_GROUP]


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Normalised name and version. The standard library parses all of the metadata, readme included, for each of the
    two, which is most of the time of listing 200 plugins."""
    head = (distribution.read_text("METADATA") or "").partition("\n\n")[0]
    name, version = (re.search(rf"^{field}: *(\S+)", head, re.MULTILINE) for field in ("Name", "Version"))
    return normalised(name[1] if name else distribution.name), version[1] if version else distribution.version


def _entry_points_in(text: str) -> Iterator[EntryPoint]:
    """Those of JPADSE's groups. The standard library would read the file a second time."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif group.startswith("jpadse.") and line and line[0] not in "#;":
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(f"{line!r} is no entry point")
            yield EntryPoint(name.strip(), value.strip(), group)


def _components_of(distribution: Distribution) -> list[Component]:
    text = distribution.read_text("entry_points.txt") or ""
    if "[jpadse." not in text:
        return []
    entry_points = list(_entry_points_in(text))
    if not any(entry_point.group in _GROUPS for entry_point in entry_points):
        return []
    name, version = _identity(distribution)
    contracts = _contracts(entry_points)
    odd = next((contract for contract in contracts if not contract.isdecimal() or int(contract) < 1), None)
    contract = CONTRACT_VERSION if odd is not None or not contracts else max(map(int, contracts))
    status: Status = "ok"
    cause = ""
    if not is_allowed(name):
        status, cause = "blocked", "left out by --no-plugins or JPADSE_LOAD_PLUGINS"
    elif odd is not None:
        status = "incompatible"
        cause = f'written for contract "{odd}", which is none: its number in {_CONTRACT_GROUP} is {CONTRACT_VERSION}'
    elif contract > CONTRACT_VERSION:
        status = "incompatible"
        cause = (
            f"written for contract {contract}, this jpadse has {CONTRACT_VERSION}: pip install --upgrade jpadse, "
            f"or an older {name}"
        )
    return [
        Component(_GROUPS[entry_point.group], entry_point.name, name, version, contract, entry_point, status, cause)
        for entry_point in entry_points
        if entry_point.group in _GROUPS
    ]


@lru_cache(maxsize=8)
def _discover(_path: tuple[str, ...], _allowed: frozenset[str] | None) -> tuple[Component, ...]:
    found: dict[tuple[Kind, str, str], Component] = {}
    for distribution in distributions():
        try:
            components = _components_of(distribution)
        except Exception:  # half-removed or hand-edited metadata of a stranger must not stop anybody
            continue
        for component in components:
            found.setdefault((component.kind, component.name, component.distribution), component)
    return tuple(_with_conflicts(list(found.values())))


def _with_conflicts(components: list[Component]) -> Iterable[Component]:
    # Hooks are not asked for by name, so several distributions may give theirs the same one.
    claims: Counter[tuple[Kind, str]] = Counter(
        (c.kind, c.name) for c in components if c.status == "ok" and c.kind != "hook"
    )
    for component in sorted(components, key=lambda c: (KINDS.index(c.kind), c.name, c.distribution)):
        if component.status == "ok" and claims[component.kind, component.name] > 1:
            rivals = sorted(
                other.distribution
                for other in components
                if other is not component
                and other.status == "ok"
                and (other.kind, other.name) == (component.kind, component.name)
            )
            cause = f"also claimed by {', '.join(rivals)}: pick {component.qualified}"
            yield replace(component, status="conflict", cause=cause)
        else:
            yield component


def discover(kind: Kind | None = None) -> tuple[Component, ...]:
    """All installed components, by kind and name. Reads metadata only.

    Args:
        kind: only components of this kind.
    """
    components = _discover(tuple(sys.path), _allowed_distributions())
    return tuple(component for component in components if kind is None or component.kind == kind)


def unknown_groups() -> tuple[str, ...]:
    """What entry points claim to be JPADSE's and are not, such as a misspelt group's: a line for each group."""
    told: set[str] = set()
    for distribution in distributions():
        with suppress(Exception):  # as in `discover`
            text = distribution.read_text("entry_points.txt") or ""
            groups = {entry_point.group for entry_point in _entry_points_in(text)} - {*_GROUPS, _CONTRACT_GROUP}
            if groups and is_allowed(name := _identity(distribution)[0]):
                told |= {f"{name}: {group} is no group: use {_likest(group)}" for group in groups}
    return tuple(sorted(told))


def _likest(group: str) -> str:
    known = (*_GROUPS, _CONTRACT_GROUP)
    return next(iter(get_close_matches(group, known, 1, 0.8)), f"one of {', '.join(known)}")
