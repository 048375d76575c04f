"""The label set that a user means: one known by name, or one declared in a JSON file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from jpadse_core.errors import SemanticsError
from jpadse_core.interfaces.label_sets import KNOWN, known, named_alike
from jpadse_core.interfaces.labels import Colour, LabelSet


class _Declaration(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    classes: tuple[str, ...]
    textures: dict[str, str] = {}
    palette: tuple[Colour, ...] | None = None
    void: int | None = None


def label_set_from(source: str) -> LabelSet:
    """The label set that `source` names.

    Args:
        source: the name of a known set, or the path of a JSON file (its name ends in `.json`) with `name`, `classes`
            (names by id) and, optionally, `textures` (class name to texture name), `palette` (a colour `[r, g, b]` for
            each class) and `void` (an id). A class without a texture looks like a known class of its name.

    Raises:
        SemanticsError: there is no such set, or the file does not declare one.
    """
    if source in KNOWN or not source.endswith(".json"):
        return known(source)
    try:
        declaration = _Declaration.model_validate_json(Path(source).read_bytes())
    except OSError as error:
        raise SemanticsError(f"{source}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        told = f"{field}: {problem['msg']}" if field else problem["msg"]
        raise SemanticsError(f"{source}: declares no label set: {told}") from error
    counts = Counter(declaration.classes)
    if twice := [label for label, count in counts.items() if count > 1]:
        raise SemanticsError(f"{source}: declares {', '.join(twice)} twice: give each class a name of its own")
    strangers = sorted(set(declaration.textures) - set(declaration.classes))
    if strangers:
        raise SemanticsError(f"{source}: textures are given for {', '.join(strangers)}, which are no classes")
    alike = named_alike(declaration.name, declaration.classes)
    return replace(
        alike,
        textures=tuple(
            declaration.textures.get(label, texture)
            for label, texture in zip(alike.classes, alike.textures, strict=True)
        ),
        palette=declaration.palette,
        void=declaration.void,
        undeclared=tuple(label for label in alike.undeclared if label not in declaration.textures),
    )
