"""The `.jpse` container, for codecs whose files cannot carry a sidecar: a magic number, then sidecar sections, of which
one is the payload."""

from __future__ import annotations

MAGIC = b"\x93JPSE\n"


def is_container(data: bytes) -> bool:
    """Whether `data` begins like a `.jpse` file."""
    return data[: len(MAGIC)] == MAGIC


def wrap(sections: bytes) -> bytes:
    """A container of a section list that includes the payload."""
    return MAGIC + sections


def unwrap(data: bytes) -> bytes:
    """The section list of a container."""
    return data[len(MAGIC) :]
