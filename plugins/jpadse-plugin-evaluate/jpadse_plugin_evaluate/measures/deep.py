"""Learned perceptual distances: ST-LPIPS with weights from a wheel; LPIPS and DISTS with weights that the user has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from jpadse_core import JpadseError, RgbImage, WeightsChecksum, WeightsMissing
from jpadse_core.weights import cache_folder
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.measures import Case, Figure

_P, _R = ParamSpec("_P"), TypeVar("_R")
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SMALLEST_SIDE = 64
_TORCHVISION = "https://download.pytorch.org/models"
"""Where torchvision has its weights from."""


def torch_module(wanted_by: str) -> Any:
    """torch.

    Raises:
        JpadseError: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise JpadseError(f"{wanted_by}: needs torch: pip install 'jpadse-plugin-evaluate[deep]'") from error
    return torch


def one_thread(job: Callable[_P, _R]) -> Callable[_P, _R]:
    """The job with torch on one thread: pictures are measured side by side instead."""

    @functools.wraps(job)
    def run(*arguments: _P.args, **keywords: _P.kwargs) -> _R:
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return job(*arguments, **keywords)
        finally:
            torch.set_num_threads(before)

    return run


class LearnedDistance:
    """What the three distances share: features of pictures, float `[1, 3, H, W]` from 0 to 1, and a distance between
    the features of two. Those of the original are made once for all that is decoded of it, one after the other."""

    name: str
    packages: tuple[str, ...]
    identity: str
    _last: tuple[str | None, list[Any]] = (None, [])

    @property
    def figures(self) -> tuple[Figure, ...]:
        """See `Measure`."""
        return (Figure(self.name, "", False, "perception", digits=4),)

    @one_thread
    def measure(self, case: Case) -> dict[str, float]:
        """See `Measure.measure`; `nan` where a side is below 64 pixels."""
        import torch

        if min(case.original.shape[:2]) < _SMALLEST_SIDE:
            return {self.name: float("nan")}
        with torch.inference_mode():
            if self._last[0] != case.digest:
                self._last = None, []  # the features of a large picture are not held twice
                self._last = case.digest, self.features(_tensor(case.original))
            return {self.name: float(self.between(self.features(_tensor(case.decoded)), self._last[1]))}

    def features(self, picture: Any) -> list[Any]:
        """Of a picture, layer by layer."""
        raise NotImplementedError

    def between(self, first: list[Any], second: list[Any]) -> Any:
        """The distance, as a tensor of one element."""
        raise NotImplementedError


def _tensor(rgb: RgbImage) -> Any:
    import torch

    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255


class StLpips(LearnedDistance):
    """ST-LPIPS on its AlexNet: shift-tolerant LPIPS. It is not LPIPS, and its values are others.

    Source: Ghildyal and Liu, "Shift-tolerant perceptual similarity metric", ECCV 2022; weights of the wheel
    stlpips-pytorch (BSD-2).

    Raises:
        JpadseError: torch or the weights are not installed.
    """

    name = "st-lpips"
    packages = ("torch", "stlpips-pytorch")

    def __init__(self) -> None:
        torch = torch_module(self.name)
        path = _beside(
            self.name,
            "stlpips_pytorch",
            "weights/vST0.0/alex_shift_tolerant.pth",
            "pip install --no-deps stlpips-pytorch",
        )
        self.identity = f"{self.name} {file_digest(path)[:16]}"
        self._state = _channels_last(torch.load(path, map_location="cpu", weights_only=True))

    def between(self, first: list[Any], second: list[Any]) -> Any:
        """See `LearnedDistance.between`."""
        return _lpips(first, second, [self._state[f"lin{number}.model.1.weight"] for number in range(5)])

    def features(self, picture: Any) -> list[Any]:
        """See `LearnedDistance.features`."""
        from torch.nn import functional as F

        state = self._state
        x = (2 * picture - 1 - state["scaling_layer.shift"]) / state["scaling_layer.scale"]
        found = []
        for slice_, layer, padding, blur_before in (
            (1, 0, 2, None), (2, 5, 2, 4), (3, 9, 1, 8), (4, 11, 1, None), (5, 13, 1, None),
        ):  # fmt: skip
            if blur_before is not None:
                x = _blurred(F.max_pool2d(x, 3, stride=1), state[f"net.slice{slice_}.{blur_before}.filt"])
            name = f"net.slice{slice_}.{layer}"
            x = F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)
            x = F.relu(_blurred(x, state["net.slice1.1.filt"]) if slice_ == 1 else x)
            found.append(_unit(x))
        return found


