"""A new plugin's distribution, written out of templates: it installs, is listed and passes its tests as it is."""

from __future__ import annotations

import re
import shutil
import tempfile
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path

from jpadse_core import __version__
from jpadse_core.contract import CONTRACT_VERSION
from jpadse_core.errors import PluginError

KINDS = ("codec", "semantics", "enhancer", "metric", "command", "hook")
_GROUPS = {"semantics": "jpadse.semantics"}
_DEPENDENCIES = {
    "codec": ("numpy>=1.26", "pydantic>=2.6"),
    "semantics": ("numpy>=1.26",),
    "enhancer": ("numpy>=1.26",),
    "metric": ("numpy>=1.26",),
    "command": ("click>=8.1",),
    "hook": (),
}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 60


def write_plugin(kind: str, name: str, parent: Path) -> Path:
    """Write the folder `jpadse-plugin-NAME`, whole or not at all.

    Args:
        kind: one of `KINDS`.
        name: of the component; lower-case words joined by hyphens.
        parent: the folder to put it in.

    Returns:
        The new folder.

    Raises:
        PluginError: the name cannot be used, or the folder is there already or cannot be written.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise PluginError(f'"{name}" cannot name a plugin: use lower-case letters, digits and single hyphens')
    if name == "none":
        raise PluginError('"none" cannot name a plugin: it stands for no component')
    folder = parent / f"jpadse-plugin-{name}"
    if folder.exists():
        raise PluginError(f"{folder}: is there already")
    try:
        with tempfile.TemporaryDirectory(dir=parent) as work:
            made = Path(work) / folder.name
            for path, text in _rendered(kind, name).items():
                target = made / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            shutil.move(made, folder)
    except OSError as error:
        raise PluginError(f"{folder}: cannot be written: {error.strerror}") from error
    return folder


def jpadse_bounds() -> str:
    """The versions of `jpadse` that a plugin written today works with: this minor version."""
    major, minor = __version__.split(".")[:2]
    return f">={major}.{minor},<{major}.{int(minor) + 1}"


def _rendered(kind: str, name: str) -> dict[str, str]:
    """Path in the distribution to content."""
    package = f"jpadse_plugin_{name.replace('-', '_')}"
    values = {
        "kind": kind,
        "name": name,
        "distribution": f"jpadse-plugin-{name}",
        "package": package,
        "class": _class_of(kind, name),
        "group": _GROUPS.get(kind, f"jpadse.{kind}s"),
        "contract": str(CONTRACT_VERSION),
        "bounds": jpadse_bounds(),
        "dependencies": "".join(f'    "{dependency}",\n' for dependency in _DEPENDENCIES[kind]),
    }
    inside = {"command": ":command", "hook": ""}.get(kind, f":{values['class']}")
    values["object"] = package + inside
    templates = {
        ".github/workflows/test.yml": "workflow.yml",
        ".gitignore": "gitignore",
        "README.md": "README.md",
        "pyproject.toml": "pyproject.toml",
        f"{package}/__init__.py": f"{kind}.py",
        f"tests/test_{name.replace('-', '_')}.py": f"{kind}_tests.py",
    }
    values["usage"] = _filled("usage_" + kind + ".md", values)
    return {path: _filled(template, values) for path, template in templates.items()}


def _class_of(kind: str, name: str) -> str:
    """The component's class, by a name that its modules use for nothing else."""
    plain = "".join(word.capitalize() for word in name.split("-"))
    taken = re.findall(r"\w+", _text(f"{kind}.py") + _text(f"{kind}_tests.py"))
    return f"{plain}Plugin" if plain in taken or iskeyword(plain) else plain


def _filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], _text(template))


def _text(template: str) -> str:
    return (files("jpadse_core.scaffold") / "templates" / f"{template}.in").read_text(encoding="utf-8")
