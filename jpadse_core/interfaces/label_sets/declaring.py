"""Label sets written as tables, one class a line."""

from __future__ import annotations

from jpadse_core.interfaces.labels import Colour, LabelSet


def declared(name: str, table: str, *, void: int | None = None) -> LabelSet:
    """A label set out of lines `class name: texture rrggbb`, in the order of the class ids."""
    classes: list[str] = []
    textures: list[str] = []
    palette: list[Colour] = []
    for line in table.strip().splitlines():
        label, _, looks = line.partition(":")
        texture, colour = looks.split()
        red, green, blue = bytes.fromhex(colour)
        classes.append(label)
        textures.append(texture)
        palette.append((red, green, blue))
    return LabelSet(name, tuple(classes), tuple(textures), tuple(palette), void)
