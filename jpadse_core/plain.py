"""The plain codec's picture of an opened file, with what is not RGB."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.bitstream.sections import Tag
from jpadse_core.errors import BitstreamCorrupt, CodecError, EnhancementLost, JpadseError
from jpadse_core.formats.pillow_image import open_image
from jpadse_core.image_metadata import DAMAGE, metadata_of, orientation_of
from jpadse_core.interfaces.codec import reader_of
from jpadse_core.interfaces.picture import Picture, RgbImage, is_rgb_image
from jpadse_core.not_carried import not_carried
from jpadse_core.opening import OpenedFile
from jpadse_core.pictures import RASTER_FORMATS, alpha_of, picture_from_bytes

_Made = TypeVar("_Made")
_UNREADABLE = (*DAMAGE, Image.DecompressionBombError)


@dataclass(frozen=True, eq=False)
class PlainPicture(Picture):
    """A picture as its codec decodes it.

    Attributes:
        orientation: the EXIF orientation by which `rgb` and `alpha` still have to be turned: that of a file which
            another tool wrote or edited.
        not_carried: what is to be told of the file's metadata that are not here, a sentence each.
    """

    orientation: int = 1
    not_carried: tuple[str, ...] = ()


def plain_picture(opened: OpenedFile, *, any_file: bool = True) -> PlainPicture:
    """The picture without enhancement, with what the codec's format and the sidecar hold beside it.

    Args:
        opened: the file.
        any_file: also read what the codec itself does not decode, such as CMYK, by what else reads the format.

    Raises:
        BitstreamError: the payload is damaged.
        CodecError, ImageError: it holds what cannot be carried.
    """
    found = _found(opened, any_file)
    alpha = _alpha(opened, found.rgb)
    carried = {tag.name.lower(): opened.body(tag) for tag in (Tag.ICC, Tag.EXIF, Tag.XMP)}
    dpi = found.metadata.dpi or (opened.header.dpi if opened.header is not None else None)
    metadata = replace(found.metadata, dpi=dpi, **{name: block for name, block in carried.items() if block})
    return replace(found, alpha=found.alpha if alpha is None else alpha, metadata=metadata)


def _found(opened: OpenedFile, any_file: bool) -> PlainPicture:
    """What the codec's own format holds."""
    read = reader_of(opened.codec)
    if read is not None and not opened.in_container:
        return _as_plain(opened, _called(opened, read))
    try:
        base = _checked(opened, _called(opened, opened.codec.decode))
    except CodecError:
        if opened.sections or opened.in_container or not any_file:
            raise
        return _as_plain(opened, picture_from_bytes(opened.payload, f"the {opened.codec.name} file"))
    return PlainPicture(base) if opened.in_container else _with_beside(opened.payload, base)


def _called(opened: OpenedFile, function: Callable[[bytes], _Made]) -> _Made:
    try:
        return function(opened.payload)
    except (JpadseError, MemoryError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise BitstreamCorrupt(f'codec "{opened.codec.name}" cannot decode the payload: {error}') from error


def _checked(opened: OpenedFile, rgb: Any) -> RgbImage:
    if not is_rgb_image(rgb):
        raise BitstreamCorrupt(f'codec "{opened.codec.name}" did not return a uint8 [H, W, 3] picture')
    return np.require(rgb, requirements=("C", "W"))


def _as_plain(opened: OpenedFile, picture: Picture) -> PlainPicture:
    return PlainPicture(_checked(opened, picture.rgb), picture.alpha, picture.grey, picture.metadata)


def _with_beside(payload: bytes, base: RgbImage) -> PlainPicture:
    """With what the file says beside the samples, as far as Pillow reads its format."""
    try:
        with open_image(payload, RASTER_FORMATS) as image:
            grey = image.mode in ("1", "L", "LA")
            told = not_carried(image, payload)
            return PlainPicture(base, alpha_of(image), grey, metadata_of(image), orientation_of(image), told)
    except _UNREADABLE:
        return PlainPicture(base)


def _alpha(opened: OpenedFile, base: RgbImage) -> npt.NDArray[np.uint8] | None:
    section = next((section for section in opened.sections if section.tag == Tag.ALPHA), None)
    if section is None:
        return None
    try:
        if section.intact:
            with open_image(section.body, ("PNG",)) as image:
                if image.mode == "L" and image.size == base.shape[1::-1]:
                    return np.array(image)
    except _UNREADABLE:
        pass
    warnings.warn("the alpha plane is damaged and left out", EnhancementLost, stacklevel=2)
    return None
