"""Label maps in picture files: values that are class ids, or colours of a palette."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core import LabelSet, SemanticsError

Storage: TypeAlias = Literal["ids", "ids-from-1", "colours"]
Ids: TypeAlias = npt.NDArray[np.int64]

VOID = -1
"""Of no class, whatever the label set's own void id."""

_LOSSLESS = ("PNG", "TIFF", "BMP", "GIF", "PPM")
_PLANES = ("1", "L", "P", "I;16", "I;16B", "I")
_VOID_COLOURS = frozenset({0x000000, 0xE0E0C0})
"""Black, and the border around VOC's objects: void wherever they are no class's colour."""


def read_map(path: Path, shape: tuple[int, int], labels: LabelSet, storage: Storage) -> Ids:
    """Class ids `[H, W]` in `labels` out of a file, with `VOID` for void.

    Args:
        path: a PNG, or another lossless picture.
        shape: the height and width that it has to have.
        labels: what its values or colours mean.
        storage: `ids`: a plane's values, or a paletted picture's indices, are the ids. `ids-from-1`: the same plus one,
            and 0 is void. `colours`: each class has the colour of the label set's palette.

    Raises:
        SemanticsError: it cannot be read, has another size, or holds what the label set does not have.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_LOSSLESS) as image:
                if image.size != shape[::-1]:
                    found = f"{image.size[0]} x {image.size[1]}"
                    raise SemanticsError(f"{path}: is {found}, and the picture {shape[1]} x {shape[0]}")
                if storage == "colours":
                    return _ids_of_colours(np.asarray(image.convert("RGB")), labels, path)
                if image.mode not in _PLANES:
                    raise SemanticsError(f"{path}: holds colours, not ids: choose storage=colours")
                values = np.asarray(image).astype(np.int64)
    except FileNotFoundError as error:
        raise SemanticsError(f"{path}: there is no such map: say where it is with the option files") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SemanticsError(f"{path}: cannot be read as a label map: {error}") from error
    return _ids_of_values(values, labels, storage, path)


def _ids_of_values(values: Ids, labels: LabelSet, storage: Storage, path: Path) -> Ids:
    ids = values - 1 if storage == "ids-from-1" else np.where(values == _void_value(labels), VOID, values)
    wrong = (ids < VOID) | (ids >= len(labels.classes))
    if wrong.any():
        void = "0" if storage == "ids-from-1" else str(labels.void)
        raise SemanticsError(
            f"{path}: holds the value {values[wrong][0]}, which is no class of {labels.name}, nor {void} for void"
        )
    return ids


def _void_value(labels: LabelSet) -> int:
    """The value in files that is void; a void that is one of the classes stays that class."""
    return VOID if labels.void is None or labels.void < len(labels.classes) else labels.void


def _ids_of_colours(rgb: npt.NDArray[np.uint8], labels: LabelSet, path: Path) -> Ids:
    packed = rgb[..., 0].astype(np.int64) << 16 | rgb[..., 1].astype(np.int64) << 8 | rgb[..., 2]
    colours, where = np.unique(packed, return_inverse=True)
    ids = np.array([_class_of(int(colour), labels, path) for colour in colours], np.int64)
    return ids[where.reshape(packed.shape)]


def _class_of(colour: int, labels: LabelSet, path: Path) -> int:
    palette = [red << 16 | green << 8 | blue for red, green, blue in labels.palette or ()]
    found = [number for number, own in enumerate(palette) if own == colour]
    if labels.void in found or (not found and colour in _VOID_COLOURS):
        return VOID
    if not found:
        raise SemanticsError(f"{path}: holds the colour #{colour:06x}, which is no class of {labels.name}")
    if len({labels.textures[number] for number in found}) > 1:
        names = " and ".join(labels.classes[number] for number in found)
        raise SemanticsError(f"{path}: holds the colour #{colour:06x}, which is that of {names}")
    return found[0]
