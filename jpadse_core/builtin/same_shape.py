"""What every full-reference metric asks of its two pictures."""

from __future__ import annotations

from jpadse_core.errors import ImageError
from jpadse_core.interfaces.picture import RgbImage


def require_same_shape(reference: RgbImage, distorted: RgbImage) -> None:
    """Refuse two pictures that cannot be compared.

    Raises:
        ImageError: the shapes differ.
    """
    if reference.shape != distorted.shape:
        raise ImageError(f"pictures of {reference.shape} and {distorted.shape} cannot be compared")
