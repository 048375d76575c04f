"""Whether a file that exists already can be given a sidecar."""

from __future__ import annotations

import warnings

from jpadse_core.bitstream.sections import SectionKey, Tag
from jpadse_core.carrying import fenced_carrier_of
from jpadse_core.errors import BitstreamUnsupported, CodecError, EnhancementLost, ImageError
from jpadse_core.interfaces.codec import Carrier, Codec
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.opening import OpenedFile

_BESIDE = (Tag.ALPHA, Tag.ICC, Tag.EXIF, Tag.XMP)
_IN_WORDS: dict[int, str] = {Tag.ALPHA: "alpha plane", **{tag: tag.name for tag in _BESIDE[1:]}}


def carrier_to_attach(opened: OpenedFile, codec: Codec, replace: bool) -> Carrier:
    """The carrier by which a sidecar gets into a file.

    Args:
        opened: the file.
        codec: whose file it should be.
        replace: whether a sidecar that is there may go.

    Raises:
        CodecError: it is another codec's file, or it cannot carry a sidecar, or it has one, or has one of a newer
            version.
    """
    if opened.in_container:
        raise CodecError("is a .jpse container, made with its sidecar: encode the original anew")
    if opened.codec.name != codec.name:
        raise CodecError(f'is a {opened.codec.name} file, and the codec of this pipeline is "{codec.name}"')
    carrier = fenced_carrier_of(codec)
    if carrier is None:
        raise CodecError(
            f"a {codec.name} file cannot hold a sidecar: "
            f'encode the original with codec "{codec.name}", to a .jpse container'
        )
    if opened.size > len(opened.payload) and not replace:
        raise CodecError("has a sidecar already: ask for it to be replaced (--replace)")
    if isinstance(opened.unread, BitstreamUnsupported):
        raise CodecError(f"nobody here knows what would be lost with its sidecar: {opened.unread}")
    return carrier


def require_same_size(original: RgbImage, base: RgbImage, orientation: int) -> None:
    """Refuse an original of another size than the file's picture; both are as stored in this EXIF orientation.

    Raises:
        ImageError: the sizes differ.
    """
    if original.shape != base.shape:
        turned = slice(1, None, -1) if orientation < 5 else slice(0, 2)
        sizes = [" x ".join(map(str, picture.shape[turned])) for picture in (original, base)]
        raise ImageError(f"the original is {sizes[0]}, the file {sizes[1]}: give the picture that it was made from")


def beside_to_keep(opened: OpenedFile) -> dict[SectionKey, bytes]:
    """Alpha, metadata and private sections out of the sidecar that is replaced; what is damaged is a warning."""
    if opened.unread is not None:
        warnings.warn(
            f"what the sidecar held beside the picture may be lost: {opened.unread}", EnhancementLost, stacklevel=2
        )
    beside = [section for section in opened.sections if section.tag in (*_BESIDE, Tag.PRIVATE)]
    for section in beside:
        if not section.intact:
            what = _IN_WORDS.get(section.tag, section.name)
            warnings.warn(f"the {what} is damaged and left out", EnhancementLost, stacklevel=2)
    kept: dict[SectionKey, bytes] = {Tag(s.tag): s.body for s in beside if s.intact and s.tag != Tag.PRIVATE}
    return kept | opened.private()
