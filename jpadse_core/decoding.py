"""From a file's bytes to a picture."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from jpadse_core.bitstream.guide import Guide, blend, full_strength, read_guide, read_guide_of_version_1
from jpadse_core.bitstream.label_map import decode_labels
from jpadse_core.bitstream.perception_guide import PerceptionGuide, read_perception_guide, weave
from jpadse_core.bitstream.sections import Tag
from jpadse_core.calling import digest_of, enhance_all_with, enhance_with, extract_with, read_only
from jpadse_core.deriving import derive_again
from jpadse_core.errors import (
    BitstreamError,
    EnhancementChanged,
    EnhancementLost,
    EnhancerError,
    JpadseError,
    MetadataLost,
    SemanticsError,
    WeightsError,
)
from jpadse_core.files import name_of, named, naming
from jpadse_core.hinting import hints_for
from jpadse_core.hooking import chosen_enhancer, file_to_decode
from jpadse_core.info import file_bytes
from jpadse_core.interfaces.enhancer import AnyPreference, Enhancer, Hints, Preference
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import Picture, RgbImage
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.opening import OpenedFile, open_file
from jpadse_core.parts import Parts, resolve
from jpadse_core.pictures import upright
from jpadse_core.plain import plain_picture
from jpadse_core.plugins.discovery import CORE_DISTRIBUTION
from jpadse_core.plugins.hooks import notify

FileSource: TypeAlias = bytes | bytearray | memoryview | str | os.PathLike[str]
"""A file to decode: its bytes, or its path."""


@dataclass(frozen=True, eq=False)
class DecodedPicture(Picture):
    """A decoded picture with what is not RGB.

    Attributes:
        enhanced: whether an enhancer made it out of the plain one.
        private: the file's private sections, name to content, which plugins put there.
        not_carried: what is to be told of metadata that the file has and this has not, a sentence each.
    """

    enhanced: bool = False
    private: Mapping[str, bytes] = field(default_factory=dict)
    not_carried: tuple[str, ...] = ()


def decode(
    data: FileSource,
    preference: AnyPreference = "distortion",
    *,
    enhance: bool = True,
    semantics: str | SemanticExtractor | None = None,
) -> RgbImage:
    """Decode any file of an installed codec, with or without a sidecar, or a `.jpse` container.

    Args:
        data: the file's bytes, or its path.
        preference: `"distortion"`, `"perception"`, `"accuracy"`, or three shares (perception, accuracy, distortion).
        enhance: False for the plain codec's picture.
        semantics: for a file that carries no map, an extractor that derives one from the decoded picture; for one with
            derived semantics, the extractor in the place of the one that it names.

    Returns:
        uint8 `[H, W, 3]`.

    Raises:
        BitstreamError: it is no such file, or the picture itself is damaged. A damaged sidecar, or an enhancer that
            fails, only costs the enhancement, with the warning `EnhancementLost`.
        PluginError: the codec that the file wants is not usable.
        EnhancerError, SemanticsError: the preference is not valid, or the extractor failed.
    """
    return decode_picture(data, preference, enhance=enhance, semantics=semantics).rgb


def decode_picture(
    data: FileSource,
    preference: AnyPreference = "distortion",
    *,
    enhance: bool = True,
    semantics: str | SemanticExtractor | None = None,
    enhancer: Enhancer | None = None,
    parts: Parts | None = None,
) -> DecodedPicture:
    """As `decode`, with alpha, greyness and metadata.

    Args:
        enhancer: used for a plain file, which names none; by default, the built-in one.
        parts: where components that the file names are found; by default, what is installed.
    """
    wanted = Preference.of(preference)
    extractor = resolve("semantics", semantics) if enhance else None
    with naming(name_of(data)):
        return _decoded(file_bytes(data), wanted, enhance, extractor, enhancer, parts or Parts())


def _decoded(
    data: bytes,
    wanted: Preference,
    enhance: bool,
    extractor: SemanticExtractor | None,
    enhancer: Enhancer | None,
    parts: Parts,
) -> DecodedPicture:
    opened = open_file(file_to_decode(data), parts)
    plain = plain_picture(opened)
    rgb = plain.rgb
    if enhance:
        rgb = _enhanced(opened, plain.rgb, wanted, extractor, enhancer, parts)
    elif opened.damage:
        _warn(f"what the sidecar held beside the picture may be lost: {opened.damage}")
    picture = DecodedPicture(
        upright(rgb, plain.orientation),
        alpha=None if plain.alpha is None else upright(plain.alpha, plain.orientation),
        grey=opened.header.mode == "grey" if opened.header is not None else plain.grey,
        metadata=plain.metadata,
        enhanced=rgb is not plain.rgb,
        private=_private(opened),
        not_carried=plain.not_carried,
    )
    notify("jpadse_decoded", picture=read_only(picture.rgb), sections=picture.private)
    return picture


def _enhanced(
    opened: OpenedFile,
    base: RgbImage,
    preference: Preference,
    extractor: SemanticExtractor | None,
    enhancer: Enhancer | None,
    parts: Parts,
) -> RgbImage:
    header = opened.header
    if opened.damage:
        return _lost(base, opened.damage)
    try:
        if header is None:
            chosen = enhancer or chosen_enhancer(opened.codec.name, _hints(opened, base))
            chosen = chosen or parts.find("enhancer", "default", CORE_DISTRIBUTION)
        elif header.enhancer is None:
            return base
        else:
            if header.height and (header.height, header.width) != base.shape[:2]:
                return _lost(base, "the sidecar belongs to a picture of another size")
            chosen = parts.find("enhancer", header.enhancer, header.enhancer_distribution)
            _note_other_weights(header.weights, chosen)
    except JpadseError as error:
        return _lost(base, f"its enhancer is not usable: {error}")
    try:
        guide = _guide(opened, base)
        texture = _perception_guide(opened, base, preference)
        semantics = _semantic_map(opened, base)
    except (BitstreamError, SemanticsError) as error:
        return _lost(base, str(error))
    if header is not None and header.derived:
        semantics = derive_again(header, base, extractor, parts)
    elif semantics is None and extractor is not None:
        semantics = extract_with(extractor, base)
    hints = _hints(opened, base)
    try:
        if texture is None:
            return blend(base, enhance_with(chosen, base, semantics, hints, preference), guide)
        calm, textured = enhance_all_with(chosen, base, semantics, hints, [preference.calm, preference])
    except (EnhancerError, WeightsError) as error:
        return _lost(base, str(error))
    return blend(base, weave(calm, textured, texture), guide)


def _hints(opened: OpenedFile, base: RgbImage) -> Hints:
    header = opened.header
    name, options = (opened.codec.name, {}) if header is None else (header.codec, header.options)
    return hints_for(opened.codec, opened.payload, base.shape[0] * base.shape[1], name, options)


def _private(opened: OpenedFile) -> dict[str, bytes]:
    damaged = [section.name for section in opened.sections if section.tag == Tag.PRIVATE and not section.intact]
    if damaged:
        warnings.warn(f"{', '.join(damaged[:3])}: damaged and left out", MetadataLost, stacklevel=2)
    return opened.private()


def _note_other_weights(recorded: str, enhancer: Enhancer) -> None:
    digest = digest_of(enhancer)
    if recorded and digest and not digest.startswith(recorded):
        warnings.warn(
            f'enhanced with weights {digest[: len(recorded)]} of "{enhancer.name}", '
            f"the file was measured with {recorded}",
            EnhancementChanged,
            stacklevel=2,
        )


def _lost(base: RgbImage, cause: str) -> RgbImage:
    _warn(f"the picture is not enhanced: {cause}")
    return base


def _warn(message: str) -> None:
    warnings.warn(named(message), EnhancementLost, stacklevel=2)


def _guide(opened: OpenedFile, base: RgbImage) -> Guide:
    body = opened.body(Tag.GUIDE)
    if body is None:
        return full_strength(base.shape[:2])
    read = read_guide_of_version_1 if opened.version == 1 else read_guide
    return read(body, base.shape[:2])


def _perception_guide(opened: OpenedFile, base: RgbImage, preference: Preference) -> PerceptionGuide | None:
    body = opened.body(Tag.PERCEPTION_GUIDE)
    return None if body is None or not preference.perception else read_perception_guide(body, base.shape[:2])


def _semantic_map(opened: OpenedFile, base: RgbImage) -> SemanticMap | None:
    body, header = opened.body(Tag.LABEL_MAP), opened.header
    if body is None or header is None or header.labels is None:
        return None
    return SemanticMap(decode_labels(body, header.map_shape(base.shape[:2])), header.labels.resolve())
