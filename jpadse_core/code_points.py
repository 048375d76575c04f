"""Colours that a file states by code points (CICP), which Pillow reads past."""

from __future__ import annotations

from PIL import Image

from jpadse_core.errors import BitstreamError
from jpadse_core.formats.heif_meta import property_of, read_meta

_AS_SRGB = ({1, 2, 5, 6}, {1, 2, 6, 13, 14, 15})
"""Primaries and transfer functions that are shown as sRGB's, 2 being unspecified."""


def has_other_colours(image: Image.Image, data: bytes) -> bool:
    """Whether code points give a file without an ICC profile colours that are not sRGB's.

    Args:
        image: opened by Pillow or made of the file, not necessarily decoded.
        data: the file.

    Source: PNG 3rd edition, 11.3.2.6 (cICP); ISO/IEC 14496-12, 12.1.5 (nclx); ITU-T H.273, tables 2 and 3.
    """
    if image.info.get("icc_profile"):
        return False
    if data.startswith(b"\x89PNG"):
        stated = _in_png(data)
    elif data[4:8] == b"ftyp":
        stated = _in_heif(data)
    else:
        return False
    return any(point not in known for point, known in zip(stated, _AS_SRGB, strict=False))


def _in_png(data: bytes) -> bytes:
    start = data.find(b"\0\0\0\4cICP", 0, max(data.find(b"IDAT"), 0))
    return data[start + 8 : start + 10] if start >= 0 else b""


def _in_heif(data: bytes) -> bytes:
    try:
        meta = read_meta(data)
    except BitstreamError:
        return b""
    colours = property_of(meta, meta.primary, b"colr") or b""
    return colours[5:8:2] if colours.startswith(b"nclx") else b""
