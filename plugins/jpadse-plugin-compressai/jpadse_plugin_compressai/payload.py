"""The payload of a learned codec: a header that says what decodes it, then the symbols."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.errors import BitstreamCorrupt, BitstreamUnsupported, CodecError

ARCHITECTURES = (
    "bmshj2018-factorized",
    "bmshj2018-hyperprior",
    "mbt2018-mean",
    "mbt2018",
    "cheng2020-anchor",
    "cheng2020-attn",
)
METRICS = ("mse", "ms-ssim")
MOST_PIXELS = 1 << 25
"""A decoder works for seconds a megapixel, whatever the payload's length, so a payload must not ask for more."""

_VERSION = 1
_DIGEST, _CHECKSUM = 8, 4


@dataclass(frozen=True)
class Header:
    """What decodes a payload.

    Attributes:
        architecture, metric, quality: of the model, as CompressAI's zoo names them.
        digest: the first 16 hex digits of the sha256 of its weights.
        width, height: of the picture, in pixels.
    """

    architecture: str
    metric: str
    quality: int
    digest: str
    width: int
    height: int

    def write(self) -> bytes:
        """Its bytes.

        Raises:
            CodecError: the picture is larger than `MOST_PIXELS`.
        """
        if self.width * self.height > MOST_PIXELS:
            raise CodecError(
                f"learned codecs take pictures of up to {MOST_PIXELS} pixels, not {self.width}x{self.height}"
            )
        model = ARCHITECTURES.index(self.architecture), METRICS.index(self.metric), self.quality
        return (
            bytes([_VERSION, *model])
            + bytes.fromhex(self.digest)
            + write_varint(self.width)
            + write_varint(self.height)
        )


def write_payload(header: Header, latents: bytes, symbols: bytes) -> bytes:
    """The payload.

    Args:
        header: see `Header`.
        latents: what the symbols stand for, which both sides must agree on; only its checksum is sent.
        symbols: the coded symbols.
    """
    front = header.write()
    return front + _checksum(front, latents) + symbols


def read_payload(data: bytes) -> tuple[Header, bytes, Reader]:
    """The header, the checksum that `check` wants, and the symbols.

    Raises:
        BitstreamUnsupported: its version is newer.
        BitstreamCorrupt, BitstreamTruncated: it contradicts itself, or ends early.
    """
    reader = Reader(data, "learned codec's payload")
    version = reader.byte()
    if version != _VERSION:
        raise BitstreamUnsupported(
            f"version {version} of a learned codec's payload: pip install --upgrade jpadse-plugin-compressai"
        )
    architecture, metric, quality = reader.byte(), reader.byte(), reader.byte()
    if architecture >= len(ARCHITECTURES) or metric >= len(METRICS):
        raise BitstreamCorrupt("the learned codec's payload names no model")
    digest, width, height = reader.block(_DIGEST).hex(), reader.varint(), reader.varint()
    if not 0 < width * height <= MOST_PIXELS:
        raise BitstreamCorrupt(f"the learned codec's payload claims {width}x{height} pixels")
    header = Header(ARCHITECTURES[architecture], METRICS[metric], quality, digest, width, height)
    return header, reader.block(_CHECKSUM), reader


def check(header: Header, checksum: bytes, latents: bytes) -> None:
    """Refuse latents that are not those of the encoder.

    Raises:
        BitstreamCorrupt: they are not.
    """
    if _checksum(header.write(), latents) != checksum:
        raise BitstreamCorrupt(
            "the latents are not those that the encoder saw: the payload is damaged, or this machine computes otherwise"
        )


def _checksum(front: bytes, latents: bytes) -> bytes:
    return zlib.crc32(latents, zlib.crc32(front)).to_bytes(_CHECKSUM, "little")
