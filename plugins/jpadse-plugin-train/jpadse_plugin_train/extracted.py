"""What an installed extractor makes of training pictures, kept on disk."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_plugin_train.corpus import Sample, kept_map

_QUALITY = 6


def extracted_textures(rgb: npt.NDArray[np.uint8], extractor: SemanticExtractor, cache: Path) -> npt.NDArray[np.uint8]:
    """Texture ids, uint8 `[H, W]`, of a picture by an extractor."""
    version = extractor.name + getattr(extractor, "digest", "")
    digest = hashlib.sha256(version.encode() + rgb.tobytes()).hexdigest()[:32]
    kept = cache / f"{digest}.png"
    return kept_map(kept, lambda: extractor.extract(rgb).textures())


def with_extracted(sample: Sample, extractor: SemanticExtractor, cache: Path, *, familiar: bool) -> Sample:
    """The sample with a map such as files carry.

    Args:
        sample: a picture of a data folder.
        extractor: makes the map, and its mistakes.
        cache: where maps are kept.
        familiar: whether the extractor was trained on this picture. On 30 such photos it agrees with the teachers on
            77 % of the pixels, on held-out ones on 62: so it looks at a JPEG of quality 6, which costs about as much.
    """
    height, width = sample.rgb.shape[:2]
    seen = Image.fromarray(sample.rgb).resize((width * sample.squashed, height))
    if familiar:
        coded = BytesIO()
        seen.save(coded, "JPEG", quality=_QUALITY)
        seen = Image.open(coded)
    found = extracted_textures(np.asarray(seen), extractor, cache)
    return replace(sample, extracted=np.ascontiguousarray(found[:, :: seen.width // width]))
