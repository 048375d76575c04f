"""A sidecar and metadata inside a JP2 file, as boxes.

Source: ITU-T T.800, annex I.
"""

from __future__ import annotations

from jpadse_core import BitstreamCorrupt, BitstreamTruncated, CodecError, Detached, Metadata
from jpadse_core.formats.boxes import Box, attach_box, boxes, detach_box, make_box
from jpadse_core.interfaces.picture import is_rgb_profile

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_CODED = frozenset({b"ihdr", b"bpcc", b"pclr", b"cmap", b"cdef"})
_ENUMERATED, _RESTRICTED_ICC, _ANY_ICC = 1, 2, 3
_SRGB, _GREY = 16, 17
_AS_IT_WAS, _WRAPPED_BY_US = b"\0", b"\1"


class Jpeg2000Carrier:
    """One `uuid` box behind the codestream: a byte that says whether the file was a bare codestream (1), which gets a
    JP2 file around it, then the sidecar."""

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins like a file of the JP2 family or like a bare codestream."""
        return data[:12] == _SIGNATURE or data[:4] == _CODESTREAM

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        if payload[:4] == _CODESTREAM:
            return attach_box(wrapped(payload), _WRAPPED_BY_US + sidecar, absolute_offsets=False)
        return attach_box(payload, _AS_IT_WAS + sidecar, absolute_offsets=False)

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`."""
        if data[:4] == _CODESTREAM:
            return Detached(data, None)
        if data[:12] != _SIGNATURE:
            raise BitstreamCorrupt("not a JPEG 2000 file")
        detached = detach_box(data, absolute_offsets=False)
        codestream = self.codestream(detached.payload)
        if detached.sidecar is None:
            return detached
        untouched = detached.sidecar[:1] == _WRAPPED_BY_US and detached.payload == wrapped(codestream)
        return Detached(codestream if untouched else detached.payload, detached.sidecar[1:])

    def codestream(self, data: bytes) -> bytes:
        """The codestream of a file, or a bare one as it is.

        Raises:
            BitstreamCorrupt, BitstreamTruncated: the boxes are broken, or none holds one.
        """
        if data[:4] == _CODESTREAM:
            return data
        found = next((data[box.body : box.end] for box in boxes(data) if box.kind == b"jp2c"), None)
        if found is None:
            raise BitstreamCorrupt("the JPEG 2000 file holds no codestream")
        return found

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: the codestream, and of the JP2 header what turns its components into colours, but no
        ICC profile."""
        if payload[:4] == _CODESTREAM:
            return payload
        header = (
            payload[box.start : box.end]
            for box in _header(payload)
            if box.kind in _CODED or (box.kind == b"colr" and payload[box.body] == _ENUMERATED)
        )
        return b"".join((*header, self.codestream(payload)))

    def without_room(self, payload: bytes, metadata: Metadata) -> frozenset[str]:
        """See `Carrier.embed`: the RGB profile of a codestream of one component."""
        grey = self.codestream(payload)[40:42] == b"\0\1"
        return frozenset({"icc"} if grey and is_rgb_profile(metadata.icc) else ())

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: the ICC profile as the first colour specification, of which readers heed no other; EXIF
        and XMP as `uuid` boxes ahead of the codestream."""
        contained = wrapped(payload) if payload[:4] == _CODESTREAM else payload
        if metadata.icc:
            contained = _with_profile(contained, metadata.icc)
        start = next(box.start for box in boxes(contained) if box.kind == b"jp2c")
        blocks = ((_EXIF, metadata.exif), (_XMP, metadata.xmp))
        added = b"".join(make_box(b"uuid", kind + block) for kind, block in blocks if block)
        return contained[:start] + added + contained[start:]

    def metadata(self, data: bytes) -> Metadata:
        """ICC, EXIF and XMP of a file, the first of each.

        Raises:
            BitstreamCorrupt, BitstreamTruncated: its boxes are broken.
        """
        if data[:4] == _CODESTREAM:
            return Metadata()
        found: dict[bytes, bytes] = {}
        for box in boxes(data):
            if box.kind == b"uuid":
                found.setdefault(data[box.body : box.body + 16], data[box.body + 16 : box.end])
        exif = found.get(_EXIF, b"").removeprefix(b"Exif\0\0")
        return Metadata(_profile(data), exif or None, found.get(_XMP) or None)


def wrapped(codestream: bytes, brand: bytes = b"jp2 ") -> bytes:
    """A JP2 or JPH file around a codestream whose components are grey or RGB.

    Raises:
        CodecError: it has another number of components.
        BitstreamTruncated, BitstreamCorrupt: it ends inside its header, or has no pixels.
    """
    if len(codestream) < 43:
        raise BitstreamTruncated("the JPEG 2000 codestream ends inside its header")
    far_x, far_y, near_x, near_y = (int.from_bytes(codestream[start : start + 4], "big") for start in (8, 12, 16, 20))
    components, depth = int.from_bytes(codestream[40:42], "big"), codestream[42]
    if components not in (1, 3):
        raise CodecError(f"a bare codestream of {components} components says nothing of their colours")
    if near_x >= far_x or near_y >= far_y:
        raise BitstreamCorrupt("the JPEG 2000 codestream has no pixels")
    sides = (far_y - near_y).to_bytes(4, "big") + (far_x - near_x).to_bytes(4, "big")
    header = make_box(b"ihdr", sides + components.to_bytes(2, "big") + bytes([depth, 7, 0, 0]))
    space = _SRGB if components == 3 else _GREY
    header += make_box(b"colr", bytes([_ENUMERATED, 0, 0]) + space.to_bytes(4, "big"))
    kind = make_box(b"ftyp", brand + bytes(4) + brand)
    return _SIGNATURE + kind + make_box(b"jp2h", header) + make_box(b"jp2c", codestream)


def _header_box(data: bytes) -> Box:
    found = next((box for box in boxes(data) if box.kind == b"jp2h"), None)
    if found is None:
        raise BitstreamCorrupt("the JPEG 2000 file has no header box")
    return found


def _header(data: bytes) -> list[Box]:
    box = _header_box(data)
    return [inner for inner in boxes(data, box.body, box.end) if inner.end > inner.body]


def _profile(data: bytes) -> bytes | None:
    for box in _header(data):
        if box.kind == b"colr" and data[box.body] in (_RESTRICTED_ICC, _ANY_ICC):
            return data[box.body + 3 : box.end] or None
    return None


def _with_profile(data: bytes, icc: bytes) -> bytes:
    outer = _header_box(data)
    parts = [data[box.start : box.end] for box in boxes(data, outer.body, outer.end)]
    first = next((index for index, part in enumerate(parts) if part[4:8] == b"colr"), len(parts))
    parts.insert(first, make_box(b"colr", bytes([_RESTRICTED_ICC, 0, 0]) + icc))
    return data[: outer.start] + make_box(b"jp2h", b"".join(parts)) + data[outer.end :]
