"""The metadata of pictures turned upright: EXIF and XMP that tell no orientation any more."""

from __future__ import annotations

import copy
import re
import struct
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ICCPROFILE, XMP

from jpadse_core.errors import MetadataLost
from jpadse_core.exif_block import upright_in_place
from jpadse_core.interfaces.picture import Metadata
from jpadse_core.resolution import resolution_of

DAMAGE = (
    EOFError,
    OSError,
    SyntaxError,
    ValueError,
    RuntimeError,
    LookupError,
    TypeError,
    AttributeError,
    struct.error,
)
"""What Pillow raises at damaged files, found by damaging some; more than that would be a fault of JPADSE's own."""
DAMAGED_EXIF = "its EXIF block is damaged and not carried"
_TIFF_STRUCTURE = frozenset(
    {*range(254, 260), 262, 266, 273, 277, 278, 279, 284, 317, *range(320, 326), 338, 339, XMP, ICCPROFILE}
)
"""Tags that say how a TIFF file stores its samples, and the blocks that are carried by themselves."""
_TURNED = re.compile(rb"""tiff:Orientation\s*=\s*(["'])[02-9]\1|<tiff:Orientation>\s*[02-9]\s*</tiff:Orientation>""")
_SIZE = {ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight}
"""EXIF's PixelXDimension and PixelYDimension."""


def metadata_of(image: Image.Image) -> Metadata:
    """ICC, EXIF, XMP and resolution of a PIL image turned upright, without the orientation, what only a TIFF file can
    mean, and EXIF that is damaged."""
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    exif = None
    with suppress(*DAMAGE):
        if ExifTags.Base.Orientation in image.getexif():  # where EXIF has none, Pillow takes it from XMP
            xmp = _TURNED.sub(b"", xmp)
        exif = _upright_exif(image)
    dpi = resolution_of(image)
    if dpi is not None and orientation_of(image) > 4:
        dpi = dpi[::-1]
    return Metadata(icc=image.info.get("icc_profile") or None, exif=exif, xmp=xmp or None, dpi=dpi)


def has_damaged_exif(image: Image.Image) -> bool:
    """Whether `metadata_of` has to leave the EXIF block of a PIL image out."""
    try:
        _upright_exif(image)
    except DAMAGE:
        return True
    return False


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation of a PIL image, 1 where it has none that can be read."""
    with suppress(*DAMAGE):
        return _known(image.getexif().get(ExifTags.Base.Orientation))
    return 1


def orientation_out_of(metadata: Metadata) -> tuple[int, Metadata]:
    """The orientation that EXIF tells, 1 where it tells none, and metadata of which neither EXIF nor XMP tells one."""
    block, exif, orientation = Image.Exif(), metadata.exif, 1
    try:
        block.load(exif or b"")
        orientation = _known(block.get(ExifTags.Base.Orientation))
        if orientation != 1:
            exif = _turned(exif or b"", block)
    except DAMAGE:
        if orientation != 1:  # and a reader of the block would turn the picture once more
            warnings.warn(DAMAGED_EXIF, MetadataLost, stacklevel=2)
            exif = None
    return orientation, replace(metadata, exif=exif, xmp=_TURNED.sub(b"", metadata.xmp or b"") or None)


def _upright_exif(image: Image.Image) -> bytes | None:
    """The block as the file has it, upright.

    Raises:
        Of `DAMAGE`: it cannot be read, or not be made anew.
    """
    exif = copy.deepcopy(image.getexif())
    for tag in _TIFF_STRUCTURE.intersection(exif):
        del exif[tag]
    block = image.info.get("exif")
    if ExifTags.Base.Orientation in exif:
        return _turned((block or b"").removeprefix(b"Exif\0\0"), exif)
    return block.removeprefix(b"Exif\0\0") or None if block is not None else _written(exif)


def _turned(block: bytes, read: Image.Exif) -> bytes | None:
    """A block, and what Pillow read of it, upright: in its place, or else made anew, by which maker notes and thumbnail
    are lost; None where it told nothing else.

    Raises:
        Of `DAMAGE`: it cannot be made anew.
    """
    if set(read) == {ExifTags.Base.Orientation}:
        return None
    with suppress(*DAMAGE):
        made, again = upright_in_place(block, _known(read.get(ExifTags.Base.Orientation))), Image.Exif()
        again.load(made)
        if _known(again.get(ExifTags.Base.Orientation)) == 1:
            return made
    _taken_out_of(read)
    return _written(read)


def _taken_out_of(exif: Image.Exif) -> None:
    """Take the orientation out of a block, and turn the size of the picture that it tells."""
    orientation = _known(exif.pop(ExifTags.Base.Orientation, 1))
    if orientation > 4 and ExifTags.IFD.Exif in exif and (sized := exif.get_ifd(ExifTags.IFD.Exif)).keys() >= _SIZE:
        width, height = sorted(_SIZE)
        sized[width], sized[height] = sized[height], sized[width]


def _written(exif: Image.Exif) -> bytes | None:
    return exif.tobytes().removeprefix(b"Exif\0\0") if len(exif) else None


def _known(orientation: Any) -> int:
    """1 to 8; 1 for what else a block may say, of whatever type."""
    return int(orientation) if orientation in range(1, 9) else 1
