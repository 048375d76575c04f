"""The codec `jpeg`: baseline and progressive JPEG (ITU-T T.81) by libjpeg-turbo, through Pillow."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.builtin.jpeg_quality import nearest_quality
from jpadse_core.errors import CodecError
from jpadse_core.formats.pillow_codec import decode_with_pillow
from jpadse_core.interfaces.codec import QualityScale
from jpadse_core.interfaces.picture import RgbImage, is_grey

_LARGEST_SIDE = 65_500


class JpegOptions(BaseModel):
    """Options of JPEG."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: int = Field(75, ge=1, le=100, description="libjpeg's quality scale")
    subsampling: Literal["4:2:0", "4:2:2", "4:4:4"] = Field("4:2:0", description="resolution of the chroma planes")
    progressive: bool = Field(False, description="several scans, from coarse to fine")
    optimize: bool = Field(True, description="Huffman tables made for this picture")


class JpegCodec:
    """JPEG. A picture whose three channels are equal is coded as greyscale."""

    name = "jpeg"
    Options = JpegOptions
    carrier = JpegCarrier()
    quality_scale = QualityScale("quality", 1, 100)

    def encode(self, rgb: RgbImage, options: JpegOptions) -> bytes:
        """JPEG bytes of uint8 `[H, W, 3]`.

        Raises:
            CodecError: a side is beyond 65,500 pixels.
        """
        if max(rgb.shape[:2]) > _LARGEST_SIDE:
            raise CodecError(f"JPEG holds at most {_LARGEST_SIDE} pixels a side, not {max(rgb.shape[:2])}")
        grey = is_grey(rgb)
        image = Image.fromarray(np.ascontiguousarray(rgb[..., 0]) if grey else rgb)
        target = io.BytesIO()
        image.save(
            target,
            "JPEG",
            quality=options.quality,
            progressive=options.progressive,
            optimize=options.optimize,
            **({} if grey else {"subsampling": options.subsampling}),
        )
        return target.getvalue()

    def quality_of(self, data: bytes) -> float | None:
        """See `Codec`: libjpeg's quality with a luminance table as coarse as this file's, from 0 to 1."""
        steps = self.carrier.luminance_steps(data)
        return None if steps is None else (nearest_quality(steps) - 1) / 99

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of any JPEG that Pillow reads, but not of CMYK ones."""
        return decode_with_pillow(data, "JPEG")
