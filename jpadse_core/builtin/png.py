"""The codec `png`: lossless, through Pillow."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core.builtin.png_carrier import PngCarrier
from jpadse_core.formats.pillow_codec import decode_with_pillow
from jpadse_core.interfaces.picture import RgbImage, is_grey


class PngOptions(BaseModel):
    """Options of PNG."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compression: int = Field(6, ge=0, le=9, description="zlib's effort")


class PngCodec:
    """PNG. A picture whose three channels are equal is coded as greyscale."""

    name = "png"
    Options = PngOptions
    carrier = PngCarrier()

    def encode(self, rgb: RgbImage, options: PngOptions) -> bytes:
        """PNG bytes of uint8 `[H, W, 3]`."""
        grey = is_grey(rgb)
        image = Image.fromarray(np.ascontiguousarray(rgb[..., 0]) if grey else rgb)
        target = io.BytesIO()
        image.save(target, "PNG", compress_level=options.compression)
        return target.getvalue()

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a grey or RGB PNG of 8 bits."""
        return decode_with_pillow(data, "PNG")
