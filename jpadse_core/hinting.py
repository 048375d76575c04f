"""What encoder and decoder alike can tell an enhancer about a file."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

import numpy as np

from jpadse_core.calling import failing_as
from jpadse_core.carrying import fenced_carrier_of
from jpadse_core.errors import CodecError
from jpadse_core.interfaces.codec import Codec, quality_scale_of
from jpadse_core.interfaces.enhancer import Hints


def hints_for(codec: Codec, payload: bytes, pixels: int, name: str, options: Mapping[str, Any]) -> Hints:
    """The hints for a payload: a function of the file alone, so that both sides agree.

    Args:
        codec: reads the payload.
        payload: the codec's own bytes, with or without metadata.
        pixels: of the picture.
        name: the codec that wrote it, where the file says so, or the one that reads it.
        options: those that the file records, or none.
    """
    carrier = fenced_carrier_of(codec)
    coded = payload if carrier is None else carrier.essence(payload)
    shown = MappingProxyType(deepcopy(dict(options)))  # the options themselves go into the file
    return Hints(name, len(coded) * 8 / pixels, _quality(codec, payload, options), shown)


def _quality(codec: Codec, payload: bytes, options: Mapping[str, Any]) -> float | None:
    read_off = getattr(codec, "quality_of", None)
    if callable(read_off):
        with failing_as(CodecError, f'codec "{codec.name}"'):
            found = read_off(payload)
        if found is None:
            return None
        if not isinstance(found, int | float | np.floating) or not 0 <= found <= 1:
            told = f'codec "{codec.name}": quality_of returned {found!r} where a number from 0 to 1, or None, was due'
            raise CodecError(told)
        return float(found)
    scale = quality_scale_of(codec)
    value = None if scale is None else options.get(scale.option)
    return scale.position(value) if scale is not None and isinstance(value, int | float) else None
