"""The built-in extractor's options."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from jpadse_core import SemanticsError, build_pipeline
from jpadse_core.builtin.deeplab import DeepLab, DeepLabOptions


def test_a_view_and_its_mirror_make_a_map_that_mirrors() -> None:
    picture = data.astronaut()
    both = DeepLab(DeepLabOptions(flip=True))
    mirrored = both.extract(np.ascontiguousarray(picture[:, ::-1])).labels[:, ::-1]
    assert (both.extract(picture).labels == mirrored).mean() > 0.98
    one = DeepLab()
    alone = one.extract(np.ascontiguousarray(picture[:, ::-1])).labels[:, ::-1]
    assert (one.extract(picture).labels == alone).mean() < (both.extract(picture).labels == mirrored).mean()


def test_several_scales_make_another_map_of_the_same_size() -> None:
    several = DeepLab(DeepLabOptions(scales=(1.0, 0.75, 1.5))).extract(data.astronaut()).labels
    single = DeepLab().extract(data.astronaut()).labels
    assert several.shape == single.shape
    assert 0.5 < (several == single).mean() < 1


def test_options_are_told_by_the_digest() -> None:
    assert DeepLab(DeepLabOptions()).digest == DeepLab().digest != DeepLab(DeepLabOptions(flip=True)).digest


def test_a_scale_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(SemanticsError, match="scales"):
        build_pipeline(semantics="deeplab", semantics_options={"scales": [99]})
