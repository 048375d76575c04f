"""From a file's bytes to a picture."""

from __future__ import annotations

import io
import os
import warnings
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from jpadse_core.bitstream.guide import blend, full_strength, read_guide
from jpadse_core.bitstream.label_map import decode_labels
from jpadse_core.bitstream.sections import Tag
from jpadse_core.calling import enhance_with, extract_with
from jpadse_core.deriving import derive_again
from jpadse_core.errors import (
    BitstreamCorrupt,
    BitstreamError,
    CodecError,
    EnhancementChanged,
    EnhancementLost,
    JpadseError,
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
from jpadse_core.pictures import RASTER_FORMATS, metadata_of, orientation_of, picture_from_bytes, upright
from jpadse_core.plugins.hooks import notify

FileSource: TypeAlias = bytes | bytearray | memoryview | str | os.PathLike[str]
"""A file to decode: its bytes, or its path."""


@dataclass(frozen=True, eq=False)
class DecodedPicture(Picture):
    """A decoded picture with what is not RGB.

    Attributes:
        enhanced: whether an enhancer made it out of the plain one.
    """

    enhanced: bool = False


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
) -> DecodedPicture:
    """As `decode`, with alpha, greyness and metadata.

    Args:
        enhancer: used for a plain file, which names none; by default, the built-in one.
        parts: where components that the file names are found; by default, what is installed.
    """
    wanted = Preference.of(preference)
    parts = parts or Parts()
    opened = open_file(file_bytes(data), parts)
    beside = beside_of(opened)
    try:
        base = plain_picture(opened)
    except CodecError:
        if opened.sections or opened.in_container:
            raise
        plain = picture_from_bytes(opened.payload)
        base, alpha = plain.rgb, plain.alpha
        beside = Beside(plain.metadata, 1, plain.grey)
    else:
        alpha = _alpha(opened, base)
    rgb = base
    if enhance:
        rgb = _enhanced(opened, base, wanted, resolve("semantics", semantics), enhancer, parts)
    elif opened.damage:
        _warn(f"what the sidecar held beside the picture may be lost: {opened.damage}")
    picture = DecodedPicture(
        upright(rgb, beside.orientation),
        alpha=None if alpha is None else upright(alpha, beside.orientation),
        grey=opened.header.mode == "grey" if opened.header is not None else beside.grey,
        metadata=beside.metadata,
        enhanced=rgb is not base,
    )
    notify("jpadse_decoded", picture=_read_only(picture.rgb))
    return picture


def plain_picture(opened: OpenedFile) -> RgbImage:
    """The plain codec's picture, in the orientation in which it is stored.

    Raises:
        BitstreamCorrupt, BitstreamTruncated, CodecError: the codec cannot decode the payload.
    """
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
            chosen = parts.find("enhancer", header.enhancer, header.enhancer_distribution)
            _note_other_weights(header.weights, chosen)
    except JpadseError as error:
        needed = f": pip install {header.enhancer_distribution}" if header and header.enhancer_distribution else ""
        return _lost(base, f"its enhancer is not usable: {error}{needed}")
    try:
        guide_body = opened.body(Tag.GUIDE)
        guide = full_strength(base.shape[:2]) if guide_body is None else read_guide(guide_body, base.shape[:2])
        semantics = _semantic_map(opened, base)
    except (BitstreamError, SemanticsError) as error:
        return _lost(base, str(error))
    if header is not None and header.derived:
        semantics = derive_again(header, base, extractor, parts)
    elif semantics is None and extractor is not None:
        semantics = extract_with(extractor, base)
    name, options = (opened.codec.name, {}) if header is None else (header.codec, header.options)
    hints = hints_for(opened.codec, opened.payload, base.shape[0] * base.shape[1], name, options)
    return blend(base, enhance_with(chosen, base, semantics, hints, preference), guide)


def _note_other_weights(recorded: str, enhancer: Enhancer) -> None:
    digest = str(getattr(enhancer, "digest", ""))
    if recorded and digest and not digest.startswith(recorded):
        warnings.warn(
            f'enhanced with weights {digest[:16]} of "{enhancer.name}", the file was measured with {recorded}',
            EnhancementChanged,
            stacklevel=2,
        )


def _lost(base: RgbImage, cause: str) -> RgbImage:
    _warn(f"the picture is not enhanced: {cause}")
    return base


def _warn(message: str) -> None:
    warnings.warn(message, EnhancementLost, stacklevel=2)


def _semantic_map(opened: OpenedFile, base: RgbImage) -> SemanticMap | None:
    body, header = opened.body(Tag.LABEL_MAP), opened.header
    if body is None or header is None or header.labels is None:
        return None
    return SemanticMap(decode_labels(body, header.map_shape), header.labels.resolve())


def _alpha(opened: OpenedFile, base: RgbImage) -> npt.NDArray[np.uint8] | None:
    section = next((section for section in opened.sections if section.tag == Tag.ALPHA), None)
    if section is None:
        return None
    try:
        if section.intact:
            with Image.open(io.BytesIO(section.body), formats=["PNG"]) as image:
                if image.mode == "L" and image.size == base.shape[1::-1]:
                    return np.array(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        pass
    _warn("the alpha plane is damaged and left out")
    return None


def _read_only(rgb: RgbImage) -> RgbImage:
    view = rgb.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True)
class Beside:
    """What the codec's own format says beside the samples; the orientation is that of a file which another tool wrote
    or edited."""

    metadata: Metadata
    orientation: int = 1
    grey: bool = False


def beside_of(opened: OpenedFile) -> Beside:
    """What a file says beside its samples, read without decoding them."""
    dpi = opened.header.dpi if opened.header is not None else None
    if opened.in_container:
        bodies: dict[str, Any] = {tag.name.lower(): opened.body(tag) for tag in (Tag.ICC, Tag.EXIF, Tag.XMP)}
        return Beside(Metadata(**bodies, dpi=dpi))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(opened.payload), formats=RASTER_FORMATS) as image:
                metadata = metadata_of(image)
                metadata = replace(metadata, dpi=metadata.dpi or dpi)
                return Beside(metadata, orientation_of(image), image.mode in ("1", "L", "LA"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Beside(Metadata(dpi=dpi))
