"""What determines a measurement: the picture's content, the settings, and the versions of all that takes part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jpadse_core.plugins.discovery import Kind
from jpadse_core.plugins.loading import find, load
from jpadse_plugin_evaluate.digests import digest_of, file_digest
from jpadse_plugin_evaluate.inputs import Source
from jpadse_plugin_evaluate.settings import Coding, Given, Point, Size

_APART = ("cli", "scaffold", "testing")
"""Parts of the core that no file and no value depends on."""


def versions_of(distributions: Iterable[str]) -> dict[str, str]:
    """Versions of distributions and of what they require, as far as it is installed."""
    return versions(name for distribution in distributions for name in (distribution, *requires_of(distribution)))


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Versions of those distributions that are installed."""
    found: dict[str, str] = {}
    for name in distributions:
        try:
            found[name.lower()] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


def requires_of(distribution: str) -> list[str]:
    """Names of what a distribution requires, extras left out."""
    try:
        stated = requires(distribution) or []
    except PackageNotFoundError:
        return []
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in stated if "extra ==" not in line]


@lru_cache(maxsize=64)
def component_identity(kind: Kind, name: str, options: Given = ()) -> dict[str, Any]:
    """Versions, code and weights digest of an installed component, and the options that it is made with, or a codec is
    called with; files among them by their content.

    Raises:
        PluginError: it is not usable.
    """
    distribution = find(kind, name).distribution
    part = load(kind, name, dict(options) if options and kind != "codec" else None)
    identity = {
        "name": name,
        "versions": versions_of([distribution]),
        "code": code_digest(type(part).__module__.partition(".")[0]),
        "weights": str(getattr(part, "digest", "")),
    }
    if options:
        files = [file_digest(Path(value)) if Path(value).is_file() else "" for _, value in options]
        identity["options"] = [[*option, digest] for option, digest in zip(options, files, strict=True)]
    return identity


@lru_cache(maxsize=64)
def code_digest(package: str) -> str:
    """sha256 over a package's Python sources, which whoever works on it changes without another version."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    root = Path(spec.origin)
    sources = sorted(root.parent.rglob("*.py")) if spec.submodule_search_locations else [root]
    inside = [(path.relative_to(root.parent), path) for path in sources]
    return digest_of([[str(name), file_digest(path)] for name, path in inside if name.parts[0] not in _APART])


def file_key(source: Source, size: Size | None, coding: Coding, point: Point) -> str:
    """The digest of all that determines one coded file and what it is measured against."""
    variant = coding.variant
    return digest_of(
        {
            "picture": source.digest,
            "labels": source.labels and file_digest(source.labels),
            "size": size,
            "codec": component_identity("codec", coding.codec, coding.options),
            "enhancer": variant.enhancer and component_identity("enhancer", variant.enhancer),
            "semantics": variant.semantics and component_identity("semantics", variant.semantics, variant.options),
            "semantics_rate": variant.semantics_rate,
            "jpadse": [versions_of(["jpadse"]), code_digest("jpadse_core")],
            "point": asdict(point),
        }
    )
