"""Taking a file apart: which codec it wants, its payload, and what its sidecar holds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from jpadse_core.bitstream.container import is_container, unwrap
from jpadse_core.bitstream.header import Header, read_header
from jpadse_core.bitstream.sections import Section, Tag, read_sections
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
from jpadse_core.plugins.discovery import discover


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
        codec = parts.find("codec", header.codec)
    except PluginNotFound as error:
        raise _needs(header.codec, header.codec_distribution) from error
    payload = by_tag[Tag.PAYLOAD].body
    return OpenedFile(codec, True, len(data), payload, len(payload), header, sections, _damage(sections))


def _codec_for(data: bytes, parts: Parts) -> Codec:
    name = codec_of(data)
    if name is not None:
        try:
            codec: Codec = parts.find("codec", name)
            return codec
        except PluginNotFound as error:
            raise _needs(name, f"jpadse-plugin-{name}") from error
    for component in discover("codec"):
        try:
            candidate: Codec = parts.find("codec", component.qualified)
        except PluginError:
            continue
        carrier = carrier_of(candidate)
        if carrier is not None and carrier.recognises(data):
            return candidate
    raise BitstreamUnsupported("is not a file of any installed codec: see `jpadse list-plugins --kind codec`")


def _needs(codec: str, distribution: str) -> PluginNotFound:
    return PluginNotFound(f'needs codec "{codec}", which is not installed: pip install {distribution}')


def _read_sidecar(sidecar: bytes, essence_checksum: int) -> tuple[Header | None, list[Section], str]:
    sections: list[Section] = []
    try:
        sections = read_sections(sidecar)
        damage = _damage(sections)
        bodies = [section.body for section in sections if section.tag == Tag.HEADER]
        if damage or not bodies:
            return None, sections, damage or "the sidecar has no header"
        header = read_header(bodies[0])
    except BitstreamError as error:
        return None, sections, str(error)
    if header.essence != essence_checksum:
        return None, sections, "the sidecar belongs to another picture: the file was changed after it was made"
    return header, sections, ""


def _damage(sections: list[Section]) -> str:
    broken = [section.name for section in sections if not section.intact]
    return f"the sidecar's {', '.join(broken)} does not match its checksum" if broken else ""
