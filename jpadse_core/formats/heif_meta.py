"""The `meta` box of AVIF and HEIF files: which items there are, where their bytes lie, and what is said of them.

Source: ISO/IEC 14496-12, 8.11, and ISO/IEC 23008-12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jpadse_core.errors import BitstreamCorrupt, BitstreamTruncated, BitstreamUnsupported
from jpadse_core.formats.boxes import Box, boxes

_MOST_EXTENTS = 1 << 16


@dataclass(frozen=True)
class Location:
    """Where an item's bytes lie.

    Attributes:
        method: 0 for positions in the file, 1 for positions in the body of the `idat` box.
        extents: pairs of position and length; length 0 is "to the end".
    """

    method: int
    extents: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Reference:
    """`kind` from one item to others, such as `dimg` from a grid to its tiles."""

    kind: bytes
    source: int
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Meta:
    """A `meta` box.

    Attributes:
        box: where it lies.
        children: its boxes by kind.
        primary: id of the item that viewers show.
        kinds: type of every item by id.
        locations: of the items' bytes, by id.
        references: between items.
        properties: whole boxes of the `ipco` box, of which the first has index 1.
        associations: pairs of a property's index and whether it is essential, by item.
    """

    box: Box
    children: Mapping[bytes, Box]
    primary: int
    kinds: Mapping[int, bytes]
    locations: Mapping[int, Location]
    references: tuple[Reference, ...]
    properties: tuple[bytes, ...]
    associations: Mapping[int, tuple[tuple[int, bool], ...]]


class Fields:
    """Big-endian numbers out of a part of a file."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._position, self._end = data, start, end

    def number(self, size: int) -> int:
        return int.from_bytes(self.bytes(size), "big")

    def bytes(self, size: int) -> bytes:
        start, self._position = self._position, self._position + size
        if self._position > self._end:
            raise BitstreamTruncated("a box of the file's meta box ends inside a field")
        return self._data[start : self._position]

    @property
    def position(self) -> int:
        return self._position


def read_meta(data: bytes) -> Meta:
    """The first `meta` box of a file.

    Raises:
        BitstreamTruncated, BitstreamCorrupt: it is broken, or there is none.
        BitstreamUnsupported: its version is not known here.
    """
    box = next((box for box in boxes(data) if box.kind == b"meta"), None)
    if box is None:
        raise BitstreamCorrupt("the file has no meta box")
    children = {child.kind: child for child in boxes(data, box.body + 4, box.end)}
    for needed in (b"pitm", b"iloc", b"iinf", b"iprp"):
        if needed not in children:
            raise BitstreamCorrupt(f"the file's meta box has no {needed.decode()}")
    version, fields = full_box(data, children[b"pitm"])
    primary = fields.number(2 if version == 0 else 4)
    iprp = children[b"iprp"]
    return Meta(
        box,
        children,
        primary,
        dict(_kinds(data, children[b"iinf"])),
        dict(_locations(data, children[b"iloc"])),
        tuple(_references(data, children[b"iref"])) if b"iref" in children else (),
        tuple(_properties(data, iprp)),
        dict(_associations(data, iprp)),
    )


def item_bytes(data: bytes, meta: Meta, item: int) -> Iterator[bytes]:
    """The extents of an item.

    Raises:
        BitstreamCorrupt: it has no location.
        BitstreamTruncated: it reaches behind the end.
    """
    location = meta.locations.get(item)
    if location is None:
        raise BitstreamCorrupt(f"item {item} of the file is nowhere")
    start, end = 0, len(data)
    if location.method == 1:
        if b"idat" not in meta.children:
            raise BitstreamCorrupt(f"item {item} lies in a box that is not there")
        start, end = meta.children[b"idat"].body, meta.children[b"idat"].end
    for position, length in location.extents:
        first = start + position
        last = first + length if length else end
        if last > end or first > last:
            raise BitstreamTruncated(f"item {item} reaches behind the end of the file")
        yield data[first:last]


