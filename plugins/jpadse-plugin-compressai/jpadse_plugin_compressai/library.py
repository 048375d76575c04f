"""What is used of CompressAI, imported without the warnings of its own dependencies."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from compressai.ans import BufferedRansEncoder, RansDecoder
    from compressai.zoo.image import model_architectures, model_urls
    from compressai.zoo.pretrained import load_pretrained

__all__ = ["BufferedRansEncoder", "RansDecoder", "load_pretrained", "model_architectures", "model_urls"]
