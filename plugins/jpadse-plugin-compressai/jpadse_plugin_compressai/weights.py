"""Where weights come from: CompressAI's zoo, or a file of one's own. Either way they end in JPADSE's cache, and a
payload names them by their digest."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from jpadse_core.errors import WeightsChecksum, WeightsMissing
from jpadse_core.weights import WeightsFile, cache_folder, placed_whole
from jpadse_plugin_compressai.payload import Header

DIGITS = 16
"""Hex digits of the sha256 that name weights in payloads."""


def published(architecture: str, metric: str, quality: int) -> WeightsFile:
    """A file of CompressAI's zoo. Its name ends in the first eight digits of its sha256, all that is published of it.

    Raises:
        WeightsMissing: the zoo has none.
    """
    from jpadse_plugin_compressai.library import model_urls

    url = model_urls.get(architecture, {}).get(metric, {}).get(quality)
    if url is None:
        raise WeightsMissing(f"CompressAI's zoo has no {architecture} for {metric} at quality {quality}")
    name = urlsplit(url).path.rpartition("/")[2]
    return WeightsFile(name, url, name.removesuffix(".pth.tar").rpartition("-")[2], "BSD-3-Clause-Clear")


def digest_of(path: Path) -> str:
    """The digits that name a file of weights.

    Raises:
        WeightsMissing: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:DIGITS]
    except OSError as error:
        raise WeightsMissing(f"{path}: weights cannot be read: {error.strerror}") from error


def chosen(architecture: str, metric: str, quality: int, own: Path | None) -> Path:
    """The file of weights to encode with, in the cache.

    Args:
        architecture, metric, quality: which of the zoo's, or of a folder's.
        own: a file of one's own, or a folder with one for each metric and quality, which goes before the zoo. It is
            copied into the cache, where decoding finds it by its digest.

    Raises:
        WeightsMissing: it cannot be read, or the cache not be written.
        WeightsError: see `WeightsFile.fetch`.
    """
    if own is None:
        return published(architecture, metric, quality).fetch()
    return _keep(own / f"{metric}-{quality}.pth.tar" if own.is_dir() else own)


def _keep(path: Path) -> Path:
    kept = _own(digest_of(path))
    if not kept.exists():
        with placed_whole(kept) as partial:
            shutil.copyfile(path, partial)
    return kept


def find(header: Header) -> Path:
    """The file of weights that a payload wants, downloaded where the zoo has it.

    Raises:
        WeightsMissing: it is neither in the cache nor in the zoo.
        WeightsError: see `WeightsFile.fetch`.
    """
    kept = _own(header.digest)
    if kept.exists():
        path = kept
    else:
        try:
            file = published(header.architecture, header.metric, header.quality)
        except WeightsMissing:
            file = None
        if file is None or not header.digest.startswith(file.sha256):
            raise WeightsMissing(
                f"this file needs weights of {header.architecture} whose sha256 begins with {header.digest}: "
                f"put them at {kept}"
            )
        path = file.fetch()
    found = digest_of(path)
    if found != header.digest:
        raise WeightsChecksum(f"{path}: sha256 {found}... is not {header.digest}..., which this file needs")
    return path


def _own(digest: str) -> Path:
    return cache_folder() / "compressai" / f"{digest}.pth.tar"
