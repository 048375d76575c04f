"""What the author of a metric implements."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jpadse_core.interfaces.picture import RgbImage


@runtime_checkable
class Metric(Protocol):
    """A full-reference measure of a picture.

    Attributes:
        name: as on the command line, such as `"psnr"`.
        unit: printed behind its values; may be empty.
        higher_is_better: the direction.
    """

    name: str
    unit: str
    higher_is_better: bool

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """The value for two uint8 `[H, W, 3]` pictures of one shape; `nan` where it is not defined for that shape."""
