"""How much of an enhancer's texture a picture has room for: where the local contrast is nearest to the original's.

Squared error cannot tell, since any texture that is not the original's costs some. What an eye compares first is how
strong texture is and where: the contrast in small windows, on a logarithmic scale (docs/decisions/0032).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.bitstream.perception_guide import TILE_LOG2, WHOLE, cheapest, write_perception_guide
from jpadse_core.interfaces.picture import RgbImage

_SIDE = 1 << TILE_LOG2
_REACH = 2
"""Windows have 5 by 5 pixels."""
_STEP = 2
"""Every second pixel of every second row is a window's centre."""
_UNSEEN = 2.0
"""Contrasts well below this, in 255ths of full range, are all alike to the eye."""
_WORTH = 3
"""A share of the file's bytes must take this many times as large a share of the error away. About one would do for who
decodes for perception; the others pay for nothing."""
_FRAMING = 7
"""Bytes of the section beside its body."""

_Plane = npt.NDArray[np.float32]


def choose_perception_guide(original: RgbImage, calm: RgbImage, textured: RgbImage, size: int) -> bytes | None:
    """The perception guide's bytes, with the share of texture of every tile that brings its local contrast nearest to
    the original's; None where that does not pay for them.

    Args:
        original, calm, textured: uint8 `[H, W, 3]`; the latter two are the enhancer's pictures without and with
            perception's whole share.
        size: bytes of the coded picture.
    """
    rows, columns = (-(-length // _SIDE) for length in original.shape[:2])
    errors = np.empty((WHOLE + 1, rows, columns), np.float64)
    for row in range(rows):
        strip = slice(max(row * _SIDE - _REACH, 0), (row + 1) * _SIDE + _REACH)
        missing = max((row + 1) * _SIDE + _REACH - len(original), 0)
        edges = _REACH - (row * _SIDE - strip.start), min(missing, _REACH)
        aim, none, whole = (_lightness(picture[strip], *edges) for picture in (original, calm, textured))
        wanted = _log_contrast(aim)
        for level, shown in enumerate((none, none + whole + 1 >> 1, whole)):
            errors[level, row] = _tile_means(np.abs(_log_contrast(shown) - wanted), columns)
    price = _WORTH * errors[WHOLE].sum() / (8 * size)
    guide = cheapest(errors, price)
    saved = (errors[WHOLE] - np.take_along_axis(errors, guide.levels[None].astype(np.intp), axis=0)[0]).sum()
    body = write_perception_guide(guide)
    return body if saved > price * 8 * (_FRAMING + len(body)) else None


def _lightness(rgb: RgbImage, top: int, bottom: int) -> npt.NDArray[np.int32]:
    """Lightness, 0 to 255, with its edge repeated as far as windows reach: int32 `[rows, columns]`."""
    red, green, blue = (rgb[..., channel].astype(np.int32) for channel in range(3))
    return np.pad(77 * red + 150 * green + 29 * blue >> 8, ((top, bottom), (_REACH, _REACH)), mode="edge")


def _log_contrast(lightness: npt.NDArray[np.int32]) -> _Plane:
    """Logarithm of the standard deviation in every window."""
    count = (2 * _REACH + 1) ** 2
    spread = count * _window_sums(lightness * lightness) - _window_sums(lightness) ** 2
    found: _Plane = np.log(np.sqrt(spread.astype(np.float32)) / count + _UNSEEN)
    return found


def _window_sums(plane: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    size = 2 * _REACH + 1
    height, width = (length - size + 1 for length in plane.shape)
    down = np.add.reduce([plane[offset : offset + height : _STEP] for offset in range(size)], dtype=np.int32)
    across = [down[:, offset : offset + width : _STEP] for offset in range(size)]
    sums: npt.NDArray[np.int32] = np.add.reduce(across, dtype=np.int32)
    return sums


def _tile_means(plane: _Plane, columns: int) -> npt.NDArray[np.float64]:
    """Mean over the tiles of a row of tiles."""
    starts = np.arange(columns) * (_SIDE // _STEP)
    sums = np.add.reduceat(plane.sum(axis=0, dtype=np.float64), starts)
    found: npt.NDArray[np.float64] = sums / (np.diff(starts, append=plane.shape[1]) * plane.shape[0])
    return found
