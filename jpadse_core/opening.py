"""Taking a file apart: which codec it wants, its payload, and what its sidecar holds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from jpadse_core.bitstream.container import is_container, unwrap
from jpadse_core.bitstream.header import Header, read_header, read_header_of_version_1
from jpadse_core.bitstream.private import read_private
from jpadse_core.bitstream.sections import FORMAT_VERSION, Scan, Section, Tag, scan_sections
from jpadse_core.bitstream.signatures import codec_of
from jpadse_core.carrying import fenced_carrier_of
from jpadse_core.errors import (
    BitstreamCorrupt,
    BitstreamError,
    BitstreamTruncated,
    BitstreamUnsupported,
    CodecError,
    PluginConflict,
    PluginError,
    PluginNotFound,
)
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.parts import Parts
from jpadse_core.plugins.discovery import CORE_DISTRIBUTION, discover

_NO_HEAD = (
    "the sidecar belongs to another picture, or is damaged: "
    "the checksum over the picture and the sidecar's header and guide does not match"
)


@dataclass(frozen=True, eq=False)
class OpenedFile:
    """A file taken apart.

    Attributes:
        codec: reads the payload.
        in_container: whether the file is a `.jpse` container rather than a file of the codec's own format.
        size: bytes of the whole file.
        payload: the codec's own bytes.
        essence_size: bytes of the payload without metadata.
        header: None for a plain file, and where the sidecar is damaged.
        sections: what the sidecar holds; empty for a plain file.
        version: of the sidecar's format.
        damage: why the sidecar cannot be used; empty where it can.
        unread: why what follows the sections was not read; None where all was.
    """

    codec: Codec
    in_container: bool
    size: int
    payload: bytes
    essence_size: int
    header: Header | None
    sections: Sequence[Section]
    damage: str = ""
    version: int = FORMAT_VERSION
    unread: BitstreamError | None = None

    def body(self, tag: Tag) -> bytes | None:
        """The body of a section; None where the file has none."""
        return next((section.body for section in self.sections if section.tag == tag), None)

    def private(self) -> dict[str, bytes]:
        """The private sections that are intact: name to content."""
        found: dict[str, bytes] = {}
        for section in self.sections:
            if section.tag == Tag.PRIVATE and section.intact:
                with suppress(BitstreamError):
                    name, content = read_private(section.body)
                    found.setdefault(name, content)
        return found


def open_file(data: bytes, parts: Parts) -> OpenedFile:
    """Take a file apart without decoding its picture.

    Args:
        data: a `.jpse` container, or a file of any installed codec, with or without a sidecar.
        parts: where codecs are found.

    Raises:
        BitstreamError: it is neither, or its own structure is broken.
        PluginError: the codec that it wants is not usable.
    """
    if not data:
        raise BitstreamTruncated("the file is empty")
    if is_container(data):
        return _open_container(data, parts)
    codec = _codec_for(data, parts)
    carrier = fenced_carrier_of(codec)
    if carrier is None:
        return OpenedFile(codec, False, len(data), data, len(data), None, ())
    detached = carrier.detach(data)
    essence = carrier.essence(detached.payload)
    if detached.sidecar is None:
        return OpenedFile(codec, False, len(data), data, len(essence), None, ())
    scan = scan_sections(detached.sidecar, essence)
    header, damage = _read_sidecar(scan, essence)
    if header is not None and header.codec != codec.name:
        try:
            codec = parts.find("codec", header.codec, header.codec_distribution)
        except PluginError as error:
            header, damage = None, str(error)
    return OpenedFile(
        codec, False, len(data), detached.payload, len(essence), header, scan.sections, damage, scan.version, scan.error
    )


class _Absent:
    """In the place of a container's codec."""

    Options = BaseModel

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        raise CodecError(f'codec "{self.name}" was not looked for')

    def decode(self, data: bytes) -> RgbImage:
        raise CodecError(f'codec "{self.name}" was not looked for')


def open_without_codec(data: bytes) -> OpenedFile:
    """A `.jpse` container as of `open_file`, with nothing in the place of its codec but the name.

    Raises:
        BitstreamError: its structure is broken.
    """
    header, scan = _container(data)
    return _contained(data, _Absent(header.codec), header, scan)


