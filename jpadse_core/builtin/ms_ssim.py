"""The metric `ms-ssim`."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jpadse_core.distortion import require_same_shape
from jpadse_core.errors import PluginUnavailable
from jpadse_core.interfaces.picture import RgbImage

try:
    from scipy.ndimage import convolve1d
except ModuleNotFoundError as error:
    raise PluginUnavailable("needs scipy: pip install 'jpadse[measure]'") from error

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW = 11
_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
SMALLEST_SIDE = (_WINDOW - 1) * 2 ** (len(_WEIGHTS) - 1) + 1
"""Below this many pixels a side the measure is not defined."""

_Planes = npt.NDArray[np.float32]


def _kernel() -> npt.NDArray[np.float32]:
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    return np.asarray(weights / weights.sum(), np.float32)


def _blurred(planes: _Planes) -> _Planes:
    margin = _WINDOW // 2
    for axis in (0, 1):
        planes = convolve1d(planes, _kernel(), axis=axis, mode="nearest")
    return planes[margin:-margin, margin:-margin]


def _halved(planes: _Planes) -> _Planes:
    height, width = (side + side % 2 for side in planes.shape[:2])
    padded = np.pad(planes, ((0, height - planes.shape[0]), (0, width - planes.shape[1]), (0, 0)), mode="edge")
    halved: _Planes = padded.reshape(height // 2, 2, width // 2, 2, -1).mean(axis=(1, 3))
    return halved


def _terms(first: _Planes, second: _Planes) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Per channel, mean contrast-structure and mean SSIM."""
    mean_1, mean_2 = _blurred(first), _blurred(second)
    variance_1 = _blurred(first * first) - mean_1**2
    variance_2 = _blurred(second * second) - mean_2**2
    covariance = _blurred(first * second) - mean_1 * mean_2
    structure = (2 * covariance + _C2) / (variance_1 + variance_2 + _C2)
    luminance = (2 * mean_1 * mean_2 + _C1) / (mean_1**2 + mean_2**2 + _C1)
    return structure.mean(axis=(0, 1)), (luminance * structure).mean(axis=(0, 1))


def ms_ssim(reference: RgbImage, distorted: RgbImage) -> float:
    """Multi-scale structural similarity, over five scales, averaged over R, G and B.

    Args:
        reference, distorted: uint8 `[H, W, 3]`, same shape.

    Returns:
        0 to 1; `nan` where a side is below 161 pixels.

    Raises:
        ImageError: the shapes differ.

    Source: Wang, Simoncelli and Bovik, Asilomar 2003: weights, Gaussian window of 11 with sigma 1.5; 2 by 2 mean
    between scales.
    """
    require_same_shape(reference, distorted)
    if min(reference.shape[:2]) < SMALLEST_SIDE:
        return math.nan
    first, second = reference.astype(np.float32), distorted.astype(np.float32)
    product = np.ones(3)
    for scale, weight in enumerate(_WEIGHTS):
        structure, similarity = _terms(first, second)
        last = scale == len(_WEIGHTS) - 1
        product *= np.maximum(similarity if last else structure, 0) ** weight
        first, second = _halved(first), _halved(second)
    return float(product.mean())


class MsSsim:
    """See `ms_ssim`."""

    name = "ms-ssim"
    unit = ""
    higher_is_better = True

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """See `Metric.measure`."""
        return ms_ssim(reference, distorted)
