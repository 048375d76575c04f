"""The codec `jpegxl`: JPEG XL (ISO/IEC 18181) by libjxl, through imagecodecs."""

from __future__ import annotations

import warnings

import imagecodecs
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamTruncated,
    ImageError,
    MetadataLost,
    Picture,
    QualityScale,
    RgbImage,
)
from jpadse_core.formats.pillow_codec import check_size
from jpadse_core.image_metadata import orientation_out_of
from jpadse_core.interfaces.picture import is_grey
from jpadse_plugin_jpegxl.carrier import JpegXlCarrier
from jpadse_plugin_jpegxl.header import ImageHeader, read_header


class JpegXlOptions(BaseModel):
    """Options of JPEG XL, as libjxl's `cjxl` names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    distance: float = Field(
        1.0, ge=0, le=25, description="Butteraugli distance from the original: 1 is hardly visible, 0 is lossless"
    )
    effort: int = Field(7, ge=1, le=9, description="1 is fast, 9 makes the smallest file")
    decoding_speed: int = Field(0, ge=0, le=4, description="4 makes a file that is decoded fastest")


class JpegXlCodec:
    """JPEG XL. A picture whose three channels are equal is coded as greyscale."""

    name = "jpegxl"
    Options = JpegXlOptions
    carrier = JpegXlCarrier()
    quality_scale = QualityScale("distance", 25, 0, integer=False)

    def encode(self, rgb: RgbImage, options: JpegXlOptions) -> bytes:
        """A bare JPEG XL codestream of uint8 `[H, W, 3]`."""
        grey = is_grey(rgb)
        return bytes(
            imagecodecs.jpegxl_encode(
                np.ascontiguousarray(rgb[..., 0] if grey else rgb),
                distance=options.distance,
                lossless=options.distance == 0,
                effort=options.effort,
                decodingspeed=options.decoding_speed,
                usecontainer=False,
                numthreads=1,
            )
        )

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a JPEG XL file with one picture of 8 bits."""
        samples = _samples(data, read_header(self.carrier.codestream(data)))
        return np.ascontiguousarray(samples[..., :3]) if samples.shape[2] > 2 else samples[..., :1].repeat(3, 2)

    def read(self, data: bytes) -> Picture:
        """See `Codec`. The codestream's orientation is applied.

        Raises:
            BitstreamTruncated, BitstreamCorrupt: the file is damaged.
            CodecError: it is too large to be trusted.
            ImageError: it holds several pictures, more than 8 bits a sample, or another number of channels.
        """
        header = read_header(self.carrier.codestream(data))
        samples = _samples(data, header)
        _, metadata = orientation_out_of(self.carrier.metadata(data))  # the codestream's is the one that holds
        if not header.srgb:
            warnings.warn("JPEG XL: the codestream's colour profile is not carried", MetadataLost, stacklevel=2)
        grey, alpha = samples.shape[2] < 3, samples.shape[2] in (2, 4)
        return Picture(
            samples[..., :1].repeat(3, 2) if grey else np.ascontiguousarray(samples[..., :3]),
            np.ascontiguousarray(samples[..., -1]) if alpha else None,
            grey,
            metadata,
        )


def _samples(data: bytes, header: ImageHeader) -> np.ndarray:
    """uint8 `[H, W, 1 to 4]`."""
    check_size(header.width, header.height, "JPEG XL")
    if header.bits > 8:
        raise ImageError(f"the JPEG XL file has {header.bits} bits a sample, and JPADSE carries 8: convert it first")
    if header.animated:
        raise ImageError("the JPEG XL file is an animation, and only one picture can be read: extract it first")
    if header.premultiplied:
        raise ImageError("the JPEG XL file's colours are multiplied by its alpha: convert it first")
    try:
        samples = imagecodecs.jpegxl_decode(data, numthreads=1)
    except (imagecodecs.JpegxlError, RuntimeError, ValueError) as error:
        kind = BitstreamTruncated if "NEED_MORE_INPUT" in str(error) else BitstreamCorrupt
        raise kind(f"the JPEG XL file is damaged: {error}") from error
    samples = samples[..., None] if samples.ndim == 2 else samples
    if samples.dtype != np.uint8 or samples.ndim != 3 or samples.shape[2] > 4:
        raise ImageError(f"the JPEG XL file holds {samples.dtype} samples of shape {samples.shape}: convert it first")
    return samples
