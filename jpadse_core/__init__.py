"""JPADSE turns any image codec into a semantically enhanced one.

    from jpadse_core import build_pipeline, decode, read_info

    pipeline = build_pipeline(codec="jpeg", semantics="deeplab")
    data = pipeline.encode("photo.png", quality=10)  # bytes of a legal JPEG file
    picture = decode(data)                           # numpy.uint8[H, W, 3], enhanced

Everything in `jpadse_core.api` is here too, imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jpadse_core.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name.startswith("_") and name != "__all__":
        raise AttributeError(f"module 'jpadse_core' has no attribute '{name}'")
    try:
        api = import_module("jpadse_core.api")
        return getattr(api, name)
    except AttributeError:
        raise AttributeError(f"module 'jpadse_core' has no attribute '{name}'") from None


def __dir__() -> list[str]:
    return ["__version__", *import_module("jpadse_core.api").__all__]
