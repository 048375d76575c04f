"""What a picture's file holds beside what JPADSE carries, so that none of it is lost without a word."""

from __future__ import annotations

from PIL import Image

from jpadse_core.code_points import has_other_colours
from jpadse_core.image_metadata import DAMAGED_EXIF, has_damaged_exif
from jpadse_core.resolution import has_oblong_pixels

_JPEG = ("JPEG", "MPO")
_EXTENDED_XMP = b"HasExtendedXMP"
_GAIN_MAP = b"hdrgm:Version"
_PHOTOSHOP_IPTC = 0x0404


def not_carried(image: Image.Image, data: bytes = b"") -> tuple[str, ...]:
    """What is to be told of a file's further pictures, comments, captions, text and colour chunks, of pixels that are
    no squares, and of colours that only code points state.

    Args:
        image: opened by Pillow, not necessarily decoded.
        data: the file; empty where it is not at hand.
    """
    told = []
    if lost := _lost(image):
        told.append(f"{', '.join(lost)} not carried: ICC, EXIF, XMP and dpi are")
    if has_damaged_exif(image):
        told.append(DAMAGED_EXIF)
    if data and has_other_colours(image, data):
        told.append(
            "its colours are not sRGB, and the code points (CICP) that say so are not carried: convert it to sRGB first"
        )
    return tuple(told)


def _lost(image: Image.Image) -> list[str]:
    lost = []
    xmp = image.info.get("xmp", b"")
    if image.format == "MPO":
        lost.append(f"all but the first of {getattr(image, 'n_frames', 2)} pictures")
    elif image.format == "JPEG" and "mp" in image.info and _GAIN_MAP in xmp:
        lost.append("HDR gain map")
    lost += ["pixel aspect ratio"] * has_oblong_pixels(image)
    lost += ["XMP beyond its first segment"] * (image.format in _JPEG and _EXTENDED_XMP in xmp)
    lost += ["IPTC captions"] * (_PHOTOSHOP_IPTC in image.info.get("photoshop", {}))
    lost += [key for key in ("comment", "gamma", "chromaticity") if key in image.info]
    if image.format == "JPEG2000" and "comment" in lost:  # the encoder's name, which every encoder writes there
        lost.remove("comment")
    return lost + [key for key in getattr(image, "text", {}) if key != "XML:com.adobe.xmp"]
