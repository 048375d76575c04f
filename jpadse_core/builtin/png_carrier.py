"""A sidecar and metadata inside a PNG file, as chunks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated
from jpadse_core.interfaces.codec import Detached
from jpadse_core.interfaces.picture import Metadata, is_rgb_profile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OURS = b"jpSE"
"""Ancillary, private, and not to be copied by an editor that changes the pixels."""
_METADATA = frozenset({b"iCCP", b"eXIf", b"iTXt", b"tEXt", b"zTXt", b"tIME", b"pHYs", b"sRGB", b"gAMA", b"cHRM"})
_GREY = (0, 4)
"""Colour types without and with alpha."""
_METRES_PER_INCH = 0.0254
_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    start: int
    end: int
    body: bytes


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The chunks up to IEND.

    Source: Portable Network Graphics, third edition, section 5.
    """
    if data[:8] != _SIGNATURE:
        raise BitstreamCorrupt("not a PNG file")
    position = 8
    while True:
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if len(kind) < 4 or end > len(data):
            raise BitstreamTruncated("the PNG file ends inside a chunk")
        yield _Chunk(kind, position, end, data[position + 8 : end - 4])
        if kind == b"IEND":
            return
        position = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _without(data: bytes, kinds: frozenset[bytes]) -> bytes:
    position = 0
    kept: list[bytes] = []
    for chunk in _chunks(data):
        if chunk.kind in kinds:
            kept.append(data[position : chunk.start])
            position = chunk.end
    return b"".join((*kept, data[position:]))


def _completed(data: bytes) -> bytes:
    """A file that was cut inside our chunk, which lies behind all picture data, with what is left of it and an IEND."""
    position = 8
    while data[position + 4 : position + 8] not in (b"", b"IEND"):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if end > len(data) and data[position + 4 : position + 8] == _OURS:
            return data[:position] + _chunk(_OURS, data[position + 8 :]) + _chunk(b"IEND", b"")
        position = end
    return data


class PngCarrier:
    """One private chunk `jpSE` ahead of IEND."""

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins with PNG's signature."""
        return data[:8] == _SIGNATURE

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        end = next(chunk.start for chunk in _chunks(payload) if chunk.kind == b"IEND")
        return payload[:end] + _chunk(_OURS, sidecar) + payload[end:]

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`. Two sidecars come back as one, which no reader takes."""
        data = _completed(data)
        ours = [chunk.body for chunk in _chunks(data) if chunk.kind == _OURS]
        return Detached(_without(data, frozenset({_OURS})), b"".join(ours)) if ours else Detached(data, None)

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`."""
        end = 0
        for chunk in _chunks(payload):
            end = chunk.end
        return _without(payload[:end], _METADATA)

    def without_room(self, payload: bytes, metadata: Metadata) -> frozenset[str]:
        """See `Carrier.embed`: the RGB profile of a grey file."""
        grey = next(_chunks(payload)).body[9] in _GREY
        return frozenset({"icc"} if grey and is_rgb_profile(metadata.icc) else ())

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: pHYs, iCCP, eXIf, and XMP as iTXt, behind IHDR."""
        header = next(_chunks(payload))
        chunks = b""
        if metadata.dpi:
            per_metre = [round(number / _METRES_PER_INCH) for number in metadata.dpi]
            chunks += _chunk(b"pHYs", b"".join(number.to_bytes(4, "big") for number in per_metre) + b"\1")
        if metadata.icc:
            chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc, 9))
        if metadata.exif:
            chunks += _chunk(b"eXIf", metadata.exif)
        if metadata.xmp:
            chunks += _chunk(b"iTXt", _XMP + metadata.xmp)
        return payload[: header.end] + chunks + payload[header.end :]
