"""Label sets known by name: files need only name them, and extractors can be declared with them."""

from __future__ import annotations

import re

from jpadse_core.errors import SemanticsError
from jpadse_core.interfaces.label_sets.ade20k import ADE20K_32, ADE20K_150
from jpadse_core.interfaces.label_sets.coco import COCO_STUFF_171, COCO_THINGS_80
from jpadse_core.interfaces.label_sets.street import CAMVID_11, CITYSCAPES_19, CITYSCAPES_34
from jpadse_core.interfaces.label_sets.voc import VOC_21
from jpadse_core.interfaces.labels import TEXTURES, LabelSet

__all__ = [
    "ADE20K_150",
    "ADE20K_32",
    "CAMVID_11",
    "CITYSCAPES_19",
    "CITYSCAPES_34",
    "COCO_STUFF_171",
    "COCO_THINGS_80",
    "KNOWN",
    "TEXTURE",
    "VOC_21",
    "known",
    "named_alike",
]

TEXTURE = LabelSet("texture", TEXTURES, TEXTURES)
"""The taxonomy itself, as the built-in extractor predicts it."""

KNOWN: dict[str, LabelSet] = {
    label_set.name: label_set
    for label_set in (
        TEXTURE,
        CITYSCAPES_19,
        CITYSCAPES_34,
        CAMVID_11,
        VOC_21,
        ADE20K_32,
        ADE20K_150,
        COCO_THINGS_80,
        COCO_STUFF_171,
    )
}


def known(name: str) -> LabelSet:
    """The label set of a name.

    Raises:
        SemanticsError: there is none.
    """
    if name not in KNOWN:
        raise SemanticsError(f'no label set is called "{name}": choose from {", ".join(KNOWN)}, or give a .json file')
    return KNOWN[name]


def named_alike(name: str, classes: tuple[str, ...]) -> LabelSet:
    """A label set whose classes look like those of the same names in the known sets.

    Case, `_` and `-` do not count; of a list of synonyms such as `"road, route"` the first that is known counts, and
    `"tree-merged"`, as in COCO's panoptic task, is `"tree"`. Classes that no known set has are undeclared. Where all
    classes are those of a known set in its order, it is that set, which files need only name.
    """
    textures: dict[str, str] = {}
    plain_classes = []
    for label in classes:
        synonyms = [_plain(synonym) for synonym in (label, *re.split("[,;]", label))]
        plain = next((synonym for synonym in synonyms if synonym in _BY_NAME), label)
        plain_classes.append(plain)
        if plain in _BY_NAME:
            textures[label] = _BY_NAME[plain]
    same = (known_set for known_set in KNOWN.values() if [_plain(own) for own in known_set.classes] == plain_classes)
    return next(same, LabelSet.mapped(name, classes, textures))


def _plain(label: str) -> str:
    return " ".join(re.split(r"[\s_-]+", label.lower())).strip().removesuffix(" merged")


_BY_NAME = {
    _plain(label): texture
    for label_set in KNOWN.values()
    for label, texture in zip(label_set.classes, label_set.textures, strict=True)
}