def _blurred(x: Any, kernel: Any) -> Any:
    from torch.nn import functional as F

    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=x.shape[1])


def _unit(x: Any) -> Any:
    """Features of length 1 at every position."""
    return x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)


def _lpips(first: list[Any], second: list[Any], heads: list[Any]) -> Any:
    """Of unit features: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", CVPR
    2018, equation 1."""
    from torch.nn import functional as F

    layers = zip(first, second, heads, strict=True)
    return sum(F.conv2d((a - b).square(), head).mean() for a, b, head in layers)


def _channels_last(state: dict[str, Any]) -> dict[str, Any]:
    """Weights in the order of memory that pictures have, which is the faster one."""
    import torch

    return {
        name: weight.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else weight
        for name, weight in state.items()
    }


class Lpips(LearnedDistance):
    """LPIPS 0.1 on AlexNet, the authors' choice for measuring.

    Source: Zhang et al., CVPR 2018; heads of the wheel lpips (BSD-2), torchvision's AlexNet as the user has it in
    JPADSE's cache folder.

    Raises:
        WeightsMissing: the backbone or the heads are not there; nothing else is measured in their place.
        WeightsChecksum: the backbone is not torchvision's.
        JpadseError: torch is not installed.
    """

    name = "lpips"
    packages = ("torch", "lpips")
    BACKBONE = "alexnet-owt-7be5be79.pth"

    def __init__(self) -> None:
        torch = torch_module(self.name)
        heads = _beside(self.name, "lpips", "weights/v0.1/alex.pth", "pip install --no-deps lpips")
        backbone = _users_weights(self.name, self.BACKBONE)
        self.identity = f"{self.name} {file_digest(backbone)[:16]} {file_digest(heads)[:16]}"
        self._backbone = _channels_last(torch.load(backbone, map_location="cpu", weights_only=True))
        state = torch.load(heads, map_location="cpu", weights_only=True)
        self._heads = [state[f"lin{number}.model.1.weight"] for number in range(5)]

    def between(self, first: list[Any], second: list[Any]) -> Any:
        """See `LearnedDistance.between`."""
        return _lpips(first, second, self._heads)

    def features(self, picture: Any) -> list[Any]:
        """See `LearnedDistance.features`."""
        from torch.nn import functional as F

        shift, scale = (picture.new_tensor(values)[None, :, None, None] for values in (_SHIFT, _SCALE))
        x = (2 * picture - 1 - shift) / scale
        found = []
        for layer, stride, padding, pool in (
            (0, 4, 2, False),
            (3, 1, 2, True),
            (6, 1, 1, True),
            (8, 1, 1, False),
            (10, 1, 1, False),
        ):
            x = F.max_pool2d(x, 3, stride=2) if pool else x
            weight, bias = (self._backbone[f"features.{layer}.{part}"] for part in ("weight", "bias"))
            x = F.relu(F.conv2d(x, weight, bias, stride=stride, padding=padding))
            found.append(_unit(x))
        return found


