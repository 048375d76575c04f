"""The weights that torchvision publishes for its segmentation models, pinned."""

from __future__ import annotations

from typing import Literal, TypeAlias

from jpadse_core import WeightsFile

Architecture: TypeAlias = Literal[
    "deeplabv3_mobilenet_v3_large",
    "deeplabv3_resnet50",
    "deeplabv3_resnet101",
    "fcn_resnet50",
    "fcn_resnet101",
    "lraspp_mobilenet_v3_large",
]

_LICENCE = "BSD-3-Clause, as torchvision; trained on COCO and ImageNet, whose terms may apply"


def _published(file: str) -> WeightsFile:
    """A file of download.pytorch.org, whose name ends in the first eight hex digits of its sha256."""
    digest = file.removesuffix(".pth").rpartition("-")[2]
    return WeightsFile(file, f"https://download.pytorch.org/models/{file}", digest, _LICENCE)


PINNED: dict[Architecture, WeightsFile] = {
    "deeplabv3_mobilenet_v3_large": _published("deeplabv3_mobilenet_v3_large-fc3c493d.pth"),
    "deeplabv3_resnet50": _published("deeplabv3_resnet50_coco-cd0a2569.pth"),
    "deeplabv3_resnet101": _published("deeplabv3_resnet101_coco-586e9e4e.pth"),
    "fcn_resnet50": _published("fcn_resnet50_coco-1167a1af.pth"),
    "fcn_resnet101": _published("fcn_resnet101_coco-7ecb50ca.pth"),
    "lraspp_mobilenet_v3_large": _published("lraspp_mobilenet_v3_large-d234d4ea.pth"),
}
"""Trained on the pictures of COCO that show classes of VOC: the 21 classes of VOC (`COCO_WITH_VOC_LABELS_V1`)."""
