"""The metric `ssimulacra2`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jpadse_core.distortion import require_same_shape
from jpadse_core.errors import PluginUnavailable
from jpadse_core.interfaces.picture import RgbImage

try:
    from scipy.ndimage import correlate1d
except ModuleNotFoundError as error:
    raise PluginUnavailable("needs scipy: pip install 'jpadse[measure]'") from error

_Planes = npt.NDArray[np.float32]
_Maps = npt.NDArray[np.float64]
_SMALLEST_SIDE = 8
_SCALES = 6
_C2 = 0.0009
_SIGMA, _RADIUS = 1.5, 5
_BIAS = 0.0037930732552754493
_TO_CONES = np.array(
    [
        [0.30, 0.622, 0.078],
        [0.23, 0.692, 0.078],
        [0.24342268924547819, 0.20476744424496821, 0.5518098665095536],
    ],
    np.float32,
)
"""libjxl's opsin absorbance."""
_TO_XYB = np.array([[7, -7, 0], [0.5, 0.5, 0], [-0.5, -0.5, 1]], np.float32)
_XYB_AT_0 = np.array([0.42, 0.01, 0.55])
"""X, Y and B - Y, scaled and moved to be positive."""
# fmt: off
_WEIGHTS = np.array([
    0, 0.0007376606707406586, 0, 0, 0.0007793481682867309, 0, 0, 0.0004371155730107379, 0, 1.1041726426657346,
    0.00066284834129271, 0.00015231632783718752, 0, 0.0016406437456599754, 0, 1.8422455520539298, 11.441172603757666,
    0, 0.0007989109436015163, 0.000176816438078653, 0, 1.8787594979546387, 10.94906990605142, 0,
    0.0007289346991508072, 0.9677937080626833, 0, 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053,
    0.0004550992113792063, 0, 0, 0.0013648766163243398, 0, 0, 0, 0, 0, 7.466890328078848, 0, 17.445833984131262,
    0.0006235601634041466, 0, 0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264, 225.20515300849274, 0,
    0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985, 176.39317598450694, 0, 0, 24.43300999870476,
    0.28520802612117757, 0.0004485436923833408, 0, 0, 0, 34.77906344483772, 44.835625328877896, 0, 0, 0, 0, 0, 0, 0,
    0, 0.0008680556573291698, 0, 0, 0, 0, 0, 0.0005313191874358747, 0, 0.00016533814161379112, 0, 0, 0, 0, 0,
    0.0004179171803251336, 0.0017290828234722833, 0, 0.0020827005846636437, 0, 0, 8.826982764996862,
    23.19243343998926, 0, 95.1080498811086, 0.9863978034400682, 0.9834382792465353, 0.0012286405048278493,
    171.2667255897307, 0.9807858872435379, 0, 0, 0, 0.0005130064588990679, 0, 0.00010854057858411537,
])
# fmt: on
"""By channel, scale, norm (mean, and fourth root of the mean of fourth powers), and map."""


@dataclass(frozen=True, eq=False)
class _Scale:
    """A picture at one scale, `[3, H, W]` each: its planes, their local means, and those of their squares. Doubles, as
    variances are small differences of these."""

    planes: _Maps
    mean: _Maps
    square: _Maps


class Ssimulacra2:
    """SSIMULACRA 2.1 (Sneyers, 2023): 100 is identical, 90 visually lossless, 70 high, 50 medium and 30 low quality; it
    can be negative. What is derived of the reference is kept for the next picture that is compared with it.

    Source: the package `ssimulacra2`, which follows the author's code.
    """

    name = "ssimulacra2"
    unit = ""
    higher_is_better = True

    def __init__(self) -> None:
        self._reference: RgbImage = np.zeros((0, 0, 3), np.uint8)
        self._scales: tuple[_Scale, ...] = ()

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        """See `Metric.measure`; `nan` where a side is below 8 pixels."""
        require_same_shape(reference, distorted)
        if min(reference.shape[:2]) < _SMALLEST_SIDE:
            return math.nan
        if not np.array_equal(self._reference, reference):
            self._reference, self._scales = reference.copy(), tuple(_scales(reference))
        pairs = zip(self._scales, _scales(distorted), strict=True)
        norms = np.stack([_norms(first, second) for first, second in pairs])
        terms = norms.transpose(1, 0, 2, 3).ravel()
        return _score(float(_WEIGHTS[: terms.size] @ terms))


def _score(distance: float) -> float:
    distance *= 0.9562382616834844
    distance = 2.326765642916932 * distance - 0.020884521182843837 * distance**2 + 6.248496625763138e-05 * distance**3
    return 100 - 10 * float(max(distance, 0) ** 0.6276336467831387)


def _linear_samples() -> _Planes:
    samples = np.arange(256) / 255
    linear: npt.NDArray[np.float64] = np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def _scales(rgb: RgbImage) -> Iterator[_Scale]:
    linear = _linear_samples()[np.ascontiguousarray(rgb.transpose(2, 0, 1))]
    for _ in range(_SCALES):
        if min(linear.shape[1:]) < _SMALLEST_SIDE:
            return
        planes = _xyb(linear).astype(np.float64)
        yield _Scale(planes, _blurred(planes), _blurred(planes * planes))
        linear = _halved(linear)


def _xyb(linear: _Planes) -> _Planes:
    cones: _Planes = np.cbrt(_times(_TO_CONES, linear) + np.float32(_BIAS))
    at_0 = np.asarray(_XYB_AT_0 - _TO_XYB @ np.full(3, np.cbrt(_BIAS)), np.float32)
    return np.asarray(_times(_TO_XYB, cones) + at_0[:, None, None])


def _times(matrix: npt.NDArray[np.float32], planes: _Planes) -> _Planes:
    product: _Planes = (matrix @ planes.reshape(3, -1)).reshape(planes.shape)
    return product


def _halved(planes: _Planes) -> _Planes:
    height, width = (side + side % 2 for side in planes.shape[1:])
    padded = np.pad(planes, ((0, 0), (0, height - planes.shape[1]), (0, width - planes.shape[2])), mode="edge")
    rows = padded[:, ::2] + padded[:, 1::2]
    halved: _Planes = (rows[..., ::2] + rows[..., 1::2]) * np.float32(0.25)
    return halved


def _blurred(planes: _Maps) -> _Maps:
    """With nothing beyond the sides, as in the author's code, and mirrored at top and bottom."""
    weights = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
    kernel = weights / weights.sum()
    down = correlate1d(planes, kernel, axis=1, mode="reflect")
    return np.asarray(correlate1d(down, kernel, axis=2, mode="constant"))


def _norms(first: _Scale, second: _Scale) -> _Maps:
    """Both norms of three maps, `[channel, norm, map]`: lost structure, artefacts, lost detail."""
    both = _blurred(first.planes * second.planes)
    covariance = 2 * (both - first.mean * second.mean) + _C2
    variances = (first.square - first.mean**2) + (second.square - second.mean**2) + _C2
    structure = 1 - (1 - (first.mean - second.mean) ** 2) * covariance / variances
    edges = (1 + np.abs(second.planes - second.mean)) / (1 + np.abs(first.planes - first.mean)) - 1
    found = [np.stack(_two_norms(np.maximum(difference, 0))) for difference in (structure, edges, -edges)]
    return np.stack(found).transpose(2, 1, 0)


def _two_norms(difference: _Maps) -> tuple[_Maps, _Maps]:
    mean = difference.mean(axis=(1, 2))
    difference *= difference
    difference *= difference
    return mean, difference.mean(axis=(1, 2)) ** 0.25
