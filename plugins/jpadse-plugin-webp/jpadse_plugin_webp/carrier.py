"""A sidecar and metadata inside a WebP file, as RIFF chunks."""

from __future__ import annotations

from collections.abc import Sequence

from jpadse_core import BitstreamCorrupt, CodecError, Detached, Metadata
from jpadse_core.formats.riff import Chunk, chunks, make_chunk, make_riff
from jpadse_plugin_webp.frame import FrameHeader, read_frame_header

_FORM = b"WEBP"
_OURS = b"JPSE"
_CODED = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_ICC_FLAG, _ALPHA_FLAG, _EXIF_FLAG, _XMP_FLAG = 0x20, 0x10, 0x08, 0x04
_EXTENDED_BY_US, _PADDED_BY_US = 1, 2


class WebpCarrier:
    """One private chunk `JPSE` at the end: a byte of flags, then the sidecar.

    The flags say whether the file was a simple one, which may hold no such chunk and was extended for it (1), and
    whether its last chunk lacked its padding (2), so that `detach` gives back the very same bytes.

    Source: RFC 9649, section 2.
    """

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins like a WebP file."""
        return data[:4] == b"RIFF" and data[8:12] == _FORM

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        found = list(chunks(payload, _FORM))
        if not any(chunk.kind in _CODED for chunk in found):
            raise CodecError("the WebP file holds no picture")
        end = found[-1].end
        before, flags = payload[12:end], 0
        if found[0].kind != b"VP8X":
            before, flags = _extended_header(found, 0) + before, _EXTENDED_BY_US
        if len(before) % 2:
            before, flags = before + b"\0", flags | _PADDED_BY_US
        return make_riff(_FORM, before + make_chunk(_OURS, bytes([flags]) + sidecar)) + payload[end:]

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`. A sidecar that the end of the file cuts comes back as what is left of it."""
        found = list(chunks(data, _FORM, last_may_be_cut=_OURS))
        if not any(chunk.kind in _CODED for chunk in found):
            raise BitstreamCorrupt("the WebP file holds no picture")
        ours = [chunk for chunk in found if chunk.kind == _OURS]
        if not ours:
            return Detached(data, None)
        flags, sidecar = int.from_bytes(ours[0].body[:1], "big"), ours[0].body[1:]
        rest = [chunk for chunk in found if chunk.kind != _OURS]
        if flags & _EXTENDED_BY_US and [chunk.kind in _CODED for chunk in rest] == [False, True]:
            rest = rest[1:]
        kept = b"".join(data[chunk.start : chunk.end] for chunk in rest)
        if flags & _PADDED_BY_US:
            kept = kept.removesuffix(b"\0")
        return Detached(make_riff(_FORM, kept) + data[found[-1].end :], sidecar)

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: the chunks that hold coded pixels."""
        coded = (chunk for chunk in chunks(payload, _FORM) if chunk.kind in _CODED)
        return b"".join(make_chunk(chunk.kind, chunk.body) for chunk in coded)

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: ICCP ahead of the picture, EXIF and XMP behind it."""
        found = [chunk for chunk in chunks(payload, _FORM) if chunk.kind != b"VP8X"]
        blocks = ((metadata.icc, _ICC_FLAG), (metadata.exif, _EXIF_FLAG), (metadata.xmp, _XMP_FLAG))
        parts = [_extended_header(list(chunks(payload, _FORM)), sum(flag for block, flag in blocks if block))]
        if metadata.icc:
            parts.append(make_chunk(b"ICCP", metadata.icc))
        parts += [make_chunk(chunk.kind, chunk.body) for chunk in found]
        for kind, block in ((b"EXIF", metadata.exif), (b"XMP ", metadata.xmp)):
            if block:
                parts.append(make_chunk(kind, block))
        return make_riff(_FORM, b"".join(parts))

    def quantisers(self, payload: bytes) -> tuple[int, ...] | None:
        """The quantiser indices of a lossy picture's segments, 0 to 127; None for a lossless or animated one."""
        frame = next((chunk.body for chunk in chunks(payload, _FORM) if chunk.kind == b"VP8 "), None)
        return None if frame is None else read_frame_header(frame).quantisers


def _extended_header(found: Sequence[Chunk], flags: int) -> bytes:
    """A `VP8X` chunk with more flags: the file's own, or one for its only picture."""
    if found and found[0].kind == b"VP8X" and found[0].body:
        body = found[0].body
        return make_chunk(b"VP8X", bytes([body[0] | flags]) + body[1:])
    picture = next((chunk for chunk in found if chunk.kind in (b"VP8 ", b"VP8L")), None)
    if picture is None:
        raise CodecError("the WebP file holds no picture")
    width, height, alpha = _size_of(picture)
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return make_chunk(b"VP8X", bytes([flags | (_ALPHA_FLAG if alpha else 0), 0, 0, 0]) + sides)


def _size_of(picture: Chunk) -> tuple[int, int, bool]:
    """Width, height, and whether it has alpha."""
    if picture.kind == b"VP8 ":
        frame: FrameHeader = read_frame_header(picture.body)
        return frame.width, frame.height, False
    if len(picture.body) < 5 or picture.body[0] != 0x2F:
        raise BitstreamCorrupt("the WebP file's lossless picture has no header")
    bits = int.from_bytes(picture.body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
