"""An EXIF block turned upright where it lies: every offset in it stays right, those in maker notes included."""

from __future__ import annotations

import struct

from PIL.ExifTags import IFD, Base

_ORDERS = {b"II": "<", b"MM": ">"}
_SHORT = 3


def upright_in_place(block: bytes, orientation: int) -> bytes:
    """The block of a picture that has been turned upright.

    The orientation it tells becomes 1, and of a picture on its side PixelXDimension and PixelYDimension change places.
    The thumbnail of a picture that was turned at all is no longer reached: it shows the picture as it was.

    Args:
        block: TIFF-structured.
        orientation: that the picture had, 1 to 8.

    Raises:
        struct.error: the block is not so structured.

    Source: TIFF 6.0, section 2; CIPA DC-008 (Exif 2.32), 4.6.
    """
    made = bytearray(block)
    order = _ORDERS.get(bytes(made[:2]))
    if order is None:
        raise struct.error("no byte order")
    (start,) = struct.unpack_from(f"{order}I", made, 4)
    entries, end = _entries(made, order, start)
    if Base.Orientation in entries:
        struct.pack_into(f"{order}HIHH", made, entries[Base.Orientation] + 2, _SHORT, 1, 1, 0)
    if orientation > 4 and IFD.Exif in entries:
        (start,) = struct.unpack_from(f"{order}I", made, entries[IFD.Exif] + 8)
        sizes, _ = _entries(made, order, start)
        if sizes.keys() >= {Base.ExifImageWidth, Base.ExifImageHeight}:
            width, height = (
                slice(sizes[tag] + 2, sizes[tag] + 12) for tag in (Base.ExifImageWidth, Base.ExifImageHeight)
            )
            made[width], made[height] = made[height], made[width]
    if orientation != 1 and end + 4 <= len(made):
        struct.pack_into(f"{order}I", made, end, 0)
    return bytes(made)


def _entries(block: bytearray, order: str, start: int) -> tuple[dict[int, int], int]:
    """Where a directory has the entry of each tag, and where its entries end."""
    (count,) = struct.unpack_from(f"{order}H", block, start)
    end = start + 2 + 12 * count
    return {struct.unpack_from(f"{order}H", block, at)[0]: at for at in range(start + 2, end, 12)}, end
