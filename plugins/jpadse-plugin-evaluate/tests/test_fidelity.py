"""Distortion measures against independent implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jpadse_core import ImageError, RgbImage
from jpadse_core.plugins.loading import load
from jpadse_plugin_evaluate.measures.fidelity import luma, psnr_b, psnr_y, ssim


def test_luma_psnr_is_that_of_scikit_image(astronaut: RgbImage, coded: RgbImage) -> None:
    from skimage.metrics import peak_signal_noise_ratio

    expected = peak_signal_noise_ratio(luma(astronaut), luma(coded), data_range=255)
    assert psnr_y(astronaut, coded) == pytest.approx(expected, abs=1e-9)


def test_luma_is_that_of_jfif(astronaut: RgbImage) -> None:
    from PIL import Image

    by_pillow = np.asarray(Image.fromarray(astronaut).convert("YCbCr"))[..., 0]
    assert np.abs(luma(astronaut) - by_pillow).max() < 1.01  # Pillow rounds down, in fixed point


def test_ssim_is_that_of_scikit_image_with_the_papers_settings(astronaut: RgbImage, coded: RgbImage) -> None:
    from skimage.metrics import structural_similarity

    expected = structural_similarity(
        luma(astronaut), luma(coded), data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(astronaut, coded) == pytest.approx(expected, abs=1e-9)


def test_ms_ssim_is_that_of_pytorch_msssim(astronaut: RgbImage, coded: RgbImage) -> None:
    torch = pytest.importorskip("torch")
    from pytorch_msssim import ms_ssim

    first, second = (torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() for rgb in (astronaut, coded))
    expected = float(ms_ssim(first, second, data_range=255))
    assert load("metric", "ms-ssim").measure(astronaut, coded) == pytest.approx(expected, abs=5e-4)


def test_psnr_is_that_of_scikit_image(astronaut: RgbImage, coded: RgbImage) -> None:
    from skimage.metrics import peak_signal_noise_ratio

    psnr = peak_signal_noise_ratio(astronaut, coded, data_range=255)
    assert load("metric", "psnr").measure(astronaut, coded) == pytest.approx(psnr, abs=1e-9)


def by_the_papers_sums(reference: RgbImage, distorted: RgbImage, block: int = 8) -> float:
    """PSNR-B pair by pair, as the paper's equations 6 to 15 have it."""
    first, second = luma(reference), luma(distorted)
    height, width = second.shape
    boundary, inner = [], []
    for row in range(height):
        for column in range(width):
            if column + 1 < width:
                where = boundary if (column + 1) % block == 0 else inner
                where.append((second[row, column] - second[row, column + 1]) ** 2)
            if row + 1 < height:
                where = boundary if (row + 1) % block == 0 else inner
                where.append((second[row, column] - second[row + 1, column]) ** 2)
    across, elsewhere = sum(boundary) / len(boundary), sum(inner) / len(inner)
    weight = math.log2(block) / math.log2(min(height, width)) if across > elsewhere else 0
    error = float(np.mean((first - second) ** 2)) + weight * (across - elsewhere)
    return 10 * math.log10(255**2 / error)


def test_psnr_b_is_the_papers(astronaut: RgbImage, coded: RgbImage) -> None:
    pair = astronaut[:72, :56], coded[:72, :56]
    assert psnr_b(*pair) == pytest.approx(by_the_papers_sums(*pair), abs=1e-9)


def test_psnr_b_is_near_that_of_torchmetrics(astronaut: RgbImage, coded: RgbImage) -> None:
    """Not equal to it: there a row is divided by one block boundary more than it has."""
    torch = pytest.importorskip("torch")
    images = pytest.importorskip("torchmetrics.functional.image")
    first, second = (torch.from_numpy(luma(rgb))[None, None] for rgb in (astronaut, coded))
    expected = float(images.peak_signal_noise_ratio_with_blocked_effect(second, first, data_range=255.0))
    assert psnr_b(astronaut, coded) == pytest.approx(expected, abs=0.3)
    assert psnr_b(astronaut, coded) < psnr_y(astronaut, coded) - 2


def test_psnr_b_sees_blocking_that_psnr_does_not(astronaut: RgbImage, coded: RgbImage) -> None:
    assert psnr_b(astronaut, coded) < psnr_y(astronaut, coded) - 0.5
    assert psnr_b(astronaut, np.roll(astronaut, 1, axis=0)) == pytest.approx(
        psnr_y(astronaut, np.roll(astronaut, 1, axis=0)), abs=0.1
    )


def test_identical_pictures_are_perfect_and_other_shapes_are_refused(astronaut: RgbImage) -> None:
    assert psnr_y(astronaut, astronaut) == math.inf
    assert ssim(astronaut, astronaut) == 1
    assert math.isnan(ssim(astronaut[:10], astronaut[:10]))
    for measure in (psnr_y, ssim, psnr_b):
        with pytest.raises(ImageError):
            measure(astronaut, astronaut[1:])
