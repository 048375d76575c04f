"""From a file's bytes to a picture."""

from __future__ import annotations

import io
import os
import warnings
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.bitstream.guide import blend, full_strength, read_guide
from jpadse_core.bitstream.label_map import decode_labels
from jpadse_core.bitstream.sections import Tag
from jpadse_core.errors import (
    BitstreamCorrupt,
    BitstreamError,
    EnhancementChanged,
    EnhancementLost,
    EnhancerError,
    JpadseError,
    PluginError,
    SemanticsError,
)
from jpadse_core.hinting import hints_for
from jpadse_core.info import file_bytes
from jpadse_core.interfaces.enhancer import AnyPreference, Enhancer, Preference
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage, is_rgb_image
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.opening import OpenedFile, open_file
from jpadse_core.parts import Parts, resolve
from jpadse_core.pictures import metadata_of, orientation_of, picture_from_bytes, upright
from jpadse_core.plugins.hooks import hooks

FileSource: TypeAlias = bytes | bytearray | memoryview | str | os.PathLike[str]
"""A file to decode: its bytes, or its path."""


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
        semantics: for a file that carries no map, an extractor that derives one from the decoded picture.

    Returns:
        uint8 `[H, W, 3]`.

    Raises:
        BitstreamError: it is no such file, or the picture itself is damaged. A damaged sidecar only costs the
            enhancement, with the warning `EnhancementLost`.
        PluginError: the codec that the file wants is not usable.
        EnhancerError, SemanticsError: the preference is not valid, or a component failed.
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
) -> Picture:
    """As `decode`, with alpha, greyness and metadata.

    Args:
        enhancer: used for a plain file, which names none; by default, the built-in one.
        parts: where components that the file names are found; by default, what is installed.
    """
    wanted = Preference.of(preference)
    parts = parts or Parts()
    opened = open_file(file_bytes(data), parts)
    base = _base(opened)
    picture = Picture(base, grey=opened.header is not None and opened.header.mode == "grey")
    metadata, orientation = _metadata(opened)
    picture = replace(picture, alpha=_alpha(opened, base), metadata=metadata)
    if enhance:
        extractor = resolve("semantics", semantics)
        picture = replace(picture, rgb=_enhanced(opened, base, wanted, extractor, enhancer, parts))
    picture = replace(picture, rgb=upright(picture.rgb, orientation))
    hooks().jpadse_decoded(picture=picture.rgb)
    return picture


def _base(opened: OpenedFile) -> RgbImage:
    try:
        base = opened.codec.decode(opened.payload)
    except (JpadseError, MemoryError):
        raise
    except Exception as error:
        raise BitstreamCorrupt(f'codec "{opened.codec.name}" cannot decode the payload: {error}') from error
    if not is_rgb_image(base):
        raise BitstreamCorrupt(f'codec "{opened.codec.name}" did not return a uint8 [H, W, 3] picture')
    return np.ascontiguousarray(base)


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
            chosen = enhancer or parts.find("enhancer", "default")
        elif header.enhancer is None:
            return base
        else:
            if (header.height, header.width) != base.shape[:2]:
                return _lost(base, "the sidecar belongs to a picture of another size")
            chosen = parts.find("enhancer", header.enhancer)
            _note_other_weights(header.weights, chosen)
    except PluginError as error:
        needed = f": pip install {header.enhancer_distribution}" if header is not None else ""
        return _lost(base, f"its enhancer is not usable: {error}{needed}")
    try:
        guide_body = opened.body(Tag.GUIDE)
        guide = full_strength(base.shape[:2]) if guide_body is None else read_guide(guide_body, base.shape[:2])
        semantics = _semantic_map(opened, base)
    except (BitstreamError, SemanticsError) as error:
        return _lost(base, str(error))
    if semantics is None and extractor is not None:
        semantics = extractor.extract(base)
    name, options = (opened.codec.name, {}) if header is None else (header.codec, header.options)
    hints = hints_for(opened.codec, opened.payload, base.shape[0] * base.shape[1], name, options)
    try:
        enhanced = chosen.enhance(base, semantics, hints, preference)
    except (JpadseError, MemoryError):
        raise
    except Exception as error:
        raise EnhancerError(f'enhancer "{chosen.name}" failed: {type(error).__name__}: {error}') from error
    if not is_rgb_image(enhanced) or enhanced.shape != base.shape:
        raise EnhancerError(f'enhancer "{chosen.name}" did not return a uint8 picture of the shape it was given')
    return blend(base, enhanced, guide)


def _note_other_weights(recorded: str, enhancer: Enhancer) -> None:
    digest = str(getattr(enhancer, "digest", ""))
    if recorded and digest and not digest.startswith(recorded):
        warnings.warn(
            f'enhanced with weights {digest[:16]} of "{enhancer.name}", the file was measured with {recorded}',
            EnhancementChanged,
            stacklevel=5,
        )


def _lost(base: RgbImage, cause: str) -> RgbImage:
    warnings.warn(f"the picture is not enhanced: {cause}", EnhancementLost, stacklevel=5)
    return base


def _semantic_map(opened: OpenedFile, base: RgbImage) -> SemanticMap | None:
    body, header = opened.body(Tag.LABEL_MAP), opened.header
    if body is None or header is None or header.labels is None:
        return None
    labels = decode_labels(body)
    divisor = max(header.divisor, 1)
    due = tuple(-(-side // divisor) for side in base.shape[:2])
    if labels.shape != due:
        raise BitstreamCorrupt(f"the label map is {labels.shape} where {due} was due")
    return SemanticMap(labels, header.labels.resolve())


def _alpha(opened: OpenedFile, base: RgbImage) -> npt.NDArray[np.uint8] | None:
    section = next((section for section in opened.sections if section.tag == Tag.ALPHA), None)
    if section is None:
        return None
    try:
        if section.intact:
            alpha = picture_from_bytes(section.body, "the alpha plane").rgb[..., 0]
            if alpha.shape == base.shape[:2]:
                return np.ascontiguousarray(alpha)
    except JpadseError:
        pass
    warnings.warn("the alpha plane is damaged and left out", EnhancementLost, stacklevel=4)
    return None


def _metadata(opened: OpenedFile) -> tuple[Metadata, int]:
    """The metadata, and the orientation that a file which another tool wrote or edited may ask for."""
    if opened.in_container:
        bodies: dict[str, Any] = {tag.name.lower(): opened.body(tag) for tag in (Tag.ICC, Tag.EXIF, Tag.XMP)}
        return Metadata(**bodies), 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(opened.payload)) as image:
                return metadata_of(image), orientation_of(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Metadata(), 1
