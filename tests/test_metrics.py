"""The metrics against values that were not made by them."""

from __future__ import annotations

import io
import math
import sys

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from jpadse_core import ImageError, Metric, PluginUnavailable, RgbImage
from jpadse_core.builtin import ms_ssim as module
from jpadse_core.builtin.jpeg import JpegCodec, JpegOptions
from jpadse_core.builtin.ms_ssim import MsSsim, ms_ssim
from jpadse_core.builtin.psnr import Psnr
from jpadse_core.builtin.ssimulacra2 import Ssimulacra2
from jpadse_core.distortion import psnr
from jpadse_core.plugins.loading import load


@pytest.fixture(scope="module")
def coded(rocket: RgbImage) -> RgbImage:
    codec = JpegCodec()
    return codec.decode(codec.encode(rocket, JpegOptions(quality=8)))


def test_psnr_of_one_sample_off_by_ten_in_twelve() -> None:
    reference = np.zeros((2, 2, 3), np.uint8)
    distorted = reference.copy()
    distorted[0, 1, 2] = 10
    assert psnr(reference, distorted) == pytest.approx(10 * math.log10(255**2 / (100 / 12)))


def test_psnr_agrees_with_scikit_image(rocket: RgbImage, coded: RgbImage) -> None:
    assert psnr(rocket, coded) == pytest.approx(peak_signal_noise_ratio(rocket, coded))


def test_psnr_of_black_against_white_is_0_and_of_equals_infinite() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert psnr(black, 255 - black) == 0
    assert psnr(black, black) == math.inf


def slow_ms_ssim(reference: RgbImage, distorted: RgbImage) -> float:
    """Wang, Simoncelli and Bovik (2003) word by word, in float64, window by scipy's Gaussian cut at 11 samples."""
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for channel in range(3):
        x, y = (picture[..., channel].astype(np.float64) for picture in (reference, distorted))
        value = 1.0
        for scale, weight in enumerate(weights):

            def mean(plane: np.ndarray) -> np.ndarray:
                return gaussian_filter(plane, 1.5, radius=5)[5:-5, 5:-5]

            mx, my = mean(x), mean(y)
            vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
            structure = (2 * cov + c2) / (vx + vy + c2)
            luminance = (2 * mx * my + c1) / (mx * mx + my * my + c1)
            term = structure if scale < 4 else structure * luminance
            value *= max(term.mean(), 0) ** weight
            x, y = (plane[: len(plane) // 2 * 2, : plane.shape[1] // 2 * 2] for plane in (x, y))
            x, y = ((p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2]) / 4 for p in (x, y))
        values.append(value)
    return float(np.mean(values))


def test_ms_ssim_agrees_with_a_slow_reading_of_the_paper(rocket: RgbImage, coded: RgbImage) -> None:
    even = rocket[:192, :176], coded[:192, :176]
    assert ms_ssim(*even) == pytest.approx(slow_ms_ssim(*even), abs=2e-5)


def test_one_scale_of_ms_ssim_is_scikit_images_ssim(
    rocket: RgbImage, coded: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WEIGHTS", (1.0,))
    independent = structural_similarity(
        rocket, coded, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ms_ssim(rocket, coded) == pytest.approx(independent, abs=1e-4)


def test_ms_ssim_of_equals_is_1_and_falls_with_quality(rocket: RgbImage, coded: RgbImage) -> None:
    assert ms_ssim(rocket, rocket) == pytest.approx(1)
    assert 0 <= ms_ssim(rocket, 255 - rocket) < ms_ssim(rocket, coded) < 1


def test_ms_ssim_is_not_defined_below_161_pixels_a_side() -> None:
    picture = np.zeros((161, 161, 3), np.uint8)
    assert ms_ssim(picture, picture) == 1
    assert math.isnan(ms_ssim(picture[:160], picture[:160]))


def test_ssimulacra2_of_equals_is_100_and_falls_with_quality(rocket: RgbImage, coded: RgbImage) -> None:
    metric = Ssimulacra2()
    assert metric.measure(rocket, rocket) == pytest.approx(100)
    assert metric.measure(rocket, coded) < 60
    assert math.isnan(metric.measure(rocket[:7], rocket[:7]))


@pytest.mark.parametrize(("height", "width"), [(427, 640), (201, 333), (40, 9)])
def test_ssimulacra2_is_that_of_its_package(rocket: RgbImage, coded: RgbImage, height: int, width: int) -> None:
    from ssimulacra2 import compute_ssimulacra2

    metric, other = Ssimulacra2(), rocket[::-1]
    metric.measure(other, other)  # what is kept of one reference does not serve another
    for distorted in (coded, np.roll(rocket, 1, axis=1)):
        files = [io.BytesIO(), io.BytesIO()]
        for file, rgb in zip(files, (rocket, distorted), strict=True):
            Image.fromarray(np.ascontiguousarray(rgb[:height, :width])).save(file, "PPM")
        found = metric.measure(rocket[:height, :width], distorted[:height, :width])
        assert found == pytest.approx(compute_ssimulacra2(*files), abs=1e-4)


@pytest.mark.parametrize("metric", [Psnr(), MsSsim(), Ssimulacra2()], ids=lambda metric: metric.name)
def test_pictures_of_two_shapes_cannot_be_compared(metric: Metric, rocket: RgbImage) -> None:
    with pytest.raises(ImageError, match="cannot be compared"):
        metric.measure(rocket, rocket[:-8])


@pytest.mark.parametrize("name", ["ms-ssim", "ssimulacra2"])
def test_a_metric_without_scipy_is_unavailable_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    monkeypatch.delitem(sys.modules, f"jpadse_core.builtin.{name.replace('-', '_')}")
    with pytest.raises(PluginUnavailable, match=r"pip install 'jpadse\[measure\]'"):
        load("metric", name)
