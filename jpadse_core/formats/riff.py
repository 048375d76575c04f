"""Chunks of RIFF files, which WebP files are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated

_MOST_CHUNKS = 1 << 16


@dataclass(frozen=True)
class Chunk:
    """A chunk of a RIFF file.

    Attributes:
        kind: its four-character code.
        start, end: where its header begins, and the byte behind it and its padding.
        body: what it holds; what is left of it in a file that is cut.
    """

    kind: bytes
    start: int
    end: int
    body: bytes


def chunks(data: bytes, form: bytes, *, last_may_be_cut: bytes = b"") -> Iterator[Chunk]:
    """The chunks of a RIFF file, in order. What lies behind the size that the file declares is no part of it.

    Args:
        data: the file.
        form: the four-character code of what it is.
        last_may_be_cut: the kind of a chunk that is given as far as it goes where the file ends inside it.

    Raises:
        BitstreamTruncated: a chunk reaches behind the end.
        BitstreamCorrupt: it is no RIFF file of that form, or has more than 65,536 chunks.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft, 1991), chapter 2.
    """
    if data[:4] != b"RIFF" or data[8:12] != form:
        raise BitstreamCorrupt(f"not a RIFF file of {form.decode('latin-1')}")
    declared = 8 + int.from_bytes(data[4:8], "little")
    limit = min(declared, len(data))
    start = 12
    for _ in range(_MOST_CHUNKS):
        if limit - start < 8:
            if declared > len(data) and start == 12:
                raise BitstreamTruncated("the file ends ahead of its first chunk")
            return
        kind, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        end = start + 8 + size + size % 2
        if start + 8 + size > limit and kind != last_may_be_cut:
            raise BitstreamTruncated(f"the file ends inside its chunk {kind.decode('latin-1')!r}")
        yield Chunk(kind, start, min(end, limit), data[start + 8 : min(start + 8 + size, limit)])
        start = end
    raise BitstreamCorrupt(f"the file has more than {_MOST_CHUNKS} chunks")


def make_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its padding."""
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def make_riff(form: bytes, parts: bytes) -> bytes:
    """A RIFF file of chunks that are already made."""
    return b"RIFF" + (len(parts) + 4).to_bytes(4, "little") + form + parts
