"""Training of the extractor can be interrupted without a trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from jpadse_plugin_train.corpus import Sample, with_probabilities  # noqa: E402
from jpadse_plugin_train.extractor.composites import SIDE, composites  # noqa: E402
from jpadse_plugin_train.extractor.crops import Batch, Crops  # noqa: E402
from jpadse_plugin_train.extractor.train import ExtractorConfig, Run  # noqa: E402
from jpadse_plugin_train.teachers import PhotoTeacher  # noqa: E402


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    made = []
    for number, street in enumerate((True, True, False)):
        textures = np.kron(random.integers(0, 24, (3, 4)), np.ones((32, 32))).astype(np.uint8)
        rgb = (textures[..., None] * 10 + random.integers(0, 15, (*textures.shape, 3))).astype(np.uint8)
        name = f"street/cityscapes256/{number}" if street else f"photos/{number}"
        made.append(Sample(name, rgb, textures, True, street))
    return made


def _config(run: Path) -> ExtractorConfig:
    return ExtractorConfig(data=run, run=run, steps=4, batch=2, side=64, imagenet=False, warmup=1, evaluate_every=2)


def test_a_resumed_run_gives_the_weights_of_an_uninterrupted_one(samples: list[Sample], tmp_path: Path) -> None:
    whole = Run(_config(tmp_path / "whole"), samples, samples[:1])
    whole.finish()
    Run(_config(tmp_path / "cut"), samples, samples[:1]).finish(until=3)
    resumed = Run(_config(tmp_path / "cut"), samples, samples[:1])
    resumed.finish(resume=True)
    for name, value in whole.average.items():
        assert torch.equal(value, resumed.average[name]), name
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    assert (tmp_path / "whole" / "curve.jsonl").read_text() == (tmp_path / "cut" / "curve.jsonl").read_text()


def test_frozen_stages_stay_as_they_are(samples: list[Sample], tmp_path: Path) -> None:
    run = Run(_config(tmp_path).model_copy(update={"frozen_stages": 2}), samples, samples[:1])
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    run.finish()
    stayed = {name for name, value in run.network.state_dict().items() if torch.equal(value, before[name])}
    parts = ("backbone.stem.", "backbone.stages.0.", "backbone.stages.1.")
    frozen = {name for name in before if name.startswith(parts)}
    learnt = {name for name in before.keys() - frozen if name.endswith("conv.weight")}
    assert frozen <= stayed
    assert not learnt & stayed


def test_a_batch_depends_on_seed_and_number_alone(samples: list[Sample]) -> None:
    crops = Crops(samples, seed=7, batch=3, side=64, photo_share=0.5)
    read_ahead = list(crops.ahead(2, 5))[1]
    again = Crops(samples, seed=7, batch=3, side=64, photo_share=0.5).batch(3)
    other = Crops(samples, seed=8, batch=3, side=64, photo_share=0.5).batch(3)
    assert np.array_equal(read_ahead.pictures, again.pictures)
    assert np.array_equal(read_ahead.textures, again.textures)
    assert not np.array_equal(other.pictures.sum(), again.pictures.sum())


def test_composites_are_labelled_once_as_they_are(samples: list[Sample], tmp_path: Path) -> None:
    asked = []

    def label(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        asked.append(rgb)
        return rgb[..., 0] // 32

    made = composites(samples, label, tmp_path, 6)
    again = composites(samples, label, tmp_path, 8)
    assert len(asked) == 8
    for one, other in zip(made, again, strict=False):
        assert one.rgb.shape == (SIDE, SIDE, 3)
        assert not one.street
        assert np.array_equal(one.rgb, other.rgb)
        assert np.array_equal(one.textures, one.rgb[..., 0] // 32)
        assert np.array_equal(one.textures, other.textures)
    assert not any(np.array_equal(made[0].rgb, other.rgb) for other in made[1:])
    assert not list(tmp_path.glob("*.partial"))


def test_labels_stay_on_their_pixels(samples: list[Sample]) -> None:
    flat = []
    for sample in samples:
        textures = np.tile(sample.textures, (4, 4))
        flat.append(Sample("photos/flat", np.repeat(textures[..., None] * np.uint8(10), 3, 2), textures, True, False))
    crops = Crops(flat, seed=0, batch=8, side=128, photo_share=1.0)
    agreements = []
    for number in range(4):
        batch = crops.batch(number)
        for picture, textures in zip(batch.pictures, batch.textures, strict=True):
            # Within a crop the recolouring is monotonic, so brightness must rank as the textures do.
            grey = picture[2::4, 2::4].mean(-1)[textures < 24]
            agreements.append(np.corrcoef(grey, textures[textures < 24])[0, 1])
    assert np.nanmedian(agreements) > 0.95


def test_rare_textures_weigh_more_in_street_scenes_but_not_in_photos(samples: list[Sample], tmp_path: Path) -> None:
    textures = np.zeros((64, 64), np.uint8)
    textures[:8, :8] = 5
    even = Sample("street/cityscapes256/0", samples[0].rgb[:64, :64], textures, True, True)
    run = Run(_config(tmp_path), [even], [])

    def loss(street: bool, guessed: int) -> float:
        logits = torch.zeros(1, 24, 16, 16)
        logits[:, guessed] = 9
        seen = textures[None, ::4, ::4]
        batch = Batch(even.rgb[None], seen, 255 * np.eye(24, dtype=np.uint8)[seen], np.array([street]))
        return float(run.loss(logits, batch))

    wrong_where_rare, wrong_where_common = loss(False, 0), loss(False, 5)
    assert wrong_where_rare / wrong_where_common == pytest.approx(4 / 252, rel=0.1)
    assert loss(True, 0) > 2 * wrong_where_rare


def test_photos_are_learnt_as_surely_as_their_teacher_is(samples: list[Sample], tmp_path: Path) -> None:
    run = Run(_config(tmp_path), samples, [])
    textures, likely = np.full((1, 16, 16), 3, np.uint8), np.zeros((1, 16, 16, 24), np.uint8)
    likely[..., 3], likely[..., 7] = 153, 102
    batch = Batch(np.zeros((1, 64, 64, 3), np.uint8), textures, likely, np.array([False]))

    def loss(share: float) -> float:
        answer = torch.full((1, 24, 16, 16), -20.0)
        answer[:, 3], answer[:, 7] = np.log(share), np.log(1 - share)
        return float(run.loss(answer, batch))

    assert loss(0.6) < min(loss(0.5), loss(0.7), loss(0.99))
    assert loss(0.6) == pytest.approx(-0.6 * np.log(0.6) - 0.4 * np.log(0.4), abs=1e-3)


def test_probabilities_stay_on_their_pixels(samples: list[Sample]) -> None:
    sure = 255 * np.eye(24, dtype=np.uint8)
    photos = [replace(sample, street=False, likely=sure[sample.textures[::2, ::2]]) for sample in samples]
    crops = Crops(photos, seed=0, batch=8, side=128, photo_share=1.0)
    for number in range(4):
        batch = crops.batch(number)
        known = batch.textures < 24
        assert (batch.likely.argmax(-1) == batch.textures)[known].mean() > 0.95
        assert not batch.likely[~known].any()


def test_what_the_teacher_said_is_kept(samples: list[Sample], tmp_path: Path) -> None:
    asked = []

    class Sure(PhotoTeacher):
        def __init__(self) -> None:
            pass

        def probabilities(self, rgb: npt.NDArray[np.uint8], textures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
            asked.append(rgb)
            return 255 * np.eye(24, dtype=np.uint8)[textures]

    once = with_probabilities(samples[2], Sure(), tmp_path)
    again = with_probabilities(samples[2], Sure(), tmp_path)
    assert len(asked) == 1
    assert once.likely is not None and again.likely is not None
    assert np.array_equal(once.likely, again.likely)
    assert np.array_equal(once.likely.argmax(-1), samples[2].textures)
    assert not list(tmp_path.glob("*.partial"))
