"""The codec `heif`: HEVC still pictures in HEIF files (ISO/IEC 23008-12) by x265 and libde265, through libheif."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import pillow_heif
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    BitstreamTruncated,
    CodecError,
    ImageError,
    Picture,
    QualityScale,
    RgbImage,
)
from jpadse_core.formats.heif_carrier import HeifCarrier
from jpadse_core.formats.heif_meta import first_coded_item, item_bytes, property_of, read_meta
from jpadse_core.formats.pillow_codec import check_size
from jpadse_core.interfaces.picture import is_grey
from jpadse_core.pictures import picture_from_image
from jpadse_plugin_heif.quality import nearest_quality
from jpadse_plugin_heif.slice import slice_quantiser


class HeifOptions(BaseModel):
    """Options of HEIC, as libheif and x265 name them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: int = Field(50, ge=0, le=100, description="libheif's quality scale")
    chroma: Literal["420", "422", "444"] = Field("420", description="resolution of the chroma planes")
    preset: Literal[
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"
    ] = Field("slow", description="x265's effort")
    tune: Literal["psnr", "ssim", "grain"] = Field("ssim", description="what x265 aims at")


class HeifCodec:
    """HEIC. A picture whose three channels are equal is coded without chroma."""

    name = "heif"
    Options = HeifOptions
    carrier = HeifCarrier(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1")
    quality_scale = QualityScale("quality", 0, 100)

    def encode(self, rgb: RgbImage, options: HeifOptions) -> bytes:
        """HEIC bytes of uint8 `[H, W, 3]`.

        Raises:
            CodecError: x265 does not take the picture, as those with a side below 32 pixels and one beyond 4,208.
        """
        grey = is_grey(rgb)
        image = Image.fromarray(np.ascontiguousarray(rgb[..., 0]) if grey else rgb)
        target = io.BytesIO()
        try:
            pillow_heif.from_pillow(image).save(
                target,
                quality=options.quality,
                enc_params={"preset": options.preset, "tune": options.tune},
                **({} if grey else {"chroma": options.chroma}),
            )
        except RuntimeError as error:
            raise CodecError(
                f"x265 does not encode a picture of {rgb.shape[1]} x {rgb.shape[0]} pixels with these options: "
                f"choose another codec ({error})"
            ) from error
        return target.getvalue()

    def quality_of(self, data: bytes) -> float | None:
        """See `Codec`: libheif's quality with a quantiser as coarse as this file's, from 0 to 1; of a grid, its first
        tile's."""
        try:
            meta = read_meta(data)
            item = first_coded_item(meta, b"hvc1")
            configuration = None if item is None else property_of(meta, item, b"hvcC")
            if item is None or configuration is None:
                return None
            quantiser = slice_quantiser(configuration, b"".join(item_bytes(data, meta, item)))
        except BitstreamError:
            return None
        return None if quantiser is None else nearest_quality(quantiser) / 100

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a HEIF file with one HEVC picture of 8 bits."""
        return self.read(data).rgb

    def read(self, data: bytes) -> Picture:
        """See `Codec`.

        Raises:
            BitstreamTruncated, BitstreamCorrupt: the file is damaged.
            CodecError: it is too large to be trusted.
            ImageError: it holds several pictures, or more than 8 bits a sample.
        """
        try:
            file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
            if len(file) > 1:
                raise ImageError(f"the HEIF file holds {len(file)} pictures: extract the one you want first")
            if (bits := file.info["bit_depth"]) > 8:
                raise ImageError(f"the HEIF file has {bits} bits a sample, and JPADSE carries 8: convert it first")
            check_size(*file.size, "HEIF")
            return picture_from_image(file.to_pillow(), "the HEIF file", data)
        except (ValueError, OSError, SyntaxError, RuntimeError) as error:
            kind = BitstreamTruncated if "end of file" in str(error) else BitstreamCorrupt
            raise kind(f"the HEIF file is damaged: {' '.join(str(error).split())}") from error
        except EOFError as error:
            raise BitstreamTruncated("the HEIF file is cut") from error
