"""The sidecar: a version byte, the head, which is header and guide under one checksum, then sections with their own.

The checksum of the head (CRC-32, 4 bytes, little-endian) covers the coded picture, the header and the guide, so that a
head beside another picture is none. The version byte's top bit says that sections follow; the length of the head
(varint; 0 for none) then stands ahead of it.

A section is a tag byte, a length (varint), a CRC-32 of tag, length and body, and the body. Tags from 128 on are
optional: a reader that does not know one skips it. A section of this version occurs once. In version 1 there was no
head: header and guide were sections.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from jpadse_core.bitstream.header import read_header
from jpadse_core.bitstream.private import private_label, write_private
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamUnsupported

FORMAT_VERSION = 2
_SECTIONS_FOLLOW = 0x80
_CHECKSUM = 4
_FIRST_OPTIONAL = 128


class Tag(IntEnum):
    """What a section holds."""

    HEADER = 1
    PAYLOAD = 2
    ALPHA = 3
    ICC = 4
    EXIF = 5
    XMP = 6
    LABEL_MAP = 128
    GUIDE = 129
    PERCEPTION_GUIDE = 130
    PRIVATE = 255


_KNOWN = frozenset(int(tag) for tag in Tag)


@dataclass(frozen=True)
class Section:
    """One section as it lies in the file.

    Attributes:
        tag: what it holds; an int that is no `Tag` is an optional section of a newer version.
        body: its bytes.
        size: bytes in the file, framing included.
        intact: whether the checksum holds.
    """

    tag: int
    body: bytes
    size: int
    intact: bool

    @property
    def name(self) -> str:
        """Lower-case name for reports."""
        if self.tag == Tag.PRIVATE:
            return private_label(self.body)
        return Tag(self.tag).name.lower() if self.tag in _KNOWN else f"unknown-{self.tag}"


SectionKey: TypeAlias = Tag | str
"""What a section holds; a string is the name of a private section."""


def write_sections(sections: Mapping[SectionKey, bytes], essence: bytes = b"") -> bytes:
    """A sidecar of these sections, in this order, the head first.

    The guide is in the head, but for that of a container: there a damaged guide must not cost the header.

    Args:
        sections: what they hold.
        essence: of the coded picture, which the sidecar belongs to; empty in a container.
    """
    rest = dict(sections)
    head = rest.pop(Tag.HEADER, b"")
    if head and Tag.PAYLOAD not in rest:
        head += rest.pop(Tag.GUIDE, b"")
    if head:
        head = _head_checksum(head, essence).to_bytes(_CHECKSUM, "little") + head
    if head and not rest:
        return bytes([FORMAT_VERSION]) + head
    parts = [bytes([FORMAT_VERSION | _SECTIONS_FOLLOW]), write_varint(len(head)), head]
    for key, content in rest.items():
        tag, body = (Tag.PRIVATE, write_private(key, content)) if isinstance(key, str) else (key, content)
        parts += [bytes([tag]), write_varint(len(body)), _checksum(tag, body).to_bytes(_CHECKSUM, "little"), body]
    return b"".join(parts)


def _head_checksum(head: bytes, essence: bytes) -> int:
    return zlib.crc32(head, zlib.crc32(essence))


def _checksum(tag: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(bytes([tag]) + write_varint(len(body))))


@dataclass(frozen=True)
class Scan:
    """What could be read of a sidecar.

    Attributes:
        version: of its format.
        sections: up to the first that cannot be read; header and guide count as two wherever they lie.
        error: why that one cannot; None where all can.
    """

    version: int
    sections: tuple[Section, ...]
    error: BitstreamError | None


def read_sections(sidecar: bytes, essence: bytes = b"") -> list[Section]:
    """The sections of a sidecar, damaged ones included.

    Args:
        sidecar: its bytes.
        essence: of the coded picture beside which it lies; empty in a container.

    Raises:
        BitstreamUnsupported: a newer version wrote it, or it has a section that must be understood and is not.
        BitstreamTruncated, BitstreamCorrupt: it cannot be taken apart.
    """
    scan = scan_sections(sidecar, essence)
    if scan.error is not None:
        raise scan.error
    return list(scan.sections)


def scan_sections(sidecar: bytes, essence: bytes = b"") -> Scan:
    """As `read_sections`, with what is intact ahead of an error."""
    sections: list[Section] = []
    version = sidecar[0] & ~_SECTIONS_FOLLOW if sidecar else FORMAT_VERSION
    try:
        for section in _sections(sidecar, essence):
            if section.tag in _KNOWN - {Tag.PRIVATE} and any(other.tag == section.tag for other in sections):
                raise BitstreamCorrupt(f"the sidecar has two sections {section.name}")
            sections.append(section)
    except BitstreamError as error:
        return Scan(version, tuple(sections), error)
    return Scan(version, tuple(sections), None)


def _sections(sidecar: bytes, essence: bytes) -> Iterator[Section]:
    reader = Reader(sidecar, "sidecar")
    first = reader.byte()
    version = first & ~_SECTIONS_FOLLOW
    if version > FORMAT_VERSION:
        raise BitstreamUnsupported(
            f"the sidecar has format version {version}, this jpadse reads up to {FORMAT_VERSION}: "
            "pip install --upgrade jpadse"
        )
    if version == 0 or first == 1 | _SECTIONS_FOLLOW:
        raise BitstreamCorrupt(f"the sidecar has format version {first}, which was never written")
    if version == FORMAT_VERSION:
        yield from _in_head(reader, bool(first & _SECTIONS_FOLLOW), essence)
    while reader.left:
        start = reader.position
        tag = reader.byte()
        size = reader.varint()
        checksum = int.from_bytes(reader.block(_CHECKSUM), "little")
        body = reader.block(size)
        if tag not in _KNOWN and tag < _FIRST_OPTIONAL:
            raise BitstreamUnsupported(
                f"the sidecar has a section {tag} that this jpadse does not know: pip install --upgrade jpadse"
            )
        if tag == Tag.HEADER and version == FORMAT_VERSION:
            raise BitstreamCorrupt("the sidecar has a header outside its head")
        yield Section(tag, body, reader.position - start, _checksum(tag, body) == checksum)


def _in_head(reader: Reader, length_stands_ahead: bool, essence: bytes) -> Iterator[Section]:
    """Header and guide; of a damaged head, the whole as header, where that does not tell its end."""
    start = reader.position
    length = reader.varint() if length_stands_ahead else reader.left
    if not length:
        return
    framing = reader.position - start + _CHECKSUM
    checksum = int.from_bytes(reader.block(_CHECKSUM), "little")
    head = reader.block(max(length - _CHECKSUM, 0))
    intact = _head_checksum(head, essence) == checksum
    try:
        size = read_header(head)[1]
    except BitstreamError:
        if intact:
            raise
        size = len(head)
    yield Section(Tag.HEADER, head[:size], framing + size, intact)
    if size < len(head):
        yield Section(Tag.GUIDE, head[size:], len(head) - size, intact)