def first_coded_item(meta: Meta, kind: bytes) -> int | None:
    """The primary item where it is of that kind, else the first such item that it is made of: a tile of a grid."""
    item: int | None = meta.primary
    seen: set[int] = set()
    while item is not None and item not in seen:
        if meta.kinds.get(item) == kind:
            return item
        seen.add(item)
        parts = (ref.targets for ref in meta.references if ref.kind == b"dimg" and ref.source == item)
        item = next((targets[0] for targets in parts if targets), None)
    return None


def property_of(meta: Meta, item: int, kind: bytes) -> bytes | None:
    """Body of an item's first property of that kind."""
    for index, _ in meta.associations.get(item, ()):
        if 0 < index <= len(meta.properties) and meta.properties[index - 1][4:8] == kind:
            return meta.properties[index - 1][8:]
    return None


def full_box(data: bytes, box: Box) -> tuple[int, Fields]:
    """The version of a full box, and its fields behind the flags."""
    fields = Fields(data, box.body, box.end)
    version = fields.number(1)
    fields.number(3)
    return version, fields


def _kinds(data: bytes, iinf: Box) -> Iterator[tuple[int, bytes]]:
    version, fields = full_box(data, iinf)
    fields.number(2 if version == 0 else 4)
    for entry in boxes(data, fields.position, iinf.end):
        version, inner = full_box(data, entry)
        if version < 2:
            raise BitstreamUnsupported(f"the file lists its items by version {version} of infe")
        item = inner.number(2 if version == 2 else 4)
        inner.number(2)
        yield item, inner.bytes(4)


def _locations(data: bytes, iloc: Box) -> Iterator[tuple[int, Location]]:
    version, fields = full_box(data, iloc)
    if version > 2:
        raise BitstreamUnsupported(f"the file locates its items by version {version} of iloc")
    sizes = fields.number(2)
    offset_size, length_size, base_size, index_size = ((sizes >> shift) & 15 for shift in (12, 8, 4, 0))
    room = _MOST_EXTENTS
    for _ in range(fields.number(4 if version == 2 else 2)):
        item = fields.number(4 if version == 2 else 2)
        method = fields.number(2) & 15 if version else 0
        if fields.number(2) or method > 1:
            raise BitstreamUnsupported(f"item {item} lies in another file or in another item")
        base = fields.number(base_size)
        count = fields.number(2)
        room -= count
        if room < 0:
            raise BitstreamCorrupt(f"the file's items lie in more than {_MOST_EXTENTS} pieces")
        extents = []
        for _ in range(count):
            fields.number(index_size if version else 0)
            extents.append((base + fields.number(offset_size), fields.number(length_size)))
        yield item, Location(method, tuple(extents))


def _references(data: bytes, iref: Box) -> Iterator[Reference]:
    version, fields = full_box(data, iref)
    size = 2 if version == 0 else 4
    for box in boxes(data, fields.position, iref.end):
        inner = Fields(data, box.body, box.end)
        source = inner.number(size)
        yield Reference(box.kind, source, tuple(inner.number(size) for _ in range(inner.number(2))))


def _properties(data: bytes, iprp: Box) -> Iterator[bytes]:
    for ipco in boxes(data, iprp.body, iprp.end):
        if ipco.kind == b"ipco":
            for box in boxes(data, ipco.body, ipco.end):
                yield data[box.start : box.end]


def _associations(data: bytes, iprp: Box) -> Iterator[tuple[int, tuple[tuple[int, bool], ...]]]:
    for ipma in boxes(data, iprp.body, iprp.end):
        if ipma.kind != b"ipma":
            continue
        version, fields = full_box(data, ipma)
        wide = data[ipma.body + 3] & 1
        for _ in range(fields.number(4)):
            item = fields.number(2 if version == 0 else 4)
            numbers = [fields.number(2 if wide else 1) for _ in range(fields.number(1))]
            top = 15 if wide else 7
            yield item, tuple((number & ((1 << top) - 1), bool(number >> top)) for number in numbers)
