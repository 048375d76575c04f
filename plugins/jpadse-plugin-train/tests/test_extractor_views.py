"""Views of a picture at several sizes, mirrored or not, and their average."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from jpadse_plugin_train.corpus import Sample
from jpadse_plugin_train.extractor.infer import averaged, internal_size, texture_map, view
from jpadse_plugin_train.extractor.views import SETTINGS, maps, summary


def by_colour(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Logits of 24 textures from the mean red of every four by four pixels."""
    batch, height, width, _ = pictures.shape
    red = pictures[..., 0].reshape(batch, height // 4, 4, width // 4, 4).mean((2, 4))
    return (-np.abs(red[:, None] - 10 * np.arange(24)[:, None, None])).astype(np.float32)


@pytest.fixture
def sample() -> Sample:
    random = np.random.default_rng(0)
    textures = np.kron(random.integers(0, 24, (4, 6)), np.ones((64, 64))).astype(np.uint8)
    return Sample("photos/cid22/a", np.repeat(textures[..., None] * np.uint8(10), 3, 2), textures, True, False)


def test_a_mirrored_view_lies_on_the_plain_one(sample: Sample) -> None:
    size = internal_size(*sample.textures.shape)
    mirrored = view(by_colour, sample.rgb, size, mirrored=True)
    np.testing.assert_allclose(mirrored, view(by_colour, sample.rgb, size), atol=1e-4)


def test_views_of_any_size_are_averaged_at_that_of_the_first(sample: Sample) -> None:
    plain, fine = (view(by_colour, sample.rgb, internal_size(*sample.textures.shape, times=times)) for times in (1, 2))
    assert averaged([plain, fine]).shape == plain.shape
    np.testing.assert_allclose(averaged([plain, plain + 2]), plain + 1, atol=1e-4)


def test_the_first_setting_is_the_default_and_all_see_the_same_picture(sample: Sample) -> None:
    found = list(maps(sample, by_colour))
    assert len(found) == len(SETTINGS)
    assert np.array_equal(found[0], texture_map(by_colour, sample.rgb))
    assert all((textures == sample.textures).mean() > 0.8 for textures in found)


def test_a_setting_that_is_always_right_gains_on_one_that_never_is() -> None:
    wrong, right = np.zeros((2, 24, 24), np.int64)
    wrong[1, 2], right[1, 1] = 9, 9
    counts = np.array([[wrong, right]] * 5)
    assert summary(counts, 1) == {"miou": [1.0, 1.0, 1.0], "accuracy": [1.0, 1.0, 1.0]}
    assert summary(counts, 0)["miou"] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("size", "seen"),
    [((512, 1024), (384, 768)), ((512, 768), (384, 576)), ((512, 4096), (128, 1024)), ((90, 120), (192, 256))],
)
def test_the_internal_scale_goes_by_the_shorter_side(size: tuple[int, int], seen: tuple[int, int]) -> None:
    assert internal_size(*size) == seen


def test_the_shipped_extractor_sees_a_picture_as_it_is_measured() -> None:
    from importlib.resources import as_file, files

    from jpadse_core.builtin.deeplab import DeepLab
    from jpadse_plugin_train.extractor.measure import onnx_logits

    picture = np.random.default_rng(0).integers(0, 256, (4, 8, 3), np.uint8).repeat(40, 0).repeat(40, 1)
    with as_file(files("jpadse_core.builtin.weights") / "deeplab.onnx") as weights:
        measured = texture_map(onnx_logits(weights), picture)
    assert (DeepLab().extract(picture).labels == measured).mean() > 0.95
