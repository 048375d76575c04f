"""What a large picture costs beside its own samples."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from jpadse_core import RgbImage
from jpadse_core.bitstream.guide import choose_guide
from jpadse_core.distortion import psnr


@pytest.fixture(scope="module")
def large(rocket: RgbImage) -> RgbImage:
    """2000 by 2400 pixels: 14 MB of samples."""
    return np.tile(rocket, (10, 10, 1))


def peak_of(job: Callable[[], object]) -> int:
    """Most bytes that a call holds at a time."""
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_psnr_and_the_choice_of_the_guide_cost_less_than_the_picture_again(large: RgbImage) -> None:
    distorted = large ^ 1
    assert peak_of(lambda: psnr(large, distorted)) < large.size / 2
    assert peak_of(lambda: choose_guide(large, distorted, large)) < large.size / 2
