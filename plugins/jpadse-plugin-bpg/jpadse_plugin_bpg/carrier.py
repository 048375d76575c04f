"""A sidecar and metadata inside a BPG file, as extension data, which decoders skip by its tag."""

from __future__ import annotations

from jpadse_core import Detached, Metadata
from jpadse_plugin_bpg.header import (
    EXTENSION_FLAG,
    MAGIC,
    extension_block,
    extension_blocks,
    read_header,
    ue7,
)

_EXIF, _ICC, _XMP = 1, 2, 3
_ANIMATION = 5
_OURS = int.from_bytes(b"JPSE", "big")
_WITHOUT_EXTENSION, _WITH_EXTENSION = b"\0", b"\1"


class BpgCarrier:
    """One block of extension data, tag 0x4A505345, behind all others: a byte that says whether the file had extension
    data of its own (1), then the sidecar."""

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins with BPG's magic number."""
        return data[:4] == MAGIC

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """See `Carrier.attach`."""
        header = read_header(payload)
        start, end = header.extension
        flag = _WITH_EXTENSION if header.extended else _WITHOUT_EXTENSION
        return _rebuilt(payload, payload[start:end] + extension_block(_OURS, flag + sidecar))

    def detach(self, data: bytes) -> Detached:
        """See `Carrier.detach`."""
        blocks = list(extension_blocks(data, read_header(data)))
        ours = [body for tag, body in blocks if tag == _OURS]
        if not ours:
            return Detached(data, None)
        rest = b"".join(extension_block(tag, body) for tag, body in blocks if tag != _OURS)
        bare = not rest and ours[0][:1] == _WITHOUT_EXTENSION
        return Detached(_rebuilt(data, None if bare else rest), ours[0][1:])

    def essence(self, payload: bytes) -> bytes:
        """See `Carrier.essence`: header and picture, and of the extension data what controls an animation."""
        header = read_header(payload)
        kept = [(tag, body) for tag, body in extension_blocks(payload, header) if tag == _ANIMATION]
        return _rebuilt(payload[: header.data_end], b"".join(extension_block(tag, body) for tag, body in kept) or None)

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """See `Carrier.embed`: each block under the tag that the specification gives it."""
        start, end = read_header(payload).extension
        blocks = ((_EXIF, metadata.exif), (_ICC, metadata.icc), (_XMP, metadata.xmp))
        added = b"".join(extension_block(tag, block) for tag, block in blocks if block)
        return _rebuilt(payload, payload[start:end] + added)

    def metadata(self, data: bytes) -> Metadata:
        """ICC, EXIF and XMP of a file, the first of each.

        Raises:
            BitstreamTruncated, BitstreamCorrupt: its header or its extension data is broken.
        """
        found: dict[int, bytes] = {}
        for tag, body in extension_blocks(data, read_header(data)):
            found.setdefault(tag, body)
        exif = found.get(_EXIF, b"").removeprefix(b"Exif\0\0")
        return Metadata(found.get(_ICC) or None, exif or None, found.get(_XMP) or None)


def _rebuilt(data: bytes, extension: bytes | None) -> bytes:
    """The file with other extension data; None for none at all."""
    header = read_header(data)
    flags = data[5] & ~EXTENSION_FLAG | (0 if extension is None else EXTENSION_FLAG)
    inserted = b"" if extension is None else ue7(len(extension)) + extension
    return data[:5] + bytes([flags]) + data[6 : header.fields_end] + inserted + data[header.extension[1] :]
