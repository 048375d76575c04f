"""ICC profiles that other programs will not find, and whether that changes what they show."""

from __future__ import annotations

import io
import warnings
from itertools import product

import numpy as np

from jpadse_core.errors import MetadataLost
from jpadse_core.interfaces.codec import Codec, carrier_of, held_by
from jpadse_core.interfaces.picture import Metadata

_LEVELS = (0, 32, 64, 96, 128, 160, 192, 224, 255)
_NEXT_TO_INVISIBLE = 3
"""Levels by which sRGB profiles of several makers differ."""


def tell_hidden_profile(codec: Codec, metadata: Metadata) -> None:
    """Of a file whose sidecar has the profile: warn where other programs will show other colours."""
    carrier = carrier_of(codec)
    if carrier is None or not metadata.icc or is_srgb(metadata.icc):
        return
    cause = "an RGB profile, as it stores grey" if "icc" in held_by(carrier) else "an ICC profile"
    warnings.warn(
        f"the colours are not sRGB, and other programs will take them for it: a {codec.name} file cannot be given "
        f"{cause}, and only JPADSE restores it: convert the picture to sRGB first, or choose another codec",
        MetadataLost,
        stacklevel=3,
    )


def is_srgb(icc: bytes) -> bool:
    """Whether a profile gives colours, or greys, as sRGB does, to within 3 levels; False if it cannot be read."""
    from PIL import Image, ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        grey = profile.profile.xcolor_space.strip() == "GRAY"
        given = np.array([list(product(_LEVELS, repeat=1 if grey else 3))], np.uint8)
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            "L" if grey else "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
        shown = np.asarray(ImageCms.applyTransform(Image.fromarray(given[..., 0] if grey else given), transform))
    except (ImageCms.PyCMSError, ImportError, OSError, ValueError):
        return False
    return bool(np.abs(shown.astype(int) - given).max() <= _NEXT_TO_INVISIBLE)
