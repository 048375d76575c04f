"""The enhancer's training on a data folder of a few small pictures."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch")

from safetensors.torch import load_file, save_file  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from jpadse_core import build_pipeline  # noqa: E402
from jpadse_core.bitstream.perception_guide import read_perception_guide  # noqa: E402
from jpadse_core.builtin.conditioning import hint_vector  # noqa: E402
from jpadse_core.builtin.network_enhancer import NetworkEnhancer  # noqa: E402
from jpadse_core.interfaces.label_sets import TEXTURE  # noqa: E402
from jpadse_core.interfaces.labels import TEXTURES, SemanticMap  # noqa: E402
from jpadse_core.texture_choice import choose_perception_guide  # noqa: E402
from jpadse_plugin_train.commands import export as export_command  # noqa: E402
from jpadse_plugin_train.compression import CodecUse  # noqa: E402
from jpadse_plugin_train.corpus import Corpus  # noqa: E402
from jpadse_plugin_train.enhancer.config import EnhancerConfig  # noqa: E402
from jpadse_plugin_train.enhancer.export import export  # noqa: E402
from jpadse_plugin_train.enhancer.interpolate import interpolate  # noqa: E402
from jpadse_plugin_train.enhancer.losses import local_contrast, pooled_distance, relative_distance  # noqa: E402
from jpadse_plugin_train.enhancer.model import NO_MAP, EnhancerNetwork, Size  # noqa: E402
from jpadse_plugin_train.enhancer.objectives import DistortionObjective, objective_of  # noqa: E402
from jpadse_plugin_train.enhancer.pairs import Pairs, Recipe  # noqa: E402
from jpadse_plugin_train.enhancer.recognition import Recognition, classifier_weights  # noqa: E402
from jpadse_plugin_train.enhancer.state import load_weights, read_network, save_weights  # noqa: E402
from jpadse_plugin_train.enhancer.texture import told_shares  # noqa: E402
from jpadse_plugin_train.enhancer.train import train  # noqa: E402
from jpadse_plugin_train.extracted import with_extracted  # noqa: E402

SMALL = Size(channels=16, blocks=2)


def _picture(seed: int, side: int = 64) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (side // 8, side // 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    for name in ("cityscapes256/photos", "cityscapes256/labels", "camvid/train", "camvid/val"):
        (folder / "data" / "street" / name).mkdir(parents=True)
    for name in ("cid22", "gb82", "bsds500"):
        (folder / "data" / "photos" / name).mkdir(parents=True)
    maps = folder / "teacher-maps"
    maps.mkdir()
    for number in (9, 10, 2876):
        _picture(number).save(folder / f"data/street/cityscapes256/photos/{number:04}.jpg", quality=95)
        labels = Image.fromarray(np.full((64, 64), number % 19, np.uint8))
        labels.save(folder / f"data/street/cityscapes256/labels/{number:04}.png")
    for number in range(13):
        _picture(number).save(folder / f"data/photos/cid22/{number:02}.png")
        Image.fromarray(np.full((64, 64), number, np.uint8)).save(maps / f"photos_cid22_{number:02}.png.ade20k.png")
    return folder


def _config(data: Path, run: str, steps: int, **settings: Any) -> EnhancerConfig:
    jpeg = {"codec": "jpeg", "share": 1, "worst": 3, "best": 95}
    small = {
        "codecs": [jpeg],
        "steps": steps,
        "decay_steps": 1,
        "batch": 2,
        "crop": 32,
        "channels": SMALL.channels,
        "blocks": SMALL.blocks,
        "validate_every": 100,
        "workers": 0,
    }
    return EnhancerConfig.model_validate({"data": data / "data", "run": data / run, **small, **settings})


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _halves(data: Path, stage: str, workers: int) -> tuple[EnhancerNetwork, EnhancerNetwork]:
    settings: dict[str, Any] = {"stage": stage, "crop": 32 if stage == "distortion" else 64}
    whole = read_network(train(_config(data, f"whole-{stage}", 2, **settings)))
    train(_config(data, f"halved-{stage}", 1, **settings))
    halved = train(_config(data, f"halved-{stage}", 2, workers=workers, **settings), resume=True)
    return whole, read_network(halved)


@pytest.mark.parametrize(("stage", "workers"), [("distortion", 1), ("triangle", 0), ("corners", 0)])
def test_a_resumed_run_equals_an_uninterrupted_one(data: Path, stage: str, workers: int) -> None:
    if stage != "distortion":
        pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    whole, halved = _halves(data, stage, workers)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halved.state_dict()[name]), name


def test_wallpapers_are_learnt_from_where_they_are(data: Path, tmp_path: Path) -> None:
    folder, cache = tmp_path / "data", tmp_path / "teacher-maps"
    shutil.copytree(data / "data", folder)
    shutil.copytree(data / "teacher-maps", cache)
    without = Corpus(folder, cache).samples()
    (folder / "photos" / "wallpapers").mkdir()
    shutil.copy(folder / "photos/cid22/00.png", folder / "photos/wallpapers/hill.png")
    shutil.copy(cache / "photos_cid22_00.png.ade20k.png", cache / "photos_wallpapers_hill.png.ade20k.png")
    names = [sample.name for sample in Corpus(folder, cache).samples()]
    assert names == [*(sample.name for sample in without), "photos/wallpapers/hill.png"]


def test_a_run_says_what_it_was_made_of(data: Path) -> None:
    run = train(_config(data, "records", 2)).parent
    manifest = json.loads((run / "manifest.json").read_text())
    assert len(manifest) == 5
    assert json.loads((run / "config.json").read_text())["steps"] == 2
    assert json.loads((run / "made-by.json").read_text())["torch"] == torch.__version__
    curve = [json.loads(line) for line in (run / "curve.jsonl").read_text().splitlines()]
    assert {"photo/jpeg-10", "photo/jpeg-10+map"} <= curve[-1].keys()
    assert list((run / "tensorboard").iterdir())
    assert np.asarray(Image.open(run / "strips" / "000002.png")).std() > 10


def test_a_run_begun_anew_begins_its_curve_anew(data: Path) -> None:
    for _ in range(2):
        run = train(_config(data, "anew", 1)).parent
    assert [json.loads(line)["step"] for line in (run / "curve.jsonl").read_text().splitlines()] == [1]
    train(_config(data, "anew", 2), resume=True)
    assert [json.loads(line)["step"] for line in (run / "curve.jsonl").read_text().splitlines()] == [1, 2]


def test_a_run_is_resumed_with_its_own_settings_alone(data: Path) -> None:
    run = train(_config(data, "sizes", 1)).parent
    with pytest.raises(ValueError, match="begun with another blocks: resume"):
        train(_config(data, "sizes", 2, channels=16, blocks=1), resume=True)
    with pytest.raises(ValueError, match="begun with another learning_rate"):
        train(_config(data, "sizes", 2, learning_rate=0.01), resume=True)
    (run / "config.json").unlink()
    with pytest.raises(ValueError, match="another stage or size"):
        train(_config(data, "sizes", 2, channels=16, blocks=1), resume=True)


def test_maps_can_be_left_out_by_name(data: Path) -> None:
    assert _config(data, "none", 1, semantics="none").semantics is None


def _changed_parts(data: Path, run: str, steps: int, *, resume: bool = False, **settings: Any) -> set[str]:
    """The parts of the network that training of the stage `corners` changes."""
    pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    torch.manual_seed(9)
    start = EnhancerNetwork(SMALL)
    started = data / "start.safetensors"
    save_weights(started, start)
    config = _config(data, run, steps, stage="corners", crop=64, start_from=started, **settings)
    made = read_network(train(config, resume=resume))
    before = start.state_dict()
    return {name.split(".")[0] for name, value in made.state_dict().items() if not torch.equal(value, before[name])}


def test_corners_leave_trunk_and_distortion_as_they_are(data: Path) -> None:
    assert _changed_parts(data, "corners", 2) == {"perception", "accuracy"}


def test_perception_learns_with_as_much_texture_as_a_guide_lets_it_have(data: Path) -> None:
    with pytest.raises(ValueError, match="multiples"):
        _config(data, "guided", 1, stage="corners", crop=48, guided_share=0.5)
    assert _changed_parts(data, "guided", 2, taught=("perception",), guided_share=0.5) == {"perception"}


def test_told_shares_are_those_that_the_encoder_chooses() -> None:
    random = np.random.default_rng(2)
    strength = np.kron(random.uniform(0, 30, (4, 6)), np.ones((32, 32)))[..., None]
    original = np.clip(128 + strength * random.standard_normal((128, 192, 1)), 0, 255).astype(np.uint8).repeat(3, 2)
    textured = np.clip(128 + 16 * random.standard_normal((128, 192, 1)), 0, 255).astype(np.uint8).repeat(3, 2)
    calm = np.full_like(original, 128)
    body = choose_perception_guide(original, calm, textured, size=10**9)
    assert body is not None
    due = read_perception_guide(body, (128, 192)).levels
    assert set(due.flat) == {0, 1, 2}
    pictures = (torch.from_numpy(p).permute(2, 0, 1)[None] / 255 - 0.5 for p in (calm, textured, original))
    told = told_shares(*pictures)
    assert told.shape == (1, 1, 128, 192)
    in_centres = F.avg_pool2d(told[:, :, 15:, 15:], 2, 32)[0, 0]
    assert np.array_equal((2 * in_centres).round().numpy(), due)


def test_heads_follow_those_of_another_network(data: Path) -> None:
    torch.manual_seed(9)
    start, due = EnhancerNetwork(SMALL), EnhancerNetwork(SMALL)
    for head in (due.perception, due.accuracy):
        torch.nn.init.normal_(head.last.weight, std=0.02)
    for name, network in (("moved", start), ("due", due)):
        save_weights(data / f"{name}.safetensors", network)
    batch = Pairs(Corpus(data / "data", data / "teacher-maps").samples(), Recipe(batch=2, crop=64), seed=5)[0]

    def distance(network: EnhancerNetwork) -> float:
        config = _config(data, "follow", 1, stage="follow", followed=data / "due.safetensors")
        terms = objective_of(config, torch.device("cpu"), lambda _: None).terms(network, batch, 0)
        return float(sum(term.detach() for term in terms.values()))

    settings = {"start_from": data / "moved.safetensors", "followed": data / "due.safetensors"}
    made = read_network(train(_config(data, "follow", 30, stage="follow", crop=64, learning_rate=3e-3, **settings)))
    assert distance(made) < 0.9 * distance(start)
    assert distance(due) < 0.5 * distance(start)
    same = {name for name, value in made.state_dict().items() if torch.equal(value, start.state_dict()[name])}
    assert {name.split(".")[0] for name in start.state_dict().keys() - same} == {"perception", "accuracy"}


def test_perception_can_follow_a_mixture(data: Path) -> None:
    torch.manual_seed(9)
    due = EnhancerNetwork(SMALL)
    for head in (due.perception, due.accuracy):
        torch.nn.init.normal_(head.last.weight, std=0.02)
    save_weights(data / "due.safetensors", due)
    mixed = read_network(data / "due.safetensors")
    mixed.perception.load_state_dict(due.accuracy.state_dict())
    with torch.no_grad():
        mixed.perception.last.weight *= 1.5
        mixed.perception.last.bias *= 1.5
    batch = Pairs(Corpus(data / "data", data / "teacher-maps").samples(), Recipe(batch=2, crop=64), seed=5)[0]

    def distance(shares: tuple[float, float]) -> float:
        followed = data / "due.safetensors"
        config = _config(data, "follow", 1, stage="follow", followed=followed, perception_follows=shares)
        terms = objective_of(config, torch.device("cpu"), lambda _: None).terms(mixed, batch, 0)
        return float(terms["P/followed"].detach())

    assert distance((0, 1.5)) < 0.2 * min(distance((1, 0)), distance((0, 1)))


def test_only_followers_follow(data: Path) -> None:
    for settings in ({"stage": "follow"}, {"followed": data / "any.safetensors"}):
        with pytest.raises(ValueError, match="weights to follow"):
            _config(data, "follow", 1, **settings)


def test_corners_can_learn_in_turns(data: Path) -> None:
    assert _changed_parts(data, "turns", 1, in_turns=True) == {"perception"}
    assert _changed_parts(data, "turns", 2, in_turns=True, resume=True) == {"perception", "accuracy"}


def test_corners_that_are_not_taught_stay(data: Path) -> None:
    assert _changed_parts(data, "taught", 2, taught=("accuracy",)) == {"accuracy"}
    with pytest.raises(ValueError, match="each corner once"):
        _config(data, "taught", 2, taught=("accuracy", "accuracy"))


@pytest.mark.parametrize(("share", "reached"), [(0, False), (0.5, True)])
def test_the_corners_gradient_reaches_the_trunk_by_its_share(data: Path, share: float, reached: bool) -> None:
    pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    config = _config(data, "share", 1, stage="triangle", crop=64, trunk_share=share)
    torch.manual_seed(9)
    network = EnhancerNetwork(SMALL)
    torch.nn.init.normal_(network.perception.last.weight, std=0.01)
    samples = Corpus(data / "data", data / "teacher-maps").samples()
    batch = Pairs(samples, Recipe(batch=2, crop=64), seed=5)[0]
    terms = objective_of(config, torch.device("cpu"), lambda _: None).terms(network, batch, 0)
    terms["P/features"].backward()
    assert bool(network.read_picture.weight.grad.any()) == reached


def test_the_paper_s_first_phase_learns_from_the_map_alone(data: Path) -> None:
    pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    run = train(_config(data, "blind", 2, stage="semantics", crop=64)).parent
    rows = [json.loads(line) for line in (run / "curve.jsonl").read_text().splitlines()]
    assert rows
    samples = Corpus(data / "data", data / "teacher-maps").samples()
    batch = Pairs(samples, Recipe(batch=2, crop=32), seed=5)[0].withheld()
    assert not batch.decoded.any()
    assert torch.equal(batch.textures, batch.labels)


def test_a_run_can_tell_the_extractor_s_maps(data: Path) -> None:
    train(_config(data, "extracted", 1, extracted_share=0.5))
    kept = list((data / "extracted-maps").iterdir())
    assert len(kept) == len(Corpus(data / "data", data / "teacher-maps").samples(lambda clean, _: clean))


def test_any_folder_of_pictures_will_do(data: Path) -> None:
    config = EnhancerConfig(
        pictures=data / "data" / "photos", run=data / "own", steps=1, batch=2, crop=32, channels=16, blocks=2, workers=0
    )
    run = train(config).parent
    assert len(json.loads((run / "manifest.json").read_text())) == 12


def test_an_exported_network_is_an_enhancer_that_anybody_can_ship(data: Path, tmp_path: Path) -> None:
    weights = train(_config(data, "shipped", 1))
    target = tmp_path / "mine.onnx"
    result = CliRunner().invoke(export_command, [str(weights), str(target), "--licence", "CC0"])
    assert result.exit_code == 0, result.output
    card = (tmp_path / "mine.md").read_text()
    assert hashlib.sha256(target.read_bytes()).hexdigest() in card
    assert "CC0" in card
    assert "5 pictures" in card
    assert "photo/jpeg-10" in card

    class Mine(NetworkEnhancer):
        name = "mine"
        weights = target

    (tmp_path / "mine.md").write_text("# by hand\n")
    before = target.read_bytes()
    refused = CliRunner().invoke(export_command, [str(weights), str(target)])
    assert refused.exit_code == 1
    assert "somebody wrote this card" in refused.output
    assert ((tmp_path / "mine.md").read_text(), target.read_bytes()) == ("# by hand\n", before)

    picture = np.asarray(_picture(1, 80))
    pipeline = build_pipeline(codec="jpeg", semantics=None, enhancer=Mine())
    assert pipeline.decode(pipeline.encode(picture)).shape == picture.shape


def test_every_loss_can_be_asked_for(data: Path) -> None:
    pytest.importorskip("stlpips_pytorch", reason="the perception loss wants stlpips-pytorch")
    losses = {
        "perception": {"gan": "least-squares", "feature_matching": 1, "contrast": 1, "pooled": 1, "recognition": 1},
        "accuracy": {"labels": 1, "adversarial": 0.1, "halved_recognition": 1},
    }
    config = _config(data, "losses", 1, stage="triangle", crop=64, perceptual_scale=0.6, **losses)
    terms = objective_of(config, torch.device("cpu"), lambda _: None).terms(
        EnhancerNetwork(SMALL),
        Pairs(Corpus(data / "data", data / "teacher-maps").samples(), Recipe(batch=2, crop=64), seed=5)[0],
        0,
    )
    common = ("pixels", "features", "halved", "perceptual", "adversarial")
    due = {f"{corner}/{name}" for corner in "PA" for name in common} | {"D/pixels", "D/squared"}
    due |= {"P/matching", "P/contrast", "P/pooled", "P/recognition", "A/halved_recognition", "A/divergence", "A/labels"}
    assert terms.keys() == due
    assert all(bool(term.isfinite()) for term in terms.values())


def test_contrast_and_pooled_features_ask_how_strong_texture_is_and_not_where() -> None:
    torch.manual_seed(3)
    texture = torch.randn(2, 4, 40, 40)
    moved, weaker = texture.roll((9, 5), (2, 3)), 0.5 * texture
    assert float(local_contrast([texture], [texture])) == 0
    assert float(local_contrast([moved], [texture])) < 0.2 * float(local_contrast([weaker], [texture]))
    assert float(pooled_distance([moved], [texture])) < 1e-6
    assert float(pooled_distance([weaker], [texture])) == pytest.approx(0.25)
    assert float(relative_distance(0.5 * texture[:, :, 0, 0], texture[:, :, 0, 0])) == pytest.approx(0.25)


def test_classifiers_that_recognise_a_crop_take_turns_and_do_not_learn() -> None:
    recognition = Recognition(classifier_weights()).train()
    crop = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(5)).requires_grad_() - 0.5
    first, second, again = (recognition(crop, turn) for turn in (4, 5, 6))
    assert first.shape == second.shape == (2, 1280)
    assert torch.equal(first, again)
    assert not torch.allclose(first, second)
    (gradient,) = torch.autograd.grad(first.sum(), crop)
    assert bool(gradient.any())
    assert not any(weight.requires_grad for weight in recognition.parameters())


def test_a_network_begins_with_a_transform_that_keeps_all_of_the_picture() -> None:
    reader = EnhancerNetwork(Size(channels=48, blocks=1)).read_picture
    picture = torch.randn(1, 3, 16, 16)
    read = reader(F.pixel_unshuffle(picture, 4)) - reader.bias[:, None, None]
    read[:, :3] /= 0.5
    read[:, 3:] /= 4
    torch.testing.assert_close(read.square().sum(), picture.square().sum())
    flat = reader(torch.ones(1, 48, 4, 4)) - reader.bias[:, None, None]
    torch.testing.assert_close(flat[0, :, 1, 1], torch.tensor([2.0] * 3 + [0.0] * 45), atol=1e-4, rtol=0)


def test_ms_ssim_wants_crops_that_it_can_measure(data: Path) -> None:
    with pytest.raises(ValueError, match="crops of 176"):
        _config(data, "small", 1, crop=160, distortion={"ms_ssim": 0.1})
    config = _config(data, "large", 1, crop=176, distortion={"ms_ssim": 0.1})
    batch = Pairs(Corpus(data / "data", data / "teacher-maps").samples(), Recipe(batch=1, crop=64), seed=5)[0]
    larger = torch.nn.functional.interpolate(batch.original, size=(176, 176))
    terms = DistortionObjective(config).terms_of(larger + 0.1, dataclasses.replace(batch, original=larger))
    assert terms["D/ms_ssim"] > 0


def test_the_same_batch_number_gives_the_same_batch(data: Path) -> None:
    samples = Corpus(data / "data", data / "teacher-maps").samples()
    pairs = Pairs(samples, Recipe(batch=2, crop=32), seed=5)
    first, second, other = pairs[7], pairs[7], pairs[8]
    assert torch.equal(first.decoded, second.decoded)
    assert torch.equal(first.hints, second.hints)
    assert not torch.equal(first.decoded, other.decoded)


class _Mistaken:
    """Sees sky at the left and water at the right."""

    name = "mistaken"
    labels = TEXTURE

    def extract(self, rgb: np.ndarray) -> SemanticMap:
        ids = np.full(rgb.shape[:2], TEXTURES.index("water"), np.uint8)
        ids[:, : rgb.shape[1] // 2] = TEXTURES.index("sky")
        return SemanticMap(ids, TEXTURE)


@pytest.mark.parametrize("familiar", [True, False])
def test_a_share_of_the_maps_told_is_the_extractor_s(data: Path, tmp_path: Path, familiar: bool) -> None:
    samples = Corpus(data / "data", data / "teacher-maps").samples(lambda clean, _: clean)
    extracted = [with_extracted(sample, _Mistaken(), tmp_path, familiar=familiar) for sample in samples]
    assert {sample.street for sample in extracted} == {True, False}
    for sample in extracted:
        assert sample.extracted is not None
        assert sample.extracted.shape == sample.textures.shape
        assert [sample.extracted[0, column] for column in (0, 31, 32, 63)] == [1, 1, 5, 5]
    recipe = Recipe(batch=40, crop=32, codecs=(CodecUse(codec="png", share=1, worst=9, best=9),), extracted_share=0.5)
    batch = Pairs(extracted, recipe, 1)[0]
    told = batch.textures.flatten(1)
    withheld = (told == NO_MAP).all(dim=1)
    mistaken = ((told == 1) | (told == 5)).all(dim=1) & (batch.labels.flatten(1) != told).any(dim=1)
    exact = (batch.labels.flatten(1) == told).all(dim=1)
    assert (withheld | mistaken | exact).all()
    assert all(4 <= int(kind.sum()) <= 25 for kind in (withheld, mistaken, exact))


def test_a_share_of_the_crops_is_enlarged_up_to_twice(data: Path) -> None:
    street = next(sample for sample in Corpus(data / "data", data / "teacher-maps").samples() if sample.street)
    ramp = np.repeat(np.tile(np.arange(0, 252, 2, dtype=np.uint8), (126, 1))[..., None], 3, axis=2)
    sample = dataclasses.replace(street, rgb=ramp, textures=np.zeros(ramp.shape[:2], np.uint8), clean=True)
    recipe = Recipe(batch=40, crop=32, codecs=(CodecUse(codec="png", share=1, worst=9, best=9),), enlarged_share=0.5)
    original = Pairs([sample], recipe, 1)[0].original * 255
    slopes = (original[:, 0, 0, 24] - original[:, 0, 0, 8]).abs() / 16
    assert slopes.min() >= 0.9
    assert slopes.max() <= 2.01
    assert 8 <= int((slopes < 1.95).sum()) <= 30


def _moving_network() -> EnhancerNetwork:
    """A network none of whose parameters is zero."""
    torch.manual_seed(3)
    network = EnhancerNetwork().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.02)
    return network


def _exported(network: EnhancerNetwork, folder: Path) -> Path:
    save_weights(folder / "weights.safetensors", network)
    export(folder / "weights.safetensors", folder / "enhancer.onnx")
    return folder / "enhancer.onnx"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`_moving_network()` as ONNX."""
    return _exported(_moving_network(), tmp_path_factory.mktemp("graph"))


