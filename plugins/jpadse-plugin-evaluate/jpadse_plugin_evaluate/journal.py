"""Finished measurements on disk, so that nothing is measured twice and a kill loses nothing that was finished."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from jpadse_core import JpadseError

Evidence = Any
"""What a measure keeps of one picture, as JSON: a number, or what its figure over many pictures is made of."""


@dataclass(frozen=True)
class Record:
    """What was measured of one file.

    Attributes:
        key: the digest of all that determines the file, see `identity.file_key`.
        quality: on the codec's scale, as used.
        size: bytes of the file.
        sections: bytes by section.
        encode_seconds, decode_seconds: wall time; the latter by preference.
        evidence: by preference, then by measure's identity, then by figure.
        unreachable: why there is no file, for a rate that the codec cannot reach; empty otherwise.
        failures: by measure and preference, why it has no evidence; it is tried again by the next evaluation.
    """

    key: str
    quality: float | None = None
    size: int = 0
    sections: dict[str, int] = field(default_factory=dict)
    encode_seconds: float = 0.0
    decode_seconds: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, dict[str, dict[str, Evidence]]] = field(default_factory=dict)
    unreachable: str = ""
    failures: dict[str, str] = field(default_factory=dict)

    def lacks(self, preference: str, identity: str) -> bool:
        """Whether that measure of that decoded picture is still to be taken."""
        return not self.unreachable and identity not in self.evidence.get(preference, {})

    def merged(self, newer: Record) -> Record:
        """This record with what a newer one adds."""
        evidence = {preference: dict(found) for preference, found in self.evidence.items()}
        for preference, found in newer.evidence.items():
            evidence.setdefault(preference, {}).update(found)
        return Record(
            self.key, newer.quality, newer.size, newer.sections, self.encode_seconds or newer.encode_seconds,
            newer.decode_seconds | self.decode_seconds, evidence, newer.unreachable, newer.failures,
        )  # fmt: skip


class Journal:
    """A folder with one JSON line per finished piece of work, each on the disk before the next is begun.

    A line that a kill cut short is dropped when the journal is opened; its work is done again.
    """

    def __init__(self, folder: Path) -> None:
        """Open or begin a journal.

        Raises:
            JpadseError: the folder cannot be written, or another process has the journal open.
        """
        self.folder = folder
        self._path = folder / "measurements.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("a+b")
        except OSError as error:
            raise JpadseError(f"{folder}: the journal cannot be written: {error.strerror}") from error
        self.records: dict[str, Record] = {}
        try:
            _lock(self._stream.fileno(), folder)
            self._read()
        except BaseException:
            self._stream.close()
            raise

    def add(self, record: Record) -> None:
        """Keep what was finished."""
        line = json.dumps(asdict(record), separators=(",", ":")) + "\n"
        self._stream.write(line.encode())
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._merge(record)

    def _merge(self, record: Record) -> None:
        known = self.records.get(record.key)
        self.records[record.key] = record if known is None else known.merged(record)

    def _read(self) -> None:
        self._stream.seek(0)
        *lines, cut = self._stream.read().split(b"\n")
        for number, line in enumerate(lines, start=1):
            try:
                self._merge(Record(**json.loads(line)))
            except (ValueError, TypeError) as error:
                raise JpadseError(f"{self._path}: line {number} is damaged: delete it, and measure again") from error
        if cut:
            self._stream.truncate(self._stream.tell() - len(cut))

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def _lock(descriptor: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows, where two runs in one folder are the user's own affair
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise JpadseError(
            f"{folder}: another evaluation is writing its journal here: wait, or give --journal"
        ) from error
