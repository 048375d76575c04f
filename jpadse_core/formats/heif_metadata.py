"""ICC, EXIF and XMP put into AVIF and HEIF files: new items and properties, and every position moved accordingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jpadse_core.errors import CodecError
from jpadse_core.formats.boxes import Box, boxes, make_box
from jpadse_core.formats.heif_meta import Location, Meta, Reference, full_box, read_meta
from jpadse_core.interfaces.picture import Metadata

_EXIF_INFO = b"Exif\0"
_XMP_INFO = b"mime\0application/rdf+xml\0"


@dataclass(frozen=True)
class _Item:
    """An item to add: its type with what follows it in `infe`, and its bytes."""

    info: bytes
    body: bytes


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """A file with `metadata` in it; its items' bytes follow all others.

    Raises:
        CodecError: the last box of the file is open-ended.
        BitstreamError: the file is broken.

    Source: ISO/IEC 23008-12, 6.5.5 (`colr`) and annex A (`Exif` and XMP items, described by `cdsc`).
    """
    *_, last = boxes(data)
    if last.open_ended:
        raise CodecError("metadata does not fit behind an open-ended box")
    added = []
    if metadata.exif:
        added.append(_Item(_EXIF_INFO, bytes(4) + metadata.exif))
    if metadata.xmp:
        added.append(_Item(_XMP_INFO, metadata.xmp))
    meta = _with_items(read_meta(data), added, last.end + 8)
    if metadata.icc:
        meta = _with_profile(meta, metadata.icc)
    first = max(meta.kinds) + 1
    infos = b"".join(
        make_box(b"infe", b"\2\0\0\0" + (first + index).to_bytes(2, "big") + bytes(2) + item.info)
        for index, item in enumerate(added)
    )
    written = _meta_box(data, meta, infos, len(added), 0)
    growth = len(written) - (meta.box.end - meta.box.start)
    written = _meta_box(data, meta, infos, len(added), growth)
    bodies = make_box(b"mdat", b"".join(item.body for item in added)) if added else b""
    return data[: meta.box.start] + written + data[meta.box.end : last.end] + bodies + data[last.end :]


def _with_items(meta: Meta, added: list[_Item], position: int) -> Meta:
    """With items whose bytes lie one behind the other from `position` of the old file on."""
    item = max(meta.kinds, default=0)
    if item + len(added) > 0xFFFF or max(meta.locations, default=0) > 0xFFFF:
        raise CodecError("the file has no number left for an item of metadata")
    locations, references = dict(meta.locations), list(meta.references)
    for new in added:
        item += 1
        locations[item] = Location(0, ((position, len(new.body)),))
        references.append(Reference(b"cdsc", item, (meta.primary,)))
        position += len(new.body)
    return replace(meta, locations=locations, references=tuple(references))


def _with_profile(meta: Meta, icc: bytes) -> Meta:
    properties = (*meta.properties, make_box(b"colr", b"prof" + icc))
    of_primary = (*meta.associations.get(meta.primary, ()), (len(properties), False))
    return replace(meta, properties=properties, associations={**meta.associations, meta.primary: of_primary})


def _meta_box(data: bytes, meta: Meta, infos: bytes, count: int, shift: int) -> bytes:
    """The box anew, with the lists of `meta`; positions behind the old one are moved by `shift`."""
    rewritten = {
        b"iloc": _iloc({item: _shifted(location, meta.box.end, shift) for item, location in meta.locations.items()}),
        b"iinf": _iinf(data, meta.children[b"iinf"], infos, count),
        b"iprp": make_box(b"iprp", make_box(b"ipco", b"".join(meta.properties)) + _ipma(meta)),
        b"iref": _iref(meta.references),
    }
    kept = [
        rewritten.pop(kind, data[child.start : child.end]) for kind, child in meta.children.items() if kind != b"iref"
    ]
    version_and_flags = data[meta.box.body : meta.box.body + 4]
    return make_box(b"meta", version_and_flags + b"".join(kept) + rewritten[b"iref"])


def _shifted(location: Location, behind: int, shift: int) -> Location:
    if location.method:
        return location
    moved = ((position + shift if position >= behind else position, length) for position, length in location.extents)
    return replace(location, extents=tuple(moved))


def _iloc(locations: Mapping[int, Location]) -> bytes:
    """Version 1, with positions and lengths of 32 bits."""
    entries = [
        b"".join(
            (
                item.to_bytes(2, "big"),
                location.method.to_bytes(2, "big"),
                bytes(2),
                len(location.extents).to_bytes(2, "big"),
                *(_number32(position) + _number32(length) for position, length in location.extents),
            )
        )
        for item, location in locations.items()
    ]
    return make_box(b"iloc", b"\1\0\0\0\x44\0" + len(entries).to_bytes(2, "big") + b"".join(entries))


def _number32(number: int) -> bytes:
    if number >> 32:
        raise CodecError("metadata does not fit into a file beyond 4 GB")
    return number.to_bytes(4, "big")


def _iinf(data: bytes, iinf: Box, infos: bytes, count: int) -> bytes:
    version, fields = full_box(data, iinf)
    size = 2 if version == 0 else 4
    total = fields.number(size) + count
    entries = data[fields.position : iinf.end] + infos
    return make_box(b"iinf", bytes([version, 0, 0, 0]) + total.to_bytes(size, "big") + entries)


def _iref(references: tuple[Reference, ...]) -> bytes:
    if not references:
        return b""
    entries = [
        make_box(
            reference.kind,
            b"".join(
                number.to_bytes(2, "big") for number in (reference.source, len(reference.targets), *reference.targets)
            ),
        )
        for reference in references
    ]
    return make_box(b"iref", bytes(4) + b"".join(entries))


def _ipma(meta: Meta) -> bytes:
    """Version 0, with indices of 7 bits where they do."""
    wide = len(meta.properties) > 0x7F
    size, top = (2, 15) if wide else (1, 7)
    entries = [
        item.to_bytes(2, "big")
        + bytes([len(pairs)])
        + b"".join((index | essential << top).to_bytes(size, "big") for index, essential in pairs)
        for item, pairs in sorted(meta.associations.items())
    ]
    return make_box(b"ipma", bytes([0, 0, 0, int(wide)]) + len(entries).to_bytes(4, "big") + b"".join(entries))