_PICTURE = np.asarray(_picture(1, 96))[:64]
_TEXTURES = np.random.default_rng(0).integers(0, 25, (16, 24), dtype=np.uint8)
_HINTS = hint_vector("jpeg", 0.3, 0.1)


def _run(graph: Path, dial: tuple[float, float]) -> np.ndarray:
    onnxruntime = pytest.importorskip("onnxruntime")
    feeds = {"picture": _PICTURE[None], "textures": _TEXTURES[None], "hints": _HINTS[None]}
    session = onnxruntime.InferenceSession(str(graph))
    return session.run(None, {**feeds, "dial": np.array([dial], np.float32)})[0][0]


@pytest.mark.parametrize("dial", [(0, 0), (1, 0), (0, 1), (0.25, 0.5)])
def test_the_onnx_graph_equals_the_network(graph: Path, dial: tuple[float, float]) -> None:
    network = _moving_network()
    given = _run(graph, dial)
    samples = torch.from_numpy(_PICTURE.copy()).permute(2, 0, 1)[None].float() / 255 - 0.5
    with torch.inference_mode():
        parts = network(samples, torch.from_numpy(_TEXTURES).long()[None], torch.from_numpy(_HINTS)[None])
    due = parts[0] + dial[0] * parts[1] + dial[1] * parts[2]
    due = ((due + 0.5) * 255).clamp(0, 255)[0].permute(1, 2, 0).numpy()
    assert np.abs(given - due).max() <= 0.5 + 1e-2
    assert np.abs(given.astype(float) - _PICTURE).max() > 2


