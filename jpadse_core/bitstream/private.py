"""Private sections, which belong to a plugin: a name, and whatever the plugin puts behind it."""

from __future__ import annotations

import re

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamError

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")


def is_private_name(name: object) -> bool:
    """Whether a private section can have that name: 1 to 100 characters, none a space, control or surrogate."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def write_private(name: str, content: bytes) -> bytes:
    """The body of a private section: the length of the name in UTF-8 (varint), the name, the content."""
    encoded = name.encode()
    return write_varint(len(encoded)) + encoded + content


def read_private(body: bytes) -> tuple[str, bytes]:
    """Name and content. Undoes `write_private`.

    Raises:
        BitstreamCorrupt, BitstreamTruncated: the body is not that of a private section.
    """
    reader = Reader(body, "private section")
    try:
        name = reader.block(reader.varint()).decode()
    except UnicodeDecodeError as error:
        raise BitstreamCorrupt("a private section's name is not UTF-8") from error
    if not is_private_name(name):
        raise BitstreamCorrupt("a private section has a name that cannot be shown")
    return name, body[reader.position :]


def private_label(body: bytes) -> str:
    """What reports call a private section."""
    try:
        return f"private:{read_private(body)[0]}"
    except BitstreamError:
        return "private"
