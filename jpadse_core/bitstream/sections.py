"""The sidecar: a version byte, then sections, each with its own checksum.

A section is a tag byte, a length (varint), a CRC-32 (4 bytes, little-endian) of tag, length and body, and the body.
Tags from 128 on are optional: a reader that does not know one skips it. A section of this version occurs once.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from jpadse_core.bitstream.private import private_label, write_private
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamError, BitstreamUnsupported

FORMAT_VERSION = 1
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


def write_sections(sections: Mapping[SectionKey, bytes]) -> bytes:
    """A sidecar of these sections, in this order."""
    parts = [bytes([FORMAT_VERSION])]
    for key, content in sections.items():
        tag, body = (Tag.PRIVATE, write_private(key, content)) if isinstance(key, str) else (key, content)
        parts += [bytes([tag]), write_varint(len(body)), _checksum(tag, body).to_bytes(4, "little"), body]
    return b"".join(parts)


def _checksum(tag: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(bytes([tag]) + write_varint(len(body))))


@dataclass(frozen=True)
class Scan:
    """What could be read of a sidecar: its sections up to the first that cannot be, and why that one cannot."""

    sections: tuple[Section, ...]
    error: BitstreamError | None


def read_sections(sidecar: bytes) -> list[Section]:
    """The sections of a sidecar, damaged ones included.

    Raises:
        BitstreamUnsupported: a newer version wrote it, or it has a section that must be understood and is not.
        BitstreamTruncated, BitstreamCorrupt: it cannot be taken apart.
    """
    scan = scan_sections(sidecar)
    if scan.error is not None:
        raise scan.error
    return list(scan.sections)


def scan_sections(sidecar: bytes) -> Scan:
    """As `read_sections`, with what is intact ahead of an error."""
    sections: list[Section] = []
    try:
        _read_into(sections, sidecar)
    except BitstreamError as error:
        return Scan(tuple(sections), error)
    return Scan(tuple(sections), None)


def _read_into(sections: list[Section], sidecar: bytes) -> None:
    reader = Reader(sidecar, "sidecar")
    version = reader.byte()
    if version > FORMAT_VERSION:
        raise BitstreamUnsupported(
            f"the sidecar has format version {version}, this jpadse reads up to {FORMAT_VERSION}: "
            "pip install --upgrade jpadse"
        )
    if version == 0:
        raise BitstreamCorrupt("the sidecar has format version 0, which was never written")
    while reader.left:
        start = reader.position
        tag = reader.byte()
        size = reader.varint()
        checksum = int.from_bytes(reader.block(4), "little")
        body = reader.block(size)
        if tag not in _KNOWN and tag < _FIRST_OPTIONAL:
            raise BitstreamUnsupported(
                f"the sidecar has a section {tag} that this jpadse does not know: pip install --upgrade jpadse"
            )
        if tag in _KNOWN - {Tag.PRIVATE} and any(section.tag == tag for section in sections):
            raise BitstreamCorrupt(f"the sidecar has two sections {Tag(tag).name.lower()}")
        sections.append(Section(tag, body, reader.position - start, _checksum(tag, body) == checksum))
