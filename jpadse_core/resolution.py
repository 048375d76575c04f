"""The resolution that a picture file states, in pixels per inch."""

from __future__ import annotations

from PIL import Image
from PIL.TiffImagePlugin import X_RESOLUTION, TiffImageFile

LARGEST_DPI = 0xFFFF
_CENTIMETRES_PER_INCH = 2.54


def resolution_of(image: Image.Image) -> tuple[float, float] | None:
    """Pixels per inch, horizontally and vertically, as the samples are stored; None where the file does not say.

    What only EXIF says stays in EXIF.

    Source: JFIF 1.02, "JFIF APP0 marker"; PNG 3rd edition, 11.3.4.3 (pHYs).
    """
    factor, stated = 1.0, image.info.get("dpi")
    if image.format in ("JPEG", "MPO"):  # Pillow makes up 72 dpi for a file whose EXIF block has none
        factor = {1: 1.0, 2: _CENTIMETRES_PER_INCH}.get(image.info.get("jfif_unit", 0), 0.0)
        stated = image.info.get("jfif_density")
    elif isinstance(image, TiffImageFile) and X_RESOLUTION not in image.tag_v2:  # and 1 dpi for such a TIFF file
        return None
    if not stated:
        return None
    horizontal, vertical = (float(number) * factor for number in stated)
    return (horizontal, vertical) if 0 < min(horizontal, vertical) <= max(horizontal, vertical) <= LARGEST_DPI else None


def has_oblong_pixels(image: Image.Image) -> bool:
    """Whether a file without a resolution says that its pixels are no squares."""
    aspect = image.info.get("aspect", (1, 1))
    if image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") == 0:
        aspect = image.info["jfif_density"]
    return bool(aspect[0] != aspect[1])
