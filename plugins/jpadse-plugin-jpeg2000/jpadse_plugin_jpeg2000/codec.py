"""The codec `jpeg2000`: JPEG 2000 (ITU-T T.800) by OpenJPEG through Pillow, and HTJ2K (T.814) by OpenJPH through
imagecodecs. Both are read by OpenJPEG, as viewers do."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Self

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from jpadse_core import CodecError, Picture, QualityScale, RgbImage
from jpadse_core.distortion import psnr
from jpadse_core.formats.pillow_codec import decode_with_pillow
from jpadse_core.interfaces.picture import is_grey
from jpadse_core.pictures import picture_from_bytes, turned_upright
from jpadse_plugin_jpeg2000.carrier import Jpeg2000Carrier, wrapped

_MODE = "JPEG2000"


class Jpeg2000Options(BaseModel):
    """Options of JPEG 2000."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float = Field(1.0, ge=0.01, le=24, description="bits per pixel of the codestream, at most")
    psnr: float | None = Field(None, ge=15, le=60, description="dB to reach, in place of a rate, quality or target")
    high_throughput: bool = Field(False, description="code blocks of HTJ2K: faster, and a few per cent larger")
    resolutions: int = Field(6, ge=1, le=10, description="levels of resolution, the full one included")

    @model_validator(mode="after")
    def _either_rate_or_psnr(self) -> Self:
        if self.psnr is not None and "rate" in self.model_fields_set:
            raise ValueError(
                "psnr excludes rate, which a quality or a target sets: leave psnr out, or the rate, quality or target"
            )
        return self


class Jpeg2000Codec:
    """JPEG 2000 by the irreversible transforms. A picture whose three channels are equal is coded as greyscale."""

    name = "jpeg2000"
    Options = Jpeg2000Options
    carrier = Jpeg2000Carrier()
    quality_scale = QualityScale("rate", 0.01, 24, integer=False, logarithmic=True)

    def encode(self, rgb: RgbImage, options: Jpeg2000Options) -> bytes:
        """A JP2 file, or a JPH file for HTJ2K, of uint8 `[H, W, 3]`."""
        grey = is_grey(rgb)
        samples = np.ascontiguousarray(rgb[..., 0] if grey else rgb)
        return _high_throughput(samples, rgb, options) if options.high_throughput else _plain(samples, options)

    def quality_of(self, data: bytes) -> None:
        """See `Codec`: nothing, since its rate says how many bits a picture got, not how good it became."""

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a grey or RGB JPEG 2000 file of 8 bits, or of a bare codestream."""
        return decode_with_pillow(data, _MODE)

    def read(self, data: bytes) -> Picture:
        """See `Codec`. EXIF and XMP are where other tools put them; the EXIF orientation is applied.

        Raises:
            BitstreamTruncated, BitstreamCorrupt: the file is damaged.
            ImageError: it has more than 8 bits a sample, is too large to be trusted, or is of another colour space.
        """
        metadata = self.carrier.metadata(data)
        components = int.from_bytes(self.carrier.codestream(data)[40:42], "big")
        try:
            # 0 is a codestream cut ahead of their number, whose damage decode tells
            rgb = self.decode(data) if components in (0, 1, 3) else None
        except CodecError:
            rgb = None
        picture = picture_from_bytes(data, "JPEG 2000") if rgb is None else Picture(rgb, grey=components == 1)
        return turned_upright(picture, metadata)


def _plain(samples: np.ndarray, options: Jpeg2000Options) -> bytes:
    bits = 8 * (samples.shape[2] if samples.ndim == 3 else 1)
    target = io.BytesIO()
    Image.fromarray(samples).save(
        target,
        _MODE,
        quality_mode="rates" if options.psnr is None else "dB",
        quality_layers=(max(bits / options.rate, 1.0) if options.psnr is None else options.psnr,),
        num_resolutions=min(options.resolutions, min(samples.shape[:2]).bit_length()),
        irreversible=True,
        mct=int(samples.ndim == 3),
        comment=" ",  # else OpenJPEG writes its own name and version, 33 bytes
    )
    return target.getvalue()


def _high_throughput(samples: np.ndarray, rgb: RgbImage, options: Jpeg2000Options) -> bytes:
    """The coarsest quantiser that reaches the PSNR, or the finest that keeps the rate."""

    def at(step: float) -> bytes:
        import imagecodecs

        resolutions = min(options.resolutions, min(samples.shape[:2]).bit_length())
        return bytes(imagecodecs.htj2k_encode(samples, level=step, reversible=False, resolutions=resolutions - 1))

    def good_enough(codestream: bytes) -> bool:
        return psnr(rgb, decode_with_pillow(codestream, _MODE)) >= (options.psnr or 0)

    def small_enough(codestream: bytes) -> bool:
        return len(codestream) * 8 <= options.rate * rgb.shape[0] * rgb.shape[1]

    if options.psnr is not None:
        return wrapped(_last(at, good_enough, finest_first=True), b"jph ")
    return wrapped(_last(at, small_enough, finest_first=False), b"jph ")


def _last(encode: Callable[[float], bytes], accepts: Callable[[bytes], bool], *, finest_first: bool) -> bytes:
    """The last codestream that is accepted on the way from the finest quantiser step, 2^-12, to the coarsest, 1, or the
    other way round; the first where none is."""
    inside, outside = (-12.0, 0.0) if finest_first else (0.0, -12.0)
    best = encode(2.0**inside)
    for _ in range(12):
        middle = (inside + outside) / 2
        codestream = encode(2.0**middle)
        if accepts(codestream):
            inside, best = middle, codestream
        else:
            outside = middle
    return best
