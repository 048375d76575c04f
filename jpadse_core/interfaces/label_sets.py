"""Label sets known by name: files need only name them, and extractors can be declared with them."""

from __future__ import annotations

from jpadse_core.interfaces.labels import TEXTURES, LabelSet

TEXTURE = LabelSet("texture", TEXTURES, TEXTURES)
"""The taxonomy itself, as the built-in extractor predicts it."""


def _declared(name: str, declaration: str) -> LabelSet:
    """`class[=texture]` items separated by commas; a class without a texture is named like its texture."""
    pairs = [item.strip().split("=") for item in declaration.split(",")]
    return LabelSet(name, tuple(pair[0] for pair in pairs), tuple(pair[-1] for pair in pairs))


CITYSCAPES_19 = _declared(
    "cityscapes-19",
    "road, sidewalk=pavement, building, wall, fence, pole, traffic light=sign, traffic sign=sign, vegetation, "
    "terrain=grass, sky, person, rider=person, car=vehicle, truck=vehicle, bus=vehicle, train=vehicle, "
    "motorcycle=cycle, bicycle=cycle",
)
"""Cityscapes' train ids (Cordts et al., CVPR 2016)."""

CAMVID_11 = _declared(
    "camvid-11",
    "sky, building, pole, road, pavement, tree=vegetation, sign, fence, car=vehicle, pedestrian=person, "
    "bicyclist=cycle",
)
"""CamVid's eleven evaluation classes (Brostow et al., 2009), in the order of SegNet's label maps."""

VOC_21 = _declared(
    "voc-21",
    "background=other, aeroplane=vehicle, bicycle=cycle, bird=animal, boat=vehicle, bottle=other, bus=vehicle, "
    "car=vehicle, cat=animal, chair=furniture, cow=animal, diningtable=furniture, dog=animal, horse=animal, "
    "motorbike=cycle, person, pottedplant=vegetation, sheep=animal, sofa=furniture, train=vehicle, tvmonitor=other",
)
"""PASCAL VOC 2012 (Everingham et al.)."""

ADE20K_32 = _declared(
    "ade20k-32",
    "other, wall, building, sky, floor, tree=vegetation, ceiling, road, bed=furniture, window, grass, "
    "cabinet=furniture, sidewalk=pavement, person, earth=ground, door=window, table=furniture, mountain, "
    "plant=vegetation, curtain=fabric, chair=furniture, car=vehicle, water, painting=other, sofa=furniture, "
    "shelf=furniture, house=building, sea=water, mirror=window, rug=fabric, field=grass, armchair=furniture",
)
"""The 31 most frequent classes of ADE20K (Zhou et al., CVPR 2017) behind "other"."""

KNOWN: dict[str, LabelSet] = {
    label_set.name: label_set for label_set in (TEXTURE, CITYSCAPES_19, CAMVID_11, VOC_21, ADE20K_32)
}
