"""The payload's header: small, and wary."""

from __future__ import annotations

import pytest

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, BitstreamUnsupported, CodecError
from jpadse_core.bitstream.varint import write_varint
from jpadse_plugin_compressai.payload import Header, check, read_payload, write_payload

HEADER = Header("mbt2018", "ms-ssim", 7, "0123456789abcdef", 131, 99)
LATENTS = bytes(range(200))


def test_a_header_comes_back_with_what_follows_it() -> None:
    data = write_payload(HEADER, LATENTS, b"symbols")
    header, checksum, rest = read_payload(data)
    assert (header, rest.rest()) == (HEADER, b"symbols")
    assert len(data) == 19 + len(b"symbols")
    check(header, checksum, LATENTS)


def test_other_latents_and_another_header_are_refused() -> None:
    header, checksum, _ = read_payload(write_payload(HEADER, LATENTS, b""))
    with pytest.raises(BitstreamCorrupt, match="this machine computes otherwise"):
        check(header, checksum, LATENTS[:-1] + b"\0")
    with pytest.raises(BitstreamCorrupt, match="not those that the encoder saw"):
        check(Header("mbt2018", "ms-ssim", 7, "0123456789abcdef", 130, 99), checksum, LATENTS)


@pytest.mark.parametrize("length", range(19))
def test_a_header_that_is_cut_is_truncated(length: int) -> None:
    with pytest.raises(BitstreamTruncated):
        read_payload(write_payload(HEADER, LATENTS, b"")[:length])


def test_a_newer_version_says_what_to_upgrade() -> None:
    with pytest.raises(BitstreamUnsupported, match="pip install --upgrade jpadse-plugin-compressai"):
        read_payload(b"\2" + write_payload(HEADER, LATENTS, b"")[1:])


@pytest.mark.parametrize(("at", "value"), [(1, 6), (2, 2)])
def test_an_unknown_model_is_refused(at: int, value: int) -> None:
    data = bytearray(write_payload(HEADER, LATENTS, b""))
    data[at] = value
    with pytest.raises(BitstreamCorrupt, match="names no model"):
        read_payload(bytes(data))


@pytest.mark.parametrize(("width", "height"), [(0, 9), (9, 0), (1 << 20, 1 << 20), ((1 << 62), 1), (1 << 25, 2)])
def test_a_size_that_nobody_should_decode_is_refused(width: int, height: int) -> None:
    front = write_payload(HEADER, LATENTS, b"")[:12]
    with pytest.raises(BitstreamError, match="pixels"):
        read_payload(front + write_varint(width) + write_varint(height) + bytes(40))


def test_a_picture_that_is_too_large_is_refused_when_encoding() -> None:
    with pytest.raises(CodecError, match=r"up to 33554432 pixels, not 60000x60000"):
        Header("mbt2018", "mse", 1, "0" * 16, 60_000, 60_000).write()
