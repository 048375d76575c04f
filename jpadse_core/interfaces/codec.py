"""What the author of a codec implements."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage


@dataclass(frozen=True)
class Detached:
    """A file taken apart: the codec's own bytes, and the sidecar that rode in them, if any."""

    payload: bytes
    sidecar: bytes | None


@runtime_checkable
class Carrier(Protocol):
    """How a sidecar and metadata ride inside a codec's own file format."""

    def recognises(self, data: bytes) -> bool:
        """Whether `data` begins like a file of this format."""

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        """A legal file of the format with the same pixels as `payload`, and with `sidecar` inside.

        Raises:
            CodecError: the payload is not of this format, or the sidecar does not fit.
        """

    def detach(self, data: bytes) -> Detached:
        """Undo `attach`: `detach(attach(p, s)) == Detached(p, s)`. A file that carries none has sidecar None.

        Raises:
            BitstreamCorrupt, BitstreamTruncated: the file's own structure is broken.
        """

    def essence(self, payload: bytes) -> bytes:
        """The bytes that make the pixels: the payload without metadata, which other tools may edit."""

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        """The payload with `metadata` where viewers look for it.

        A carrier may also have `holds: frozenset[str]`, the fields of `Metadata` that its format has room for, by
        default all of them, and `without_room(payload, metadata) -> frozenset[str]`, those that just this payload has
        no room for. Both ride in the sidecar.
        """


@dataclass(frozen=True)
class QualityScale:
    """The option that trades rate for quality.

    Attributes:
        option: its name in `Options`.
        lowest, highest: the ends of its range, at least and at most bytes. `lowest` is the larger number where the
            option counts errors, as JPEG XL's distance does.
        integer: whether only whole numbers are allowed.
        logarithmic: whether equal ratios are equal steps, as of a rate; both ends are above 0 then.
    """

    option: str
    lowest: float
    highest: float
    integer: bool = True
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if self.logarithmic and min(self.lowest, self.highest) <= 0:
            raise ValueError(f"a logarithmic quality scale ends at {self.lowest} and {self.highest}, not above 0")

    def position(self, value: float) -> float | None:
        """Where a value lies, from 0 (lowest quality) to 1; None off the scale."""
        ends = sorted((self.lowest, self.highest))
        if ends[0] == ends[1] or not ends[0] <= value <= ends[1]:
            return None
        here, lowest, highest = map(math.log if self.logarithmic else float, (value, self.lowest, self.highest))
        return (here - lowest) / (highest - lowest)

    def value(self, position: float) -> float:
        """The value at a position, from 0 (lowest quality) to 1; not rounded to a whole number."""
        if position in (0, 1):
            return float(self.highest if position else self.lowest)
        if self.logarithmic:
            return float(self.lowest * (self.highest / self.lowest) ** position)
        return self.lowest + (self.highest - self.lowest) * position


@runtime_checkable
class Codec(Protocol):
    """Turns an RGB picture into bytes and back. A class of this shape needs no base class.

    Attributes:
        name: as in files and on the command line.
        Options: a pydantic model; its fields are the options, with their defaults, ranges and descriptions.

    A codec may also have `carrier: Carrier` (otherwise its files are `.jpse` containers), `quality_scale:
    QualityScale` (otherwise nothing can search for a rate), and `quality_of(data) -> float | None`, which reads off a
    file where on the quality scale it lies, from 0 to 1: a hint to the enhancer. A codec whose files Pillow does not
    read, or not with all that they hold, may have `read(data) -> Picture`: of a file of its format by any writer, the
    picture upright, with alpha, greyness and metadata. A codec with weights may have `check_weights()`, which downloads
    nothing, and raises `WeightsMissing` or `WeightsChecksum` where they are not to be had.
    """

    name: str

    @property
    def Options(self) -> type[BaseModel]:
        """The model of the options; in a class, the model itself."""

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        """Compress uint8 `[H, W, 3]` with an instance of `Options`. Deterministic."""

    def decode(self, data: bytes) -> RgbImage:
        """Decompress what `encode` made, to uint8 `[H, W, 3]` of the same height and width."""


def carrier_of(codec: Codec) -> Carrier | None:
    """The codec's carrier, where it has one."""
    carrier = getattr(codec, "carrier", None)
    return carrier if isinstance(carrier, Carrier) else None


def reader_of(codec: Codec) -> Callable[[bytes], Picture] | None:
    """The codec's own reader of any file of its format, where it has one."""
    read = getattr(codec, "read", None)
    return read if callable(read) else None


def held_by(carrier: Carrier) -> frozenset[str]:
    """The fields of `Metadata` that `embed` takes."""
    return frozenset(getattr(carrier, "holds", {field.name for field in fields(Metadata)}))


def held_beside(carrier: Carrier, payload: bytes, metadata: Metadata) -> frozenset[str]:
    """The fields of `metadata` that `embed` takes for this payload."""
    without_room = getattr(carrier, "without_room", None)
    return held_by(carrier) - (without_room(payload, metadata) if callable(without_room) else frozenset())


def quality_scale_of(codec: Codec) -> QualityScale | None:
    """The codec's quality scale, where it declares one."""
    scale = getattr(codec, "quality_scale", None)
    return scale if isinstance(scale, QualityScale) else None
