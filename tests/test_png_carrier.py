"""A sidecar and metadata inside a PNG file."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from jpadse_core import BitstreamError, BitstreamTruncated, Detached, Metadata, RgbImage
from jpadse_core.builtin.png import PngCodec, PngOptions
from jpadse_core.builtin.png_carrier import PngCarrier

CARRIER = PngCarrier()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def payload(coffee: RgbImage) -> bytes:
    return PngCodec().encode(coffee, PngOptions())


@pytest.mark.parametrize("size", [0, 1, 200_000])
def test_detaching_what_was_attached_gives_both_back(payload: bytes, size: int) -> None:
    sidecar = np.random.default_rng(size).bytes(size)
    assert CARRIER.detach(CARRIER.attach(payload, sidecar)) == Detached(payload, sidecar)


def test_a_file_with_a_sidecar_is_legal_in_pillow_and_keeps_its_pixels(
    payload: bytes, coffee: RgbImage, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    carried = CARRIER.attach(payload, b"sidecar")
    with Image.open(io.BytesIO(carried)) as image:
        image.verify()
    assert np.array_equal(plain_pixels(carried), coffee)


def test_metadata_is_where_pillow_looks_for_it(payload: bytes, coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    with Image.open(io.BytesIO(CARRIER.embed(payload, Metadata(SRGB, block, b"<x:xmpmeta/>")))) as image:
        assert np.array_equal(np.asarray(image), coffee)
        assert image.info["icc_profile"] == SRGB
        assert image.getexif()[0x010F] == "Camera works"
        assert image.info["xmp"] == b"<x:xmpmeta/>"


def test_the_essence_is_blind_to_metadata(payload: bytes) -> None:
    dressed = CARRIER.embed(payload, Metadata(SRGB, b"MM\0*", b"<x:xmpmeta/>"))
    assert dressed != payload
    assert CARRIER.essence(dressed) == CARRIER.essence(payload)


def test_every_truncation_is_a_typed_error(payload: bytes) -> None:
    for length in (*range(40), len(payload) // 2, len(payload) - 1):
        with pytest.raises(BitstreamError):
            CARRIER.detach(payload[:length])


def test_a_chunk_that_claims_gigabytes_is_truncated() -> None:
    with pytest.raises(BitstreamTruncated):
        CARRIER.detach(b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffIDAT" + bytes(50))


@given(st.binary(max_size=80))
def test_noise_behind_a_signature_is_a_typed_error(noise: bytes) -> None:
    with pytest.raises(BitstreamError):
        CARRIER.detach(b"\x89PNG\r\n\x1a\n" + noise)


def test_what_lies_behind_the_end_is_no_essence(payload: bytes) -> None:
    assert CARRIER.essence(payload + b"x") == CARRIER.essence(payload)
    assert CARRIER.detach(CARRIER.attach(payload + b"x", b"sidecar")) == Detached(payload + b"x", b"sidecar")
