"""Label sets, the texture taxonomy they all map onto, and the semantic map that uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from jpadse_core.errors import SemanticsError

LabelArray: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

TEXTURES: tuple[str, ...] = (
    "other",
    "sky",
    "vegetation",
    "grass",
    "ground",
    "water",
    "mountain",
    "road",
    "pavement",
    "building",
    "wall",
    "fence",
    "pole",
    "sign",
    "vehicle",
    "cycle",
    "person",
    "animal",
    "furniture",
    "floor",
    "ceiling",
    "window",
    "fabric",
    "text",
)
"""The texture taxonomy, version 1: what a region looks like, which is what an enhancer can use. Ids are positions."""


@dataclass(frozen=True)
class LabelSet:
    """The classes of a segmentation model or data set, and the texture each of them looks like.

    Attributes:
        name: identifies the label set in files, such as `"cityscapes-19"`.
        classes: the class names; a class id is a position in this tuple.
        textures: for each class, the name of a texture out of `TEXTURES`.
    """

    name: str
    classes: tuple[str, ...]
    textures: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.classes or len(self.classes) > 0xFFFF or len(self.classes) != len(self.textures):
            raise SemanticsError(
                f'label set "{self.name}": wants 1 to 65535 classes with one texture each, '
                f"got {len(self.classes)} classes and {len(self.textures)} textures"
            )
        if not all(text.isprintable() and len(text) <= 100 for text in (self.name, *self.classes)):
            raise SemanticsError(f"label set {self.name!r}: names are printable and of at most 100 characters")
        unknown = sorted(set(self.textures) - set(TEXTURES))
        if unknown:
            raise SemanticsError(
                f'label set "{self.name}": no such texture: {", ".join(unknown)}; choose from {", ".join(TEXTURES)}'
            )

    @classmethod
    def mapped(cls, name: str, classes: tuple[str, ...], textures: Mapping[str, str]) -> LabelSet:
        """Declare a label set by a mapping from class name to texture name; a class left out looks like "other"."""
        return cls(name, classes, tuple(textures.get(label, "other") for label in classes))

    @property
    def texture_ids(self) -> npt.NDArray[np.uint8]:
        """The texture id of every class, uint8 `[len(classes)]`."""
        return np.array([TEXTURES.index(texture) for texture in self.textures], np.uint8)


@dataclass(frozen=True, eq=False)
class SemanticMap:
    """One class id per pixel.

    Attributes:
        labels: uint8 or uint16 `[h, w]`; an id at or beyond `len(label_set.classes)` is void and looks like "other".
            An extractor returns the picture's own height and width; what an enhancer gets is the resolution that was
            sent, `ceil(H / d)` by `ceil(W / d)` for a divisor `d` of 1, 2, 4 or 8.
        label_set: what the ids mean.
    """

    labels: LabelArray
    label_set: LabelSet

    def __post_init__(self) -> None:
        labels: Any = self.labels
        if not isinstance(labels, np.ndarray) or labels.ndim != 2 or labels.dtype not in (np.uint8, np.uint16):
            raise SemanticsError("a semantic map is a uint8 or uint16 array of shape [height, width]")

    def textures(self) -> npt.NDArray[np.uint8]:
        """The texture id of every pixel, uint8 `[h, w]`, positions in `TEXTURES`."""
        lookup = np.zeros(int(np.iinfo(self.labels.dtype).max) + 1, np.uint8)
        ids = self.label_set.texture_ids[: lookup.size]
        lookup[: ids.size] = ids
        return lookup[self.labels]
