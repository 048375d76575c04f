"""A sidecar and metadata inside a JPEG file, as application segments ahead of the frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated, CodecError
from jpadse_core.interfaces.codec import Detached
from jpadse_core.interfaces.picture import Metadata, is_rgb_profile

_SOI, _EOI, _SOS, _DQT, _COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xFE
_APP0, _APP1, _APP2, _APP9, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xE9, 0xEE, 0xEF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_NOT_CODED = frozenset({_COM, *range(_APP0, _APP15 + 1)} - {_APP14})
_LARGEST_BODY = 0xFFFF - 2
_IDENTIFIER = b"JPSE\0"
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_JFIF = b"JFIF\0"
_INCHES = {1: 1.0, 2: 2.54}
"""Pixels per inch that one pixel per unit stands for, by JFIF's number of the unit."""
_ICC = b"ICC_PROFILE\0"


@dataclass(frozen=True)
class _Segment:
    marker: int
    start: int
    end: int
    body: bytes


def _segments(data: bytes) -> Iterator[_Segment]:
    """The marker segments from SOI up to the first scan, the SOS marker itself last.

    Source: ITU-T T.81, annex B.
    """
    if data[:2] != bytes([0xFF, _SOI]):
        raise BitstreamCorrupt("not a JPEG file")
    position = 2
    while True:
        start = position
        if data[position : position + 1] not in (b"\xff", b""):
            raise BitstreamCorrupt(f"JPEG marker expected at byte {position}")
        while data[position : position + 1] == b"\xff":
            position += 1
        if position >= len(data):
            raise BitstreamTruncated("the JPEG file ends before its first scan")
        marker = data[position]
        position += 1
        if marker in _STANDALONE:
            continue
        if marker == _EOI:
            raise BitstreamCorrupt("the JPEG file holds no scan")
        length = int.from_bytes(data[position : position + 2], "big")
        end = position + length
        if length < 2:
            raise BitstreamCorrupt(f"JPEG segment of impossible length at byte {start}")
        if end > len(data):
            raise BitstreamTruncated("the JPEG file ends inside a segment")
        yield _Segment(marker, start, end, data[position + 2 : end])
        if marker == _SOS:
            return
        position = end


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _in_app1(metadata: Metadata) -> list[tuple[str, bytes]]:
    """EXIF and XMP, where there are any, by field and as the bodies of their segments."""
    blocks = (("exif", _EXIF, metadata.exif), ("xmp", _XMP, metadata.xmp))
    return [(name, prefix + block) for name, prefix, block in blocks if block]


def _insert(payload: bytes, segments: bytes, behind: frozenset[int]) -> bytes:
    """`segments` behind those that come first and have one of these markers."""
    ahead = takewhile(lambda segment: segment.marker in behind, _segments(payload))
    position = max((segment.end for segment in ahead), default=2)
    return payload[:position] + segments + payload[position:]


def _end_of_image(data: bytes, position: int) -> int:
    """The end of the EOI marker, sought from behind the first scan's header; all of the data where it is missing."""
    while (found := _MARKER.search(data, position)) is not None:
        if found[0][1] == _EOI:
            return found.end()
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return len(data)


def _without(data: bytes, segments: list[_Segment]) -> bytes:
    """The file without some of its segments, which are in the order of the file."""
    starts = [0, *(segment.end for segment in segments)]
    ends = [*(segment.start for segment in segments), len(data)]
    return b"".join(data[start:end] for start, end in zip(starts, ends, strict=True))


def _with_density(payload: bytes, dpi: tuple[float, float]) -> bytes:
    """The file with its JFIF density in whole pixels per inch or per centimetre, whichever is nearer.

    Source: JFIF 1.02, "JFIF APP0 marker".
    """
    first = next(_segments(payload))
    if first.marker != _APP0 or not first.body.startswith(_JFIF) or len(first.body) < 12:
        return payload

    def rounding(unit: int) -> float:
        return sum(abs(round(number / _INCHES[unit]) * _INCHES[unit] - number) for number in dpi)

    unit = min(_INCHES, key=rounding)
    numbers = [round(number / _INCHES[unit]) for number in dpi]
    if not 0 < min(numbers) <= max(numbers) <= 0xFFFF:
        return payload
    density = bytes([unit]) + b"".join(number.to_bytes(2, "big") for number in numbers)
    start = first.end - len(first.body) + 7
    return payload[:start] + density + payload[start + 5 :]


