"""Taking a file apart: which codec it wants, its payload, and what its sidecar holds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from jpadse_core.bitstream.container import is_container, unwrap
from jpadse_core.bitstream.header import Header, read_header
from jpadse_core.bitstream.private import read_private
from jpadse_core.bitstream.sections import Section, Tag, read_sections, scan_sections
from jpadse_core.bitstream.signatures import codec_of
from jpadse_core.errors import (
    BitstreamCorrupt,
    BitstreamError,
    BitstreamTruncated,
    BitstreamUnsupported,
    PluginError,
    PluginNotFound,
)
from jpadse_core.interfaces.codec import Codec, carrier_of
from jpadse_core.parts import Parts
from jpadse_core.plugins.discovery import CORE_DISTRIBUTION, discover


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
        damage: why the sidecar cannot be used; empty where it can.
    """

    codec: Codec
    in_container: bool
    size: int
    payload: bytes
    essence_size: int
    header: Header | None
    sections: Sequence[Section]
    damage: str = ""

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
    carrier = carrier_of(codec)
    if carrier is None:
        return OpenedFile(codec, False, len(data), data, len(data), None, ())
    detached = carrier.detach(data)
    essence = carrier.essence(detached.payload)
    if detached.sidecar is None:
        return OpenedFile(codec, False, len(data), data, len(essence), None, ())
    header, sections, damage = _read_sidecar(detached.sidecar, zlib.crc32(essence))
    if header is not None and header.codec != codec.name:
        try:
            codec = parts.find("codec", header.codec, header.codec_distribution)
        except PluginError as error:
            header, damage = None, str(error)
    return OpenedFile(codec, False, len(data), detached.payload, len(essence), header, sections, damage)


def _open_container(data: bytes, parts: Parts) -> OpenedFile:
    sections = read_sections(unwrap(data))
    by_tag = {section.tag: section for section in sections}
    for tag in (Tag.HEADER, Tag.PAYLOAD):
        if tag not in by_tag:
            raise BitstreamTruncated(f"the container has no {tag.name.lower()}")
        if not by_tag[tag].intact:
            raise BitstreamCorrupt(f"the container's {tag.name.lower()} does not match its checksum")
    header = read_header(by_tag[Tag.HEADER].body)
    try:
        codec = parts.find("codec", header.codec, header.codec_distribution)
    except PluginNotFound as error:
        raise _needs(header.codec, header.codec_distribution) from error
    payload = by_tag[Tag.PAYLOAD].body
    return OpenedFile(codec, True, len(data), payload, len(payload), header, sections, _damage(header, sections))


def _codec_for(data: bytes, parts: Parts) -> Codec:
    for in_hand in parts.codecs_in_hand():
        carrier = carrier_of(in_hand)
        if carrier is not None and carrier.recognises(data):
            return in_hand
    name = codec_of(data)
    missing: PluginNotFound | None = None
    if name is not None:
        try:
            codec: Codec = parts.find("codec", name, CORE_DISTRIBUTION)
            return codec
        except PluginNotFound:
            missing = _needs(name, f"jpadse-plugin-{name}")
    for component in discover("codec"):
        try:
            candidate: Codec = parts.find("codec", component.qualified)
            carrier = carrier_of(candidate)
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


def _read_sidecar(sidecar: bytes, essence_checksum: int) -> tuple[Header | None, tuple[Section, ...], str]:
    scan = scan_sections(sidecar)
    if scan.error is not None:
        return None, scan.sections, str(scan.error)
    headers = [section for section in scan.sections if section.tag == Tag.HEADER]
    if not headers or not headers[0].intact:
        return None, scan.sections, "the sidecar has no intact header"
    try:
        header = read_header(headers[0].body)
    except BitstreamError as error:
        return None, scan.sections, str(error)
    damage = _damage(header, scan.sections)
    if not damage and header.essence != essence_checksum:
        damage = "the sidecar belongs to another picture: the file was changed after it was made"
    return (None if damage else header), scan.sections, damage


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
