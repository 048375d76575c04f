"""What is in a file, byte by byte."""

from __future__ import annotations

import os
from typing import Any

from pydantic import BaseModel, ConfigDict

from jpadse_core.bitstream.container import is_container
from jpadse_core.bitstream.header import Header
from jpadse_core.bitstream.label_map import label_ids
from jpadse_core.bitstream.sections import Tag
from jpadse_core.errors import BitstreamError, ImageError, JpadseError, PluginError, SemanticsError
from jpadse_core.files import name_of, naming, read_file
from jpadse_core.interfaces.codec import carrier_of
from jpadse_core.map_decision import Decision, SemanticsSource
from jpadse_core.opening import OpenedFile, open_file, open_without_codec
from jpadse_core.parts import Parts
from jpadse_core.plain import plain_picture


class SectionInfo(BaseModel):
    """One part of a file: its name, its bytes, and whether its checksum holds."""

    model_config = ConfigDict(frozen=True)

    name: str
    bytes: int
    intact: bool = True


class FileInfo(BaseModel):
    """What `read_info` tells.

    Attributes:
        format: the codec whose format the file has, or `jpse`.
        size: bytes of the whole file; the sections' bytes sum to it.
        enhanced: whether a usable sidecar is there.
        damage: why a sidecar that is there cannot be used.
        needs: of a container whose codec is not usable here, why not, and what to install.
        semantics_source: `"transmitted"`, `"derived"` or `"none"`.
        map_decision: of a transmitted map: `"full"`, `"simplified"`, or `"skipped"` where it was left out.
        smallest_region: of a simplified map, in cells; smaller ones went to their neighbours.
        classes: of the label map, those that occur.
        width, height, bits_per_pixel and all below them are None for a plain file.
    """

    model_config = ConfigDict(frozen=True)

    format: str
    size: int
    sections: tuple[SectionInfo, ...]
    enhanced: bool
    damage: str = ""
    needs: str = ""
    codec: str
    options: dict[str, Any] = {}
    width: int | None = None
    height: int | None = None
    bits_per_pixel: float | None = None
    enhancer: str | None = None
    weights: str | None = None
    semantics: str | None = None
    label_set: str | None = None
    divisor: int | None = None
    semantics_source: SemanticsSource | None = None
    map_decision: Decision | None = None
    smallest_region: int | None = None
    classes: tuple[str, ...] = ()


def file_bytes(data: bytes | bytearray | memoryview | str | os.PathLike[str]) -> bytes:
    """The bytes of a file given as bytes or by its path.

    Raises:
        ImageError: the path cannot be read, or it is neither.
    """
    if isinstance(data, str | os.PathLike):
        return read_file(data)
    if not isinstance(data, bytes | bytearray | memoryview):
        raise ImageError(f"a file is given as bytes or by its path, not as {type(data).__name__}")
    return data if type(data) is bytes else bytes(data)


def read_info(data: bytes | bytearray | memoryview | str | os.PathLike[str], parts: Parts | None = None) -> FileInfo:
    """What is in a file. The picture is decoded only for its size, where a sidecar does not tell it.

    Args:
        data: the file's bytes, or its path.
        parts: where codecs are found; by default, what is installed.

    Raises:
        BitstreamError: as `decode`.
        PluginError: as `decode`, save for a container, which tells all of this without its codec.
    """
    with naming(name_of(data)):
        return _told(file_bytes(data), parts or Parts())


def _told(file: bytes, parts: Parts) -> FileInfo:
    needs = ""
    try:
        opened = open_file(file, parts)
    except PluginError as error:
        if not is_container(file):
            raise
        opened, needs = open_without_codec(file), str(error)
    header = opened.header
    info: dict[str, Any] = {
        "format": "jpse" if opened.in_container else opened.codec.name,
        "size": opened.size,
        "sections": sections_of(opened),
        "enhanced": header is not None and header.enhancer is not None and not opened.damage,
        "damage": opened.damage,
        "needs": needs,
        "codec": opened.codec.name,
    }
    if header is not None:
        info |= {
            "codec": header.codec,
            "options": header.options,
            **_sized(opened, header),
            "enhancer": header.enhancer,
            "weights": header.weights or None,
            "semantics": header.semantics,
            **_decided(header),
        }
        if header.labels is not None:
            classes = _classes(opened, info["height"], info["width"]) if "width" in info else ()
            info |= {"label_set": header.labels.name, "divisor": header.divisor, "classes": classes}
    return FileInfo(**info)


def _sized(opened: OpenedFile, header: Header) -> dict[str, Any]:
    width, height = header.width, header.height
    if width is None or height is None:
        try:
            height, width = plain_picture(opened).rgb.shape[:2]
        except JpadseError:
            return {}
    return {"width": width, "height": height, "bits_per_pixel": opened.size * 8 / (width * height)}


def _decided(header: Header) -> dict[str, Any]:
    if header.derived:
        return {"semantics_source": "derived"}
    if header.semantics is None and header.labels is None:
        return {"semantics_source": "none"}
    if header.labels is None:
        return {"semantics_source": "transmitted", "map_decision": "skipped"}
    decision = "simplified" if header.smallest_region else "full"
    smallest = header.smallest_region or None
    return {"semantics_source": "transmitted", "map_decision": decision, "smallest_region": smallest}


def sections_of(opened: OpenedFile) -> tuple[SectionInfo, ...]:
    """Every byte of a file, by section."""
    sections = []
    if not opened.in_container:
        sections.append(SectionInfo(name="payload", bytes=opened.essence_size))
        metadata = len(opened.payload) - opened.essence_size
        if metadata and carrier_of(opened.codec) is not None:
            sections.append(SectionInfo(name="metadata", bytes=metadata))
    sections += [SectionInfo(name=s.name, bytes=s.size, intact=s.intact) for s in opened.sections]
    framing = opened.size - sum(section.bytes for section in sections)
    return (*sections, SectionInfo(name="framing", bytes=framing)) if framing else tuple(sections)


def _classes(opened: OpenedFile, height: int, width: int) -> tuple[str, ...]:
    body = opened.body(Tag.LABEL_MAP)
    if body is None or opened.header is None or opened.header.labels is None:
        return ()
    try:
        ids = label_ids(body, opened.header.map_shape((height, width)))
        names = opened.header.labels.resolve().classes
    except (BitstreamError, SemanticsError):
        return ()
    known = tuple(names[number] for number in ids if number < len(names))
    return known if len(known) == len(ids) else (*known, "void")