def test_a_head_without_a_share_on_the_dial_does_not_run(graph: Path, tmp_path: Path) -> None:
    network = _moving_network()
    due = _run(graph, (0, 0.5))
    torch.nn.init.constant_(network.perception.last.weight, torch.nan)
    assert np.array_equal(_run(_exported(network, tmp_path), (0, 0.5)), due)


def test_the_trunk_stays_in_the_runtime_s_blocked_layout(graph: Path, tmp_path: Path) -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(graph), options)
    nodes = onnx.load(str(tmp_path / "optimised.onnx")).graph.node
    left = [node for node in nodes if node.op_type == "ReorderOutput"]
    assert len(left) <= 3  # features and conditions for the other heads, and the residual


def test_training_can_go_on_from_a_graph(graph: Path) -> None:
    network, read = _moving_network(), EnhancerNetwork()
    load_weights(graph, read)
    for name, value in network.state_dict().items():
        assert torch.equal(value, read.state_dict()[name]), name


def test_a_corner_can_take_back_the_lightness_that_distortion_changed() -> None:
    network = _moving_network()
    torch.nn.init.zeros_(network.perception.last.weight)
    torch.nn.init.zeros_(network.perception.last.bias)
    torch.nn.init.zeros_(network.perception.kept.weight)
    torch.nn.init.constant_(network.perception.kept.bias, 0.25)
    picture = torch.rand(1, 3, 32, 32) - 0.5
    with torch.inference_mode():
        base, residual, _ = network(picture, torch.zeros(1, 8, 8, dtype=torch.long), torch.from_numpy(_HINTS)[None])
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]  # luma of BT.601
    lighter = ((picture - base) * weights).sum(1, keepdim=True)
    assert torch.allclose(residual, 0.25 * lighter.expand_as(residual), atol=1e-6)
    assert float((picture - base).abs().max()) > 0.001


