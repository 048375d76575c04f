"""Label sets, the texture taxonomy they all map onto, and the semantic map that uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from jpadse_core.errors import SemanticsError

_Ids = TypeVar("_Ids", bound=np.integer[Any])
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


Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class LabelSet:
    """The classes of a segmentation model or data set, and the texture each of them looks like.

    Attributes:
        name: identifies the label set in files, such as `"cityscapes-19"`.
        classes: the class names; a class id is a position in this tuple.
        textures: for each class, the name of a texture out of `TEXTURES`.
        palette: for each class, the colour (red, green, blue), 0 to 255, that its maps are painted with; or None.
        void: the id of pixels that belong to no class or are not judged; or None.
        undeclared: the classes whose texture is "other" because nobody declared one.

    Two sets of one name with the same classes and textures are equal: files hold nothing else.
    """

    name: str
    classes: tuple[str, ...]
    textures: tuple[str, ...]
    palette: tuple[Colour, ...] | None = field(default=None, compare=False, repr=False)
    void: int | None = field(default=None, compare=False)
    undeclared: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.classes or len(self.classes) > 0xFFFF or len(self.classes) != len(self.textures):
            raise SemanticsError(
                f'label set "{self.name}": wants 1 to 65535 classes with one texture each, '
                f"got {len(self.classes)} classes and {len(self.textures)} textures"
            )
        if not all(_is_name(text) for text in (self.name, *self.classes)):
            raise SemanticsError(f"label set {self.name!r}: names are printable text of at most 100 characters")
        unknown = sorted({str(texture) for texture in self.textures if texture not in TEXTURES})
        if unknown:
            raise SemanticsError(
                f'label set "{self.name}": no such texture: {", ".join(unknown)}; choose from {", ".join(TEXTURES)}'
            )
        if self.void is not None and not 0 <= self.void <= 0xFFFF:
            raise SemanticsError(f'label set "{self.name}": void is {self.void}, and ids are 0 to 65535')
        if self.palette is not None and not _is_palette(self.palette, len(self.classes)):
            raise SemanticsError(
                f'label set "{self.name}": a palette has one colour of three values from 0 to 255 for each class'
            )

    @classmethod
    def mapped(
        cls,
        name: str,
        classes: tuple[str, ...],
        textures: Mapping[str, str],
        *,
        palette: tuple[Colour, ...] | None = None,
        void: int | None = None,
    ) -> LabelSet:
        """Declare a label set by a mapping from class name to texture name; a class left out looks like "other".

        `build_pipeline` warns of classes left out; one that is mapped to "other" is declared.
        """
        undeclared = tuple(label for label in classes if label not in textures)
        return cls(name, classes, tuple(textures.get(label, "other") for label in classes), palette, void, undeclared)

    @property
    def texture_ids(self) -> npt.NDArray[np.uint8]:
        """The texture id of every class, uint8 `[len(classes)]`."""
        return np.array([TEXTURES.index(texture) for texture in self.textures], np.uint8)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and text.isprintable() and len(text) <= 100


def _is_palette(palette: tuple[Colour, ...], count: int) -> bool:
    return len(palette) == count and all(
        len(colour) == 3 and all(0 <= value <= 255 for value in colour) for colour in palette
    )


@dataclass(frozen=True, eq=False)
class SemanticMap:
    """One class id per pixel.

    Attributes:
        labels: uint8 or uint16 `[h, w]`; an id at or beyond `len(label_set.classes)` is void and looks like "other".
            An extractor returns no such id but its label set's `void`, and the picture's own height and width; what an
            enhancer gets is the resolution that was sent, `ceil(H / d)` by `ceil(W / d)` for a divisor `d` of 1, 2, 4
            or 8.
        label_set: what the ids mean.
    """

    labels: LabelArray
    label_set: LabelSet

    def __post_init__(self) -> None:
        labels: Any = self.labels
        label_set: Any = self.label_set
        if not isinstance(label_set, LabelSet):
            raise SemanticsError(f"the label set of a semantic map is a LabelSet, not {type(label_set).__name__}")
        if not isinstance(labels, np.ndarray) or labels.ndim != 2 or labels.dtype not in (np.uint8, np.uint16):
            found = f"{labels.dtype} {labels.shape}" if isinstance(labels, np.ndarray) else type(labels).__name__
            raise SemanticsError(
                f'a semantic map in "{label_set.name}" is a uint8 or uint16 array of shape [height, width], not {found}'
            )

    def textures(self) -> npt.NDArray[np.uint8]:
        """The texture id of every pixel, uint8 `[h, w]`, positions in `TEXTURES`."""
        lookup = np.zeros(int(np.iinfo(self.labels.dtype).max) + 1, np.uint8)
        ids = self.label_set.texture_ids[: lookup.size]
        lookup[: ids.size] = ids
        return lookup[self.labels]


def resized_ids(ids: npt.NDArray[_Ids], height: int, width: int) -> npt.NDArray[_Ids]:
    """Class ids `[h, w]`, of any integer type, as `[height, width]`: each pixel has the id at its centre.

    What a network of a size of its own gives is brought back to the picture by this: ids cannot be averaged.
    """
    rows = (2 * np.arange(height) + 1) * ids.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * ids.shape[1] // (2 * width)
    resized: npt.NDArray[_Ids] = ids[rows[:, None], columns]
    return resized
