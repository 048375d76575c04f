"""Opening a picture by Pillow without its warning of large ones."""

from __future__ import annotations

import io
import warnings
from threading import RLock

from PIL import Image

_ONE_AT_A_TIME = RLock()
"""Filters of warnings are the process's: two threads that change them at once would leave some behind."""


def open_image(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    """As `Image.open`; Pillow's limit beyond which a picture is refused stays.

    Args:
        data: the file.
        formats: Pillow's names of the formats that are tried.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data), formats=formats)