def _is_ours(segment: _Segment) -> bool:
    return segment.marker == _APP9 and segment.body.startswith(_IDENTIFIER)


class JpegCarrier:
    """APP9 segments that begin with `JPSE\\0`, their index and their count; each holds up to 65,526 bytes."""

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins with a JPEG start-of-image marker."""
        return data[:3] == b"\xff\xd8\xff"

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`. JFIF's segment comes first by its standard, and EXIF's by its own: there are readers
        that look for it nowhere else. Multi-picture blocks (APP2) count from where they lie, and stay behind."""
        room = _LARGEST_BODY - len(_IDENTIFIER) - 2
        parts = [sidecar[start : start + room] for start in range(0, len(sidecar), room)]
        if len(parts) > 255:
            raise CodecError(f"a sidecar of {len(sidecar)} bytes does not fit into a JPEG file")
        return _insert(
            payload,
            b"".join(
                _segment(_APP9, _IDENTIFIER + bytes([index, len(parts)]) + part) for index, part in enumerate(parts)
            ),
            behind=frozenset({_APP0, _APP1}),
        )

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`. A sidecar with a missing segment comes back as what is left of it."""
        ours = [segment for segment in _segments(data) if _is_ours(segment)]
        if not ours:
            return Detached(data, None)
        payload = _without(data, ours)
        ours.sort(key=lambda segment: segment.body[len(_IDENTIFIER) : len(_IDENTIFIER) + 1])
        sidecar = b"".join(segment.body[len(_IDENTIFIER) + 2 :] for segment in ours)
        return Detached(payload, sidecar)

    def luminance_steps(self, payload: bytes) -> bytes | None:
        """The 64 quantiser steps of table 0; None where the file has none of 8 bits ahead of its first scan."""
        for segment in _segments(payload):
            tables = segment.body if segment.marker == _DQT else b""
            while len(tables) > 64 and tables[0] >> 4 == 0:
                if tables[0] == 0:
                    return tables[1:65]
                tables = tables[65:]
        return None

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: everything but comments and application segments, save Adobe's, which names the
        colour transform. What other tools append behind the end of the image is no part of it."""
        segments = list(_segments(payload))
        coded = payload[: _end_of_image(payload, segments[-1].end)]
        return _without(coded, [segment for segment in segments if segment.marker in _NOT_CODED])

    def without_room(self, payload: bytes, metadata: Metadata) -> frozenset[str]:
        """See `Carrier.embed`: EXIF and XMP beyond the 64 KB of a segment, and the RGB profile of a grey file."""
        grey = any(segment.marker in _FRAMES and segment.body[5:6] == b"\1" for segment in _segments(payload))
        too_large = {name for name, body in _in_app1(metadata) if len(body) > _LARGEST_BODY}
        return frozenset(too_large | {"icc"} if grey and is_rgb_profile(metadata.icc) else too_large)

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: EXIF and XMP in APP1, the ICC profile in as many APP2 as it needs, the resolution in
        JFIF's APP0 where there is one.

        Raises:
            CodecError: EXIF or XMP is among what `without_room` names.
        """
        segments = b""
        for name, body in _in_app1(metadata):
            if len(body) > _LARGEST_BODY:
                size = len(getattr(metadata, name))
                raise CodecError(f"{size} bytes of {name.upper()} do not fit into a JPEG file: leave it out")
            segments += _segment(_APP1, body)
        room = _LARGEST_BODY - len(_ICC) - 2
        icc = metadata.icc or b""
        parts = [icc[start : start + room] for start in range(0, len(icc), room)]
        for index, part in enumerate(parts, start=1):
            segments += _segment(_APP2, _ICC + bytes([index, len(parts)]) + part)
        if metadata.dpi:
            payload = _with_density(payload, metadata.dpi)
        return _insert(payload, segments, behind=frozenset({_APP0})) if segments else payload
