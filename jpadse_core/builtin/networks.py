"""Opening networks under ONNX Runtime: those that ship in the package, and anybody's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from jpadse_core.errors import WeightsChecksum, WeightsMissing

if TYPE_CHECKING:
    import onnxruntime

_ONE_AT_A_TIME = Lock()
_PACKAGE = "jpadse_core.builtin.weights"


@dataclass(frozen=True, eq=False)
class Network:
    """A network ready to run.

    Attributes:
        session: the ONNX Runtime session.
        digest: sha256 of the weights file, hex.
    """

    session: onnxruntime.InferenceSession
    digest: str


def _pinned() -> dict[str, str]:
    lines = (files(_PACKAGE) / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def read_weights(name: str) -> tuple[bytes, str]:
    """The bytes of a shipped weights file, and their sha256.

    Raises:
        WeightsMissing: the installation lacks the file.
        WeightsChecksum: the file is not the one that was shipped.
    """
    path = files(_PACKAGE) / name
    try:
        data = path.read_bytes()
        pinned = _pinned()[name]
    except (OSError, KeyError) as error:
        raise WeightsMissing(f"{name}: not in this installation: pip install --force-reinstall jpadse") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != pinned:
        raise WeightsChecksum(
            f"{path}: sha256 {digest[:16]}... is not the shipped {pinned[:16]}...: pip install --force-reinstall jpadse"
        )
    return data, digest


def open_network(name: str) -> Network:
    """A shipped network; opened once a process, whichever thread asks first.

    Raises:
        WeightsError: as `read_weights`.
    """
    with _ONE_AT_A_TIME:
        return _open(name)


def open_file(path: Path | Traversable) -> Network:
    """A network of anybody's; opened once a process, whichever thread asks first.

    Raises:
        WeightsMissing: the file is not there, or is no ONNX graph.
    """
    with _ONE_AT_A_TIME:
        return _open_file(Path(str(path)))


@lru_cache(maxsize=4)
def _open_file(path: Path) -> Network:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsMissing(f"{path}: cannot be read: reinstall the plugin that brings it") from error
    try:
        return _session(data, hashlib.sha256(data).hexdigest())
    except Exception as error:
        raise WeightsMissing(f"{path}: is no ONNX graph: {error}") from error


@lru_cache(maxsize=4)
def _open(name: str) -> Network:
    return _session(*read_weights(name))


def _session(data: bytes, digest: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Spinning threads collapse when another process wants their core, and a decoder is seldom alone on a machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A pattern is a plan for one size of picture: memory that the next size cannot use.
    options.enable_mem_pattern = False
    return Network(onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]), digest)
