"""A sidecar in comments of a JPEG 2000 codestream, which may hold any bytes and which decoders skip.

Source: ITU-T T.800, A.9.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core import BitstreamCorrupt, BitstreamTruncated, Detached

_SOC, _SOT, _COM = b"\xff\x4f", b"\xff\x90", b"\xff\x64"
_BINARY = b"\0\0"
_MAGIC = b"JPSE"
_ROOM = 0xFFFF - 2 - len(_BINARY) - len(_MAGIC)


@dataclass(frozen=True)
class _Segment:
    start: int
    end: int
    ours: bool


def _main_header(codestream: bytes) -> Iterator[_Segment]:
    """The marker segments between SOC and the first tile-part; the marker of that one last, without its content."""
    if codestream[:2] != _SOC:
        raise BitstreamCorrupt("not a JPEG 2000 codestream")
    start = 2
    while (marker := codestream[start : start + 2]) != _SOT:
        length = int.from_bytes(codestream[start + 2 : start + 4], "big")
        end = start + 2 + length
        if end > len(codestream):
            raise BitstreamTruncated("the JPEG 2000 codestream ends inside its header")
        if marker[:1] != b"\xff" or length < 2:
            raise BitstreamCorrupt(f"the JPEG 2000 codestream has no marker segment at byte {start}")
        yield _Segment(start, end, marker == _COM and codestream[start + 4 : end].startswith(_BINARY + _MAGIC))
        start = end
    yield _Segment(start, start + 2, ours=False)


def attach_comments(codestream: bytes, sidecar: bytes) -> bytes:
    """The codestream with the sidecar in as many comments as it takes, at the end of the main header."""
    *_, first_tile = _main_header(codestream)
    parts = [sidecar[start : start + _ROOM] for start in range(0, max(len(sidecar), 1), _ROOM)]
    comments = (_BINARY + _MAGIC + part for part in parts)
    segments = b"".join(_COM + (len(comment) + 2).to_bytes(2, "big") + comment for comment in comments)
    return codestream[: first_tile.start] + segments + codestream[first_tile.start :]


def detach_comments(codestream: bytes) -> Detached:
    """Undo `attach_comments`.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: the codestream's header is broken.
    """
    ours = [segment for segment in _main_header(codestream) if segment.ours]
    if not ours:
        return Detached(codestream, None)
    starts = [0, *(segment.end for segment in ours)]
    ends = [*(segment.start for segment in ours), len(codestream)]
    kept = b"".join(codestream[start:end] for start, end in zip(starts, ends, strict=True))
    body = 4 + len(_BINARY) + len(_MAGIC)
    return Detached(kept, b"".join(codestream[segment.start + body : segment.end] for segment in ours))
