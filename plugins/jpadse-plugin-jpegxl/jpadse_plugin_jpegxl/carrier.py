"""A sidecar and metadata inside a JPEG XL file, as boxes of its container.

Source: ISO/IEC 18181-2, clause 9.
"""

from __future__ import annotations

import imagecodecs

from jpadse_core import BitstreamCorrupt, Detached, Metadata
from jpadse_core.formats.boxes import attach_box, boxes, detach_box, make_box

_CODESTREAM = b"\xff\x0a"
_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_HEAD = _SIGNATURE + make_box(b"ftyp", b"jxl \0\0\0\0jxl ")
_AS_IT_WAS, _WRAPPED_BY_US = b"\0", b"\1"
_LARGEST_BLOCK = 1 << 26
"""Bytes to which a compressed block of metadata may expand."""


class JpegXlCarrier:
    """One `uuid` box behind the picture: a byte that says whether the file was a bare codestream (1), which gets a
    container for it, then the sidecar. The codestream itself holds the colour profile, so that none can be added."""

    holds = frozenset({"exif", "xmp"})

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins like a bare codestream or like a container around one."""
        return data[:2] == _CODESTREAM or data[:12] == _SIGNATURE

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        if payload[:2] == _CODESTREAM:
            return attach_box(_wrapped(payload), _WRAPPED_BY_US + sidecar, absolute_offsets=False)
        return attach_box(payload, _AS_IT_WAS + sidecar, absolute_offsets=False)

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`."""
        if data[:2] == _CODESTREAM:
            return Detached(data, None)
        if data[:12] != _SIGNATURE:
            raise BitstreamCorrupt("not a JPEG XL file")
        detached = detach_box(data, absolute_offsets=False)
        if detached.sidecar is None:
            return detached
        payload, wrapped = detached.payload, detached.sidecar[:1] == _WRAPPED_BY_US
        codestream = self.codestream(payload) if wrapped else b""
        untouched = wrapped and payload == _wrapped(codestream)
        return Detached(codestream if untouched else payload, detached.sidecar[1:])

    def codestream(self, data: bytes) -> bytes:
        """The codestream of a file, with or without a container.

        Raises:
            BitstreamCorrupt, BitstreamTruncated: the container is broken, or holds none.
        """
        if data[:2] == _CODESTREAM:
            return data
        parts: list[bytes] = []
        for box in boxes(data):
            if box.kind == b"jxlc":
                return data[box.body : box.end]
            if box.kind == b"jxlp":
                parts.append(data[box.body + 4 : box.end])
        if not parts:
            raise BitstreamCorrupt("the JPEG XL file holds no codestream")
        return b"".join(parts)

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: the codestream."""
        return self.codestream(payload)

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: boxes `Exif` and `xml ` ahead of the codestream. There is none for an ICC profile."""
        contained = _wrapped(payload) if payload[:2] == _CODESTREAM else payload
        first = next(box.start for box in boxes(contained) if box.kind in (b"jxlc", b"jxlp"))
        added = make_box(b"Exif", bytes(4) + metadata.exif) if metadata.exif else b""
        added += make_box(b"xml ", metadata.xmp) if metadata.xmp else b""
        return contained[:first] + added + contained[first:]

    def metadata(self, data: bytes) -> Metadata:
        """EXIF and XMP of a file, the first of each, compressed by Brotli or not.

        Raises:
            BitstreamCorrupt: a compressed block is broken, or expands beyond 64 MiB.
        """
        exif, xmp = _block(data, b"Exif"), _block(data, b"xml ")
        return Metadata(exif=exif[4 + int.from_bytes(exif[:4], "big") :] or None, xmp=xmp or None)


def _wrapped(codestream: bytes) -> bytes:
    return _HEAD + make_box(b"jxlc", codestream)


def _block(data: bytes, kind: bytes) -> bytes:
    """The body of the first box of a kind, which may be inside a compressed one; empty where there is none."""
    if data[:2] == _CODESTREAM:
        return b""
    for box in boxes(data):
        if box.kind == kind:
            return data[box.body : box.end]
        if box.kind == b"brob" and data[box.body : box.body + 4] == kind:
            return _expanded(data[box.body + 4 : box.end])
    return b""


def _expanded(block: bytes) -> bytes:
    try:
        return bytes(imagecodecs.brotli_decode(block, out=_LARGEST_BLOCK))
    except (imagecodecs.BrotliError, RuntimeError, ValueError) as error:
        raise BitstreamCorrupt(f"the JPEG XL file's metadata cannot be expanded: {error}") from error
