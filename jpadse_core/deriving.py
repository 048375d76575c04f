"""Label maps that no file holds: encoder and decoder alike make them of the plain codec's picture."""

from __future__ import annotations

import warnings

from jpadse_core.bitstream.header import DIGEST_DIGITS, Header
from jpadse_core.calling import digest_of, extract_with
from jpadse_core.downsampling import downsample_labels
from jpadse_core.errors import EnhancementChanged, JpadseError, SemanticsError
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.parts import Parts


def derive(extractor: SemanticExtractor, base: RgbImage, divisor: int) -> SemanticMap:
    """The map of a decoded picture, at the resolution at which one would be sent.

    Args:
        extractor: makes the map; one that wants the picture's file has none to look at.
        base: the plain codec's picture, uint8 `[H, W, 3]`, in the orientation in which it is stored.
        divisor: the map has the picture's resolution divided by this.

    Raises:
        SemanticsError: the extractor failed.
    """
    full = extract_with(extractor, base)
    return SemanticMap(downsample_labels(full.labels, divisor), full.label_set)


def derive_again(
    header: Header, base: RgbImage, extractor: SemanticExtractor | None, parts: Parts
) -> SemanticMap | None:
    """The map that the encoder of a file with derived semantics had.

    Args:
        header: of a file with `derived` set.
        base: as for `derive`.
        extractor: in the place of the one that the header names.
        parts: where that one is found.

    Returns:
        None, with the warning `EnhancementChanged`, where the extractor is not usable. Other weights or another
        extractor than the file was measured with are the same warning.
    """
    try:
        if extractor is None:
            if header.semantics is None:
                raise SemanticsError("the file does not name it")
            extractor = parts.find("semantics", header.semantics, header.semantics_distribution)
        label_map = derive(extractor, base, header.divisor)
        digest = digest_of(extractor)
    except JpadseError as error:
        _changed(f"without the label map that the file was measured with: its extractor is not usable: {error}")
        return None
    if extractor.name != header.semantics:
        _changed(f'with a label map of "{extractor.name}", the file was measured with "{header.semantics}"')
    elif header.labels is not None and extractor.labels.name != header.labels.name:
        _changed(
            f'with a label map in "{extractor.labels.name}" of "{extractor.name}", '
            f'the file was measured with one in "{header.labels.name}"'
        )
    elif header.semantics_weights and digest and not digest.startswith(header.semantics_weights):
        _changed(
            f'with a label map of weights {digest[:DIGEST_DIGITS]} of "{extractor.name}", '
            f"the file was measured with {header.semantics_weights}"
        )
    return label_map


def _changed(how: str) -> None:
    warnings.warn(f"enhanced {how}", EnhancementChanged, stacklevel=2)
