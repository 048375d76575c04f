"""Distortion beside the core's PSNR and MS-SSIM: luma PSNR, SSIM, and PSNR-B for blocking."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jpadse_core import RgbImage
from jpadse_core.distortion import require_same_shape
from jpadse_plugin_evaluate.measures import Case, Figure

_LUMA = np.array([0.299, 0.587, 0.114])
_SIGMA, _RADIUS = 1.5, 5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Plane = npt.NDArray[np.float64]


def luma(rgb: RgbImage) -> Plane:
    """Luma of ITU-R BT.601 at full range as in JFIF, float64 `[H, W]`, 0 to 255, not rounded."""
    return np.asarray(rgb @ _LUMA)


def _decibels(error: float) -> float:
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def psnr_y(reference: RgbImage, distorted: RgbImage) -> float:
    """PSNR of luma, dB; `inf` for identical luma. Shapes as `jpadse_core.distortion.psnr`."""
    require_same_shape(reference, distorted)
    return _decibels(float(np.square(luma(reference) - luma(distorted)).mean()))


def ssim(reference: RgbImage, distorted: RgbImage) -> float:
    """Structural similarity of luma, -1 to 1; `nan` where a side is below 11 pixels.

    Source: Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 13(4), 2004: Gaussian window of 11 with sigma 1.5, averaged
    over the positions where the window fits, as the authors' code does, without its down-sampling.
    """
    from scipy.ndimage import gaussian_filter

    require_same_shape(reference, distorted)
    if min(reference.shape[:2]) < 2 * _RADIUS + 1:
        return math.nan

    def blurred(plane: Plane) -> Plane:
        return np.asarray(gaussian_filter(plane, _SIGMA, radius=_RADIUS)[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS])

    first, second = luma(reference), luma(distorted)
    mean_1, mean_2 = blurred(first), blurred(second)
    variance_1 = blurred(first * first) - mean_1**2
    variance_2 = blurred(second * second) - mean_2**2
    covariance = blurred(first * second) - mean_1 * mean_2
    likeness = (2 * mean_1 * mean_2 + _C1) * (2 * covariance + _C2)
    return float((likeness / ((mean_1**2 + mean_2**2 + _C1) * (variance_1 + variance_2 + _C2))).mean())


def psnr_b(reference: RgbImage, distorted: RgbImage, block: int = 8) -> float:
    """PSNR of luma less a penalty for blocking on a grid of `block` pixels from the top left, dB.

    The penalty is the blocking effect factor: how much larger the squared steps across block boundaries are than
    elsewhere in the distorted picture, weighted by `log2(block) / log2(shorter side)`.

    Source: Yim and Bovik, "Quality assessment of deblocked images", IEEE TIP 20(1), 2011.
    """
    require_same_shape(reference, distorted)
    first, second = luma(reference), luma(distorted)
    error = float(np.square(first - second).mean())
    return _decibels(error + _blocking(second, block))


def _blocking(plane: Plane, block: int) -> float:
    across: list[Plane] = []
    elsewhere: list[Plane] = []
    for steps in (np.square(np.diff(plane, axis=1)), np.square(np.diff(plane, axis=0)).T):
        at_boundary = np.arange(1, steps.shape[1] + 1) % block == 0
        across.append(steps[:, at_boundary].ravel())
        elsewhere.append(steps[:, ~at_boundary].ravel())
    boundary, inner = np.concatenate(across), np.concatenate(elsewhere)
    if not boundary.size or not inner.size:
        return 0.0
    excess = float(boundary.mean() - inner.mean())
    return max(excess, 0.0) * math.log2(block) / math.log2(min(plane.shape))


class Fidelity:
    """The three figures of this module."""

    packages: tuple[str, ...] = ("scipy",)
    identity = "fidelity 1"
    figures = (
        Figure("psnr-y", "dB", True, "distortion"),
        Figure("ssim", "", True, "distortion", digits=4),
        Figure("psnr-b", "dB", True, "distortion"),
    )

    def measure(self, case: Case) -> dict[str, float]:
        """See `Measure.measure`."""
        pair = (case.original, case.decoded)
        return {"psnr-y": psnr_y(*pair), "ssim": ssim(*pair), "psnr-b": psnr_b(*pair)}