def _open_container(data: bytes, parts: Parts) -> OpenedFile:
    header, scan = _container(data)
    try:
        codec = parts.find("codec", header.codec, header.codec_distribution)
    except PluginNotFound as error:
        if any(component.name == header.codec for component in discover("codec")):
            raise
        raise _needs(header.codec, header.codec_distribution) from error
    return _contained(data, codec, header, scan)


def _container(data: bytes) -> tuple[Header, Scan]:
    scan = scan_sections(unwrap(data))
    by_tag = {section.tag: section for section in scan.sections}
    for tag in (Tag.HEADER, Tag.PAYLOAD):
        if tag not in by_tag:
            if scan.error is not None:
                raise scan.error
            raise BitstreamTruncated(f"the container has no {tag.name.lower()}")
        if not by_tag[tag].intact:
            raise BitstreamCorrupt(f"the container's {tag.name.lower()} does not match its checksum")
    return _header(by_tag[Tag.HEADER].body, scan.version), scan


def _contained(data: bytes, codec: Codec, header: Header, scan: Scan) -> OpenedFile:
    payload = next(section.body for section in scan.sections if section.tag == Tag.PAYLOAD)
    damage = str(scan.error) if scan.error is not None else _damage(header, scan.sections)
    return OpenedFile(codec, True, len(data), payload, len(payload), header, scan.sections, damage, scan.version)


def _codec_for(data: bytes, parts: Parts) -> Codec:
    for in_hand in parts.codecs_in_hand():
        carrier = fenced_carrier_of(in_hand)
        if carrier is not None and carrier.recognises(data):
            return in_hand
    name = codec_of(data)
    missing: PluginNotFound | None = None
    homes = () if name is None else ((name, CORE_DISTRIBUTION), (name, f"jpadse-plugin-{name}"))
    for known, distribution in homes:
        try:
            codec: Codec = parts.find("codec", known, distribution)
            return codec
        except PluginNotFound:
            missing = _needs(known, distribution)
        except PluginConflict:  # whoever opens a file has no place to pick one
            continue
    for component in discover("codec"):
        try:
            candidate: Codec = parts.find("codec", component.qualified)
            carrier = fenced_carrier_of(candidate)
            if carrier is not None and carrier.recognises(data):
                return candidate
        except Exception:  # a stranger's broken codec is no reason not to ask the next
            continue
    raise missing or BitstreamUnsupported(
        "is not a file of any installed codec: see `jpadse list-plugins --kind codec`"
    )


def _needs(codec: str, distribution: str) -> PluginNotFound:
    install = distribution or f"jpadse-plugin-{codec}"
    return PluginNotFound(f'needs codec "{codec}", which is not installed: pip install {install}')


def _read_sidecar(scan: Scan, essence: bytes) -> tuple[Header | None, str]:
    """The header, or why the sidecar cannot be used."""
    if scan.error is not None:
        return None, str(scan.error)
    section = next((section for section in scan.sections if section.tag == Tag.HEADER), None)
    if section is None or not section.intact:
        return None, _NO_HEAD if section is not None and scan.version > 1 else "the sidecar has no intact header"
    try:
        header = _header(section.body, scan.version)
    except BitstreamError as error:
        return None, str(error)
    damage = _damage(header, scan.sections)
    if not damage and scan.version == 1 and header.essence != zlib.crc32(essence):
        damage = "the sidecar belongs to another picture: the file was changed after it was made"
    return (None if damage else header), damage


def _header(body: bytes, version: int) -> Header:
    return read_header_of_version_1(body) if version == 1 else read_header(body)[0]


def _damage(header: Header, sections: Sequence[Section]) -> str:
    """What of a sidecar is broken or missing, in words; empty where all is well."""
    ours = (section for section in sections if section.tag != Tag.PRIVATE)
    broken = list(dict.fromkeys(section.name for section in ours if not section.intact))
    if broken:
        return f"the sidecar's {', '.join(broken[:3])} does not match its checksum"
    due = {Tag.GUIDE: header.enhancer is not None, Tag.LABEL_MAP: header.labels is not None and not header.derived}
    there = {section.tag for section in sections}
    missing = [tag.name.lower() for tag, wanted in due.items() if wanted and tag not in there]
    return f"the sidecar lacks its {', '.join(missing)}" if missing else ""
