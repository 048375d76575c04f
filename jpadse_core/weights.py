"""Weights that are too large for a wheel: a pinned download, kept in a cache, for plugins to use."""

from __future__ import annotations

import hashlib
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from jpadse_core.errors import WeightsChecksum, WeightsMissing, WeightsOffline

_TIMEOUT_SECONDS = 60
_SHORTEST_PIN = 8


@dataclass(frozen=True)
class WeightsFile:
    """One file of weights on the web.

    Attributes:
        name: its name in the cache.
        url: where it is downloaded from.
        sha256: of the file, hex; where its publisher tells only the first digits (torch hub's file names end in eight),
            those, at least eight.
        licence: as its authors state it.
    """

    name: str
    url: str
    sha256: str
    licence: str

    def fetch(self) -> Path:
        """The file in the cache, downloaded when it is not there yet.

        The cache is `$JPADSE_CACHE`, or `jpadse` in `$XDG_CACHE_HOME` or `~/.cache`. A download appears in it whole and
        checked, or not at all.

        Raises:
            WeightsOffline: it would have to be downloaded, and `JPADSE_OFFLINE` is set.
            WeightsMissing: the download failed, or the cache cannot be written.
            WeightsChecksum: the file in the cache, or the downloaded one, is not the pinned one.
        """
        path = cache_folder() / self.name
        if path.exists():
            self._check_kept(path)
            return path
        if os.environ.get("JPADSE_OFFLINE", "0") not in ("", "0"):
            raise WeightsOffline(
                f"{self.name}: is not in {path.parent}, and JPADSE_OFFLINE is set: unset it, or put {self.url} there "
                f"(licence: {self.licence})"
            )
        with placed_whole(path) as partial:
            self._download(partial)
            digest = _digest_of(partial)
            if not self._is_pinned(digest):
                raise WeightsChecksum(
                    f"{self.name}: what {self.url} gives has sha256 {digest[:16]}..., which is not the pinned "
                    f"{self.sha256[:16]}...: try again, or put the right file at {path}"
                )
        return path

    def check(self) -> None:
        """Look at the file in the cache, and download nothing.

        Raises:
            WeightsMissing: it is not there yet.
            WeightsChecksum: it is not the pinned one.
        """
        path = cache_folder() / self.name
        if not path.exists():
            raise WeightsMissing(
                f"{self.name}: is not in {path.parent} yet; the first use downloads {self.url} "
                f"(licence: {self.licence})"
            )
        self._check_kept(path)

    def _check_kept(self, path: Path) -> None:
        digest = _digest_of(path)
        if not self._is_pinned(digest):
            raise WeightsChecksum(
                f"{path}: sha256 {digest[:16]}... is not the pinned {self.sha256[:16]}...: delete it and try again"
            )

    def _is_pinned(self, digest: str) -> bool:
        return len(self.sha256) >= _SHORTEST_PIN and digest.startswith(self.sha256)

    def _download(self, path: Path) -> None:
        try:
            with urllib.request.urlopen(self.url, timeout=_TIMEOUT_SECONDS) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
                promised, found = source.headers["Content-Length"], target.tell()
        except (OSError, HTTPException) as error:
            raise WeightsMissing(f"{self.name}: {self.url} cannot be downloaded: {error}") from error
        if promised is not None and promised.isdecimal() and found < int(promised):  # reading piece by piece ends there
            raise WeightsMissing(f"{self.name}: {self.url} broke off after {found} of {promised} bytes: try again")


def _digest_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsMissing(f"{path}: cannot be read: {error.strerror}") from error


@contextmanager
def placed_whole(path: Path) -> Iterator[Path]:
    """A new file beside `path`, to be written, which then takes its place; nothing of it stays where that fails. Others
    may fetch the same file meanwhile, threads of this process included.

    Raises:
        WeightsMissing: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            partial = Path(folder) / path.name
            yield partial
            partial.replace(path)
    except OSError as error:
        raise WeightsMissing(
            f"{path.name}: cannot be kept in {path.parent}: {error.strerror or error}: "
            "let JPADSE_CACHE name a folder that can be written"
        ) from error


def cache_folder() -> Path:
    """Where downloaded weights are kept."""
    own = os.environ.get("JPADSE_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jpadse"
