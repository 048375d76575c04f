"""The held-out curve: PSNR gain of the averaged weights over the decoded picture, with and without a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_plugin_train.compression import CodecUse, compress
from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.enhancer.model import NO_MAP, EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import quarter, to_tensor
from jpadse_plugin_train.precision import mixed_precision

_POINTS: dict[str, tuple[dict[str, Any], ...]] = {
    "jpeg": tuple({"quality": quality} for quality in (5, 10, 20, 40, 80)),
    "webp": ({"quality": 20},),
    "jpeg2000": ({"rate": 0.3},),
    "jpegxl": ({"distance": 8},),
    "avif": ({"quality": 25},),
    "heif": ({"quality": 25},),
}


def psnr_gains(network: EnhancerNetwork, samples: Sequence[Sample], codecs: Sequence[CodecUse]) -> dict[str, float]:
    """Mean gain in dB of `x_D`, keyed `photo/jpeg-10`, `street/jpeg-10+map` and so on; codecs without points: none."""
    device = next(network.parameters()).device
    gains: dict[str, list[float]] = {}
    for sample in samples:
        height, width = (side // 16 * 16 for side in sample.rgb.shape[:2])
        rgb = np.ascontiguousarray(sample.rgb[:height, :width])
        ids = torch.from_numpy(quarter(sample.textures[:height, :width])).long()[None]
        for codec in sorted({use.codec for use in codecs} & _POINTS.keys()):
            for options in _POINTS[codec]:
                result = compress(rgb, codec, options)
                told = result.hints
                hints = torch.from_numpy(hint_vector(codec, told.bits_per_pixel, told.quality))[None]
                before = np.square(result.rgb.astype(np.float32) - rgb).mean()
                for suffix, textures in (("", torch.full_like(ids, NO_MAP)), ("+map", ids)):
                    told = (value.to(device) for value in (to_tensor([result.rgb]), textures, hints))
                    with torch.inference_mode(), mixed_precision(device):
                        output = network(*told)[0]
                    picture = output.float().cpu().add(0.5).mul(255).round().clamp(0, 255)[0].permute(1, 2, 0).numpy()
                    after = np.square(picture - rgb).mean()
                    kind = "street" if sample.street else "photo"
                    key = f"{kind}/{codec}-{next(iter(options.values()))}{suffix}"
                    gains.setdefault(key, []).append(float(10 * np.log10(before / after)))
    return {key: round(float(np.mean(values)), 4) for key, values in sorted(gains.items())}
