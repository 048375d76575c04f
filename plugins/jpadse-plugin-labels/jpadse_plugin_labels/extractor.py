"""The extractor `labels`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from pydantic import BaseModel, Field, field_validator

from jpadse_core import LabelSet, RgbImage, SemanticMap, SemanticsError
from jpadse_core.interfaces import LabelArray
from jpadse_core.interfaces.label_sets.reading import label_set_from
from jpadse_plugin_labels.reading import Storage, read_map


class LabelFiles:
    """Ground truth from files beside the pictures, as the experiments of JPAD-SE (Duan, Chen, Gu, 2020) were run.

    Raises:
        SemanticsError: the label set is not known, cannot be told by colours, or cannot be turned into the other.
    """

    name = "labels"
    labels: LabelSet

    class Options(BaseModel):
        """Where the maps are, and what they mean."""

        labels: str = Field(description="the files' classes: a known label set's name, or a .json file")
        files: str = Field(
            "{stem}_labels.png",
            description="the map's path from the picture's folder; {stem} is the picture's name without extension, "
            "{parent} and {grandparent} are the names of its folder and the one above",
        )
        drop: str = Field("", description="what {stem} leaves out at its end, such as _leftImg8bit")
        storage: Storage = Field(
            "ids", description="values are class ids, class ids plus one with 0 for void, or colours of the palette"
        )
        into: str = Field("", description="a label set to turn the map into, by class names; the others become void")

        @field_validator("files")
        @classmethod
        def _is_a_template(cls, files: str) -> str:
            try:
                files.format(stem="", parent="", grandparent="")
            except (KeyError, IndexError, ValueError, AttributeError) as error:
                raise ValueError("wants no fields but {stem}, {parent} and {grandparent}") from error
            return files

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stored = label_set_from(options.labels)
        self.labels = label_set_from(options.into) if options.into else self._stored
        if options.storage == "colours" and self._stored.palette is None:
            raise SemanticsError(f"{self._stored.name}: has no palette to tell classes by colours")
        self._lookup = _lookup(self._stored, self.labels)
        self.labels = replace(self.labels, void=int(self._lookup[-1]))

    def extract(self, rgb: RgbImage) -> SemanticMap:
        """Refuses: a picture from memory has no file beside it."""
        return self.extract_from(rgb, None)

    def extract_from(self, rgb: RgbImage, file: Path | None) -> SemanticMap:
        """See `FileExtractor.extract_from`.

        Raises:
            SemanticsError: the picture is not from a file or is stored turned; its map is missing, cannot be read, has
                another size or holds a value or colour that is no class.
        """
        if file is None:
            raise SemanticsError('the extractor "labels" finds a map by the picture\'s file: give a path, not samples')
        _refuse_turned(file)
        ids = read_map(self._path_of(file), rgb.shape[:2], self._stored, self._options.storage)
        return SemanticMap(self._lookup[ids], self.labels)

    def _path_of(self, picture: Path) -> Path:
        folder = picture.absolute().parent
        stem = picture.stem.removesuffix(self._options.drop)
        return folder / self._options.files.format(stem=stem, parent=folder.name, grandparent=folder.parent.name)


def _lookup(stored: LabelSet, wanted: LabelSet) -> LabelArray:
    """The wanted id by the stored one, uint8 or uint16; the last is for `VOID`, which is -1 and so finds it."""
    void = len(wanted.classes) if wanted.void is None else wanted.void
    if stored == wanted:
        ids = list(range(len(stored.classes)))
    else:
        places = {label: number for number, label in enumerate(wanted.classes)}
        ids = [places.get(label, void) for label in stored.classes]
        if not set(stored.classes) & set(places):
            raise SemanticsError(f"no class of {stored.name} is one of {wanted.name}: leave into out")
    return np.array([*ids, void], np.uint8 if max(*ids, void) <= 0xFF else np.uint16)


def _refuse_turned(file: Path) -> None:
    """Maps hold samples as they are stored; a picture that is shown turned would get somebody else's labels."""
    try:
        with Image.open(file) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return
    if orientation != 1:
        raise SemanticsError(f"{file}: is stored turned (EXIF orientation {orientation}): turn its samples, or its map")
