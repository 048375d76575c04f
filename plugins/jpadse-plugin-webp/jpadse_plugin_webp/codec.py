"""The codec `webp`: lossy WebP (RFC 9649) by libwebp, written through its own configuration and read by Pillow."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from webp import WebPConfig, WebPPicture, WebPPreset
from webp._webp import ffi

from jpadse_core import CodecError, QualityScale, RgbImage
from jpadse_core.formats.pillow_codec import decode_with_pillow
from jpadse_plugin_webp.carrier import WebpCarrier
from jpadse_plugin_webp.quality import nearest_quality

_LARGEST_SIDE = 16_383
_KNOBS = ("sns_strength", "filter_strength", "filter_sharpness", "autofilter", "segments")
_CONFIG_SIZE, _SHARP_YUV = 116, 104
"""Bytes of libwebp's `WebPConfig`, and position in it of `use_sharp_yuv`, an int that the binding does not name.

Source: src/webp/encode.h of libwebp 1.6.
"""


class WebpOptions(BaseModel):
    """Options of WebP, as libwebp's `cwebp` names them. What is None is as the preset has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: float = Field(75, ge=0, le=100, description="libwebp's quality factor")
    method: int = Field(4, ge=0, le=6, description="effort: 0 is fast, 6 makes the smallest file")
    preset: Literal["default", "picture", "photo", "drawing", "icon", "text"] = Field(
        "default", description="kind of picture that the other settings suit"
    )
    sns_strength: int | None = Field(None, ge=0, le=100, description="spatial noise shaping")
    filter_strength: int | None = Field(None, ge=0, le=100, description="deblocking filter; 0 turns it off")
    filter_sharpness: int | None = Field(None, ge=0, le=7, description="of the deblocking filter; 7 is least sharp")
    filter_type: Literal["simple", "strong"] = Field("strong", description="kind of deblocking filter")
    autofilter: bool = Field(False, description="let the encoder find the filter's strength")
    segments: int | None = Field(None, ge=1, le=4, description="parts of the picture with a quantiser of their own")
    passes: int = Field(1, ge=1, le=10, description="of the entropy analysis")
    use_sharp_yuv: bool = Field(False, description="slower and sharper way to the smaller chroma planes")


class WebpCodec:
    """WebP, lossy. Any still WebP file is read, lossless ones and those with alpha included."""

    name = "webp"
    Options = WebpOptions
    carrier = WebpCarrier()
    quality_scale = QualityScale("quality", 0, 100, integer=False)

    def encode(self, rgb: RgbImage, options: WebpOptions) -> bytes:
        """WebP bytes of uint8 `[H, W, 3]`.

        Raises:
            CodecError: a side is beyond 16,383 pixels, or sharp YUV is asked of a libwebp whose settings lie elsewhere.
        """
        if max(rgb.shape[:2]) > _LARGEST_SIDE:
            raise CodecError(f"WebP holds at most {_LARGEST_SIDE} pixels a side, not {max(rgb.shape[:2])}")
        preset = WebPPreset[options.preset.upper()]
        config = WebPConfig.new(preset, options.quality, method=options.method, passes=options.passes)
        for knob in _KNOBS:
            if (value := getattr(options, knob)) is not None:
                setattr(config.ptr, knob, int(value))
        config.ptr.filter_type = int(options.filter_type == "strong")
        if options.use_sharp_yuv:
            _use_sharp_yuv(config)
        return bytes(WebPPicture.from_numpy(np.ascontiguousarray(rgb)).encode(config).buffer())

    def quality_of(self, data: bytes) -> float | None:
        """See `Codec`: libwebp's quality with quantisers as coarse as this file's, from 0 to 1; None if lossless."""
        steps = self.carrier.quantisers(data)
        return None if steps is None else nearest_quality(steps) / 100

    def decode(self, data: bytes) -> RgbImage:
        """uint8 `[H, W, 3]` of a still WebP without alpha."""
        return decode_with_pillow(data, "WEBP")


def _use_sharp_yuv(config: WebPConfig) -> None:
    if (size := ffi.sizeof("WebPConfig")) != _CONFIG_SIZE:
        raise CodecError(f"use_sharp_yuv: this libwebp's configuration has {size} bytes, not {_CONFIG_SIZE}")
    ffi.cast("int *", config.ptr)[_SHARP_YUV // ffi.sizeof("int")] = 1
