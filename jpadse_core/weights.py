"""Weights that are too large for a wheel: a pinned download, kept in a cache, for plugins to use."""

from __future__ import annotations

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

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
            WeightsMissing: the download failed.
            WeightsChecksum: the file in the cache, or the downloaded one, is not the pinned one.
        """
        path = cache_folder() / self.name
        if path.exists():
            self._check(path)
            return path
        if os.environ.get("JPADSE_OFFLINE", "0") not in ("", "0"):
            raise WeightsOffline(
                f"{self.name}: is not in {path.parent}, and JPADSE_OFFLINE is set: unset it, or put {self.url} there"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with urllib.request.urlopen(self.url, timeout=_TIMEOUT_SECONDS) as source, partial.open("wb") as target:
                shutil.copyfileobj(source, target)
            self._check(partial)
            partial.replace(path)
        except (urllib.error.URLError, OSError) as error:
            raise WeightsMissing(f"{self.name}: {self.url} cannot be downloaded: {error}") from error
        finally:
            partial.unlink(missing_ok=True)
        return path

    def _check(self, path: Path) -> None:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if len(self.sha256) < _SHORTEST_PIN or not digest.startswith(self.sha256):
            raise WeightsChecksum(
                f"{path}: sha256 {digest[:16]}... is not the pinned {self.sha256[:16]}...: delete it and try again"
            )


def cache_folder() -> Path:
    """Where downloaded weights are kept."""
    own = os.environ.get("JPADSE_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jpadse"
