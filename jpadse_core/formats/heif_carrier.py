"""A sidecar and metadata inside an AVIF or HEIF file."""

from __future__ import annotations

from jpadse_core.errors import BitstreamCorrupt
from jpadse_core.formats.boxes import attach_box, boxes, detach_box, ftyp_brands
from jpadse_core.formats.heif_meta import Meta, item_bytes, property_of, read_meta
from jpadse_core.formats.heif_metadata import with_metadata
from jpadse_core.interfaces.codec import Detached
from jpadse_core.interfaces.picture import Metadata, is_rgb_profile

_PROFILES = (b"prof", b"rICC")


class HeifCarrier:
    """One `uuid` box at the end of the file, where it moves nothing that the file points to.

    Args:
        own_brands: brands of files that the codec reads.
    """

    def __init__(self, *own_brands: bytes) -> None:
        self._brands = frozenset(own_brands)

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins with a `ftyp` box that names one of the codec's brands."""
        return not self._brands.isdisjoint(ftyp_brands(data))

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        return attach_box(payload, sidecar, absolute_offsets=True)

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`."""
        detached = detach_box(data, absolute_offsets=True)
        if not any(box.kind == b"meta" for box in boxes(detached.payload)):
            raise BitstreamCorrupt("the file has no meta box")
        return detached

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: of the primary item, of those it is made of and of its auxiliary planes, type,
        properties but ICC profiles, and bytes; wherever in the file they lie.

        Raises:
            BitstreamCorrupt: items overlap so much that they are larger than the file.
        """
        meta = read_meta(payload)
        parts: list[bytes] = []
        room = 2 * len(payload)
        for item in _coded_items(meta):
            for part in (meta.kinds.get(item, b""), *_properties(meta, item), *item_bytes(payload, meta, item)):
                room -= len(part)
                if room < 0:
                    raise BitstreamCorrupt("the file's items are larger than the file")
                parts.append(part)
        return b"".join(parts)

    def without_room(self, payload: bytes, metadata: Metadata) -> frozenset[str]:
        """See `Carrier.embed`: the RGB profile of a picture whose `pixi` property tells one channel."""
        if not is_rgb_profile(metadata.icc):
            return frozenset()
        meta = read_meta(payload)
        channels = property_of(meta, meta.primary, b"pixi") or b""
        return frozenset({"icc"} if channels[4:5] == b"\1" else ())

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: the profile as a `colr` property, EXIF and XMP as items that describe the picture."""
        return with_metadata(payload, metadata)


def _coded_items(meta: Meta) -> list[int]:
    """The primary item and all that it is derived from, then their auxiliary planes, each once."""
    linked: dict[int, list[int]] = {}
    for reference in meta.references:
        if reference.kind == b"dimg":
            linked.setdefault(reference.source, []).extend(reference.targets)
        elif reference.kind == b"auxl":
            for target in reference.targets:
                linked.setdefault(target, []).append(reference.source)
    found = [meta.primary]
    seen = {meta.primary}
    for item in found:
        for other in linked.pop(item, ()):
            if other not in seen:
                seen.add(other)
                found.append(other)
    return found


def _properties(meta: Meta, item: int) -> list[bytes]:
    own = [
        meta.properties[index - 1] for index, _ in meta.associations.get(item, ()) if 0 < index <= len(meta.properties)
    ]
    return [box for box in own if not (box[4:8] == b"colr" and box[8:12] in _PROFILES)]
