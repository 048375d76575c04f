"""The codec `avif`: AV1 still pictures (AV1 Image File Format 1.1) by libaom and dav1d, through Pillow and libavif."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core import BitstreamError, CodecError, QualityScale, RgbImage
from jpadse_core.formats.heif_carrier import HeifCarrier
from jpadse_core.formats.heif_meta import first_coded_item, item_bytes, read_meta
from jpadse_core.formats.pillow_codec import decode_with_pillow
from jpadse_core.interfaces.picture import is_grey
from jpadse_plugin_avif.frame import base_quantiser
from jpadse_plugin_avif.quality import nearest_quality

_LARGEST_SIDE = 65_536


class AvifOptions(BaseModel):
    """Options of AVIF, as libavif's `avifenc` names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: int = Field(75, ge=0, le=100, description="libavif's quality scale")
    speed: int = Field(6, ge=0, le=10, description="effort: 10 is fast, 0 makes the smallest file")
    subsampling: Literal["4:2:0", "4:2:2", "4:4:4"] = Field("4:2:0", description="resolution of the chroma planes")
    tune: Literal["psnr", "ssim", "iq", "ssimulacra2"] | None = Field(
        None, description="what libaom aims at; if None, what libavif has it aim at"
    )


class AvifCodec:
    """AVIF. A picture whose three channels are equal is coded as 4:0:0."""

    name = "avif"
    Options = AvifOptions
    carrier = HeifCarrier(b"avif", b"avis")
    quality_scale = QualityScale("quality", 0, 100)

    def encode(self, rgb: RgbImage, options: AvifOptions) -> bytes:
        """AVIF bytes of uint8 `[H, W, 3]`.

        Raises:
            CodecError: a side is beyond 65,536 pixels, or libaom is too old for an option.
        """
        if max(rgb.shape[:2]) > _LARGEST_SIDE:
            raise CodecError(f"AVIF holds at most {_LARGEST_SIDE} pixels a side, not {max(rgb.shape[:2])}")
        grey = is_grey(rgb)
        image = Image.fromarray(np.ascontiguousarray(rgb[..., 0]) if grey else rgb)
        # at 100 there is no quantiser to tune, and libaom refuses iq and ssimulacra2
        tuned = options.tune is not None and options.quality < 100
        target = io.BytesIO()
        try:
            # libaom's bytes depend on the number of threads, which would be that of the machine's cores
            image.save(
                target,
                "AVIF",
                quality=options.quality,
                speed=options.speed,
                subsampling="4:0:0" if grey else options.subsampling,
                max_threads=1,
                advanced={"tune": options.tune} if tuned else {},
            )
        except ValueError as error:
            raise CodecError(f"libavif cannot encode with these options: {error}") from error
        return target.getvalue()

    def quality_of(self, data: bytes) -> float | None:
        """See `Codec`: libavif's quality with a quantiser as coarse as this file's, from 0 to 1; of a grid, its first
        tile's."""
        try:
            meta = read_meta(data)
            item = first_coded_item(meta, b"av01")
            quantiser = None if item is None else base_quantiser(b"".join(item_bytes(data, meta, item)))
        except BitstreamError:
            return None
        return None if quantiser is None else nearest_quality(quantiser) / 100

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a still AVIF of 8 bits without alpha."""
        return decode_with_pillow(data, "AVIF")