class Dists(LearnedDistance):
    """DISTS, on pictures at their own size as its authors' code does by default.

    Source: Ding, Ma, Wang and Simoncelli, "Image quality assessment: unifying structure and texture similarity", IEEE
    TPAMI 2020; weights of the wheel dists-pytorch (MIT), torchvision's VGG-16 as the user has it in JPADSE's
    cache folder.

    Raises:
        WeightsMissing, WeightsChecksum, JpadseError: as `Lpips`.
    """

    name = "dists"
    packages = ("torch", "dists-pytorch")
    BACKBONE = "vgg16-397923af.pth"
    _STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))

    def __init__(self) -> None:
        torch = torch_module(self.name)
        shares = _beside(self.name, "DISTS_pytorch", "weights.pt", "pip install --no-deps dists-pytorch")
        backbone = _users_weights(self.name, self.BACKBONE)
        self.identity = f"{self.name} {file_digest(backbone)[:16]} {file_digest(shares)[:16]}"
        self._backbone = _channels_last(torch.load(backbone, map_location="cpu", weights_only=True))
        state = torch.load(shares, map_location="cpu", weights_only=True)
        total = state["alpha"].sum() + state["beta"].sum()
        self._alpha, self._beta = state["alpha"] / total, state["beta"] / total

    def between(self, first: list[Any], second: list[Any]) -> Any:
        """See `LearnedDistance.between`."""
        pairs = list(zip(first, second, strict=True))
        counts = [a.shape[1] for a, _ in pairs]
        likeness: Any = 0
        for (a, b), alpha, beta in zip(
            pairs, self._alpha.split(counts, dim=1), self._beta.split(counts, dim=1), strict=True
        ):
            mean_a, mean_b = (x.mean(dim=(2, 3), keepdim=True) for x in (a, b))
            texture = (2 * mean_a * mean_b + 1e-6) / (mean_a**2 + mean_b**2 + 1e-6)
            variance_a, variance_b = (
                (x - m).square().mean(dim=(2, 3), keepdim=True) for x, m in ((a, mean_a), (b, mean_b))
            )
            covariance = (a * b).mean(dim=(2, 3), keepdim=True) - mean_a * mean_b
            structure = (2 * covariance + 1e-6) / (variance_a + variance_b + 1e-6)
            likeness = likeness + (alpha * texture + beta * structure).sum()
        return 1 - likeness

    def features(self, picture: Any) -> list[Any]:
        """See `LearnedDistance.features`."""
        from torch.nn import functional as F

        mean, deviation = (picture.new_tensor(values)[None, :, None, None] for values in (_MEAN, _DEVIATION))
        x = (picture - mean) / deviation
        found = [picture]
        for number, layers in enumerate(self._STAGES):
            x = _root_mean_pooled(x) if number else x
            for layer in layers:
                weight, bias = (self._backbone[f"features.{layer}.{part}"] for part in ("weight", "bias"))
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
            found.append(x)
        return found


def _root_mean_pooled(x: Any) -> Any:
    """Halved by the root of a Hann-weighted mean of squares, over three by three samples."""
    from torch.nn import functional as F

    line = x.new_tensor([0.5, 1.0, 0.5])
    kernel = line[:, None] * line
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, 3, 3)
    return (F.conv2d(x.square(), kernel, stride=2, padding=1, groups=x.shape[1]) + 1e-12).sqrt()


def _beside(wanted_by: str, package: str, name: str, install: str) -> Path:
    """A file of an installed package that need not be importable itself."""
    spec = find_spec(package)
    path = Path(spec.origin).parent / name if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise WeightsMissing(f"{wanted_by}: {name.rpartition('/')[2]} of {package} is not installed: {install}")
    return path


def _users_weights(wanted_by: str, name: str) -> Path:
    """A weights file that the user has put into the cache; its name ends in the beginning of its sha256."""
    path = cache_folder() / name
    if not path.is_file():
        raise WeightsMissing(
            f"{wanted_by}: wants {path}, which is not there: put {_TORCHVISION}/{name} there; nothing replaces it"
        )
    pinned = path.stem.rpartition("-")[2]
    if not file_digest(path).startswith(pinned):
        raise WeightsChecksum(f"{path}: its sha256 does not begin with {pinned}: it is not torchvision's file")
    return path