def test_weights_from_before_corners_could_keep_something_keep_nothing(tmp_path: Path) -> None:
    network = _moving_network()
    save_weights(tmp_path / "all.safetensors", network)
    older = {name: value for name, value in load_file(tmp_path / "all.safetensors").items() if ".kept." not in name}
    save_file(older, tmp_path / "older.safetensors")
    read = read_network(tmp_path / "older.safetensors").state_dict()
    assert not any(value.any() for name, value in read.items() if ".kept." in name)
    assert all(torch.equal(read[name], value) for name, value in older.items())


def test_interpolated_weights_lie_between(tmp_path: Path) -> None:
    torch.manual_seed(4)
    ends = EnhancerNetwork(), EnhancerNetwork()
    for name, network in zip("ab", ends, strict=True):
        save_weights(tmp_path / f"{name}.safetensors", network)
    files = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    interpolate(*files, 0.75, tmp_path / "c.safetensors", of_heads={"accuracy": 0})
    between = EnhancerNetwork()
    load_weights(tmp_path / "c.safetensors", between)
    due = 0.25 * ends[0].read_picture.weight + 0.75 * ends[1].read_picture.weight
    assert torch.allclose(between.read_picture.weight, due)
    assert torch.equal(between.accuracy.block.first.weight, ends[0].accuracy.block.first.weight)
