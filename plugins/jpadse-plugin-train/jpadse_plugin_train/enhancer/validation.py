"""The held-out curve: PSNR gain of the averaged weights over the decoded picture, with and without a map."""

from __future__ import annotations

import numpy as np
import torch

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_plugin_train.compression import compress, jpeg
from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.enhancer.model import NO_MAP, EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import quarter, to_tensor
from jpadse_plugin_train.precision import mixed_precision

_QUALITIES = (5, 10, 20, 40, 80)


def psnr_gains(network: EnhancerNetwork, samples: list[Sample]) -> dict[str, float]:
    """Mean gain in dB of `x_D`, keyed `photo/q10`, `street/q10+map` and so on."""
    gains: dict[str, list[float]] = {}
    for sample in samples:
        height, width = (side // 16 * 16 for side in sample.rgb.shape[:2])
        rgb = sample.rgb[:height, :width]
        ids = torch.from_numpy(quarter(sample.textures[:height, :width])).long()[None]
        for quality in _QUALITIES:
            result = compress(rgb, jpeg(quality))
            hints = torch.from_numpy(hint_vector("jpeg", result.bits_per_pixel, result.quality))[None]
            before = np.square(result.rgb.astype(np.float32) - rgb).mean()
            for suffix, textures in (("", torch.full_like(ids, NO_MAP)), ("+map", ids)):
                with torch.inference_mode(), mixed_precision():
                    output = network(to_tensor([result.rgb]), textures, hints)[0]
                picture = output.float().add(0.5).mul(255).round().clamp(0, 255)[0].permute(1, 2, 0).numpy()
                after = np.square(picture - rgb).mean()
                key = f"{'street' if sample.street else 'photo'}/q{quality}{suffix}"
                gains.setdefault(key, []).append(float(10 * np.log10(before / after)))
    return {key: round(float(np.mean(values)), 4) for key, values in sorted(gains.items())}
