"""The range coder's words as bytes, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.wavefront.network import Model

_WORD, _STATE = 4, 8


def join(coder: Any, model: Model) -> bytes:
    """The bytes of what a `constriction` range encoder holds, without zeros at their end.

    Args:
        coder: the encoder, when everything is coded.
        model: model 1 keeps the encoder's own last words, little-endian; since model 2 words are big-endian, and the
            last ones become the shortest number that decodes to the same symbols.
    """
    words = coder.get_compressed()
    if not model.learns:
        return bytes(words.astype("<u4").tobytes().rstrip(b"\0"))
    kept, (lowest, span) = coder.pos()
    point = int.from_bytes(words[kept : kept + 2].astype(">u4").tobytes().ljust(_STATE, b"\0"), "big")
    # Where the encoder's own number is below the interval, it wrapped around: a carry into the words that are kept.
    lowest, end = (0, lowest + span - (1 << 64)) if point < lowest else (lowest, min(lowest + span, 1 << 64))
    for length in range(_STATE + 1):
        step = 1 << 8 * (_STATE - length)
        number = -(-lowest // step) * step
        if number < end:
            break
    return bytes((words[:kept].astype(">u4").tobytes() + number.to_bytes(_STATE, "big")).rstrip(b"\0"))


def split(code: bytes, model: Model) -> npt.NDArray[np.uint32]:
    """Undo `join`, for a `constriction` range decoder."""
    order = ">u4" if model.learns else "<u4"
    return np.frombuffer(code + bytes(-len(code) % _WORD), order).astype(np.uint32)
