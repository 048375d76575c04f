"""A sidecar and metadata inside a JPEG file, which stays the legal file that it was."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, CodecError, Detached, Metadata, RgbImage
from jpadse_core.builtin.jpeg import JpegCodec, JpegOptions
from jpadse_core.builtin.jpeg_carrier import JpegCarrier

CARRIER = JpegCarrier()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    return exif.tobytes().removeprefix(b"Exif\0\0")


METADATA = Metadata(icc=SRGB, exif=exif_block(), xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')


@pytest.fixture(scope="module", params=["baseline", "progressive", "grey", "4:4:4", "bare"])
def payload(request: pytest.FixtureRequest, coffee: RgbImage) -> bytes:
    """JPEG files as encoders write them; `bare` has no JFIF segment, which must come first where there is one."""
    rgb = np.repeat(coffee[..., :1], 3, axis=2) if request.param == "grey" else coffee
    options = {"progressive": {"progressive": True}, "4:4:4": {"subsampling": "4:4:4"}}.get(request.param, {})
    encoded = JpegCodec().encode(rgb, JpegOptions(quality=30, **options))  # type: ignore[arg-type]
    if request.param == "bare":
        assert encoded[2:4] == b"\xff\xe0"
        encoded = encoded[:2] + encoded[4 + int.from_bytes(encoded[4:6], "big") :]
    return encoded


@pytest.mark.parametrize("size", [0, 1, 500, 65_526, 65_527, 200_000])
def test_detaching_what_was_attached_gives_both_back(payload: bytes, size: int) -> None:
    sidecar = np.random.default_rng(size).bytes(size)
    detached = CARRIER.detach(CARRIER.attach(payload, sidecar))
    assert detached.payload == payload
    assert (detached.sidecar or b"") == sidecar


@given(st.binary(min_size=1, max_size=2000))
def test_any_sidecar_comes_back(sidecar: bytes) -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    assert CARRIER.detach(CARRIER.attach(tiny, sidecar)) == Detached(tiny, sidecar)


@pytest.mark.parametrize("size", [300, 200_000])
def test_a_file_with_a_sidecar_shows_exactly_the_plain_pixels_in_pillow(
    payload: bytes, size: int, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    carried = CARRIER.attach(payload, np.random.default_rng(0).bytes(size))
    with Image.open(io.BytesIO(carried)) as image:
        image.verify()
    assert np.array_equal(plain_pixels(carried), plain_pixels(payload))


def test_a_sidecar_beyond_64_kilobytes_is_split_over_legal_segments(payload: bytes) -> None:
    carried = CARRIER.attach(payload, bytes(200_000))
    with Image.open(io.BytesIO(carried)) as image:
        ours = [body for name, body in image.applist if name == "APP9"]  # type: ignore[attr-defined]
    assert [(body[:5], body[5], body[6]) for body in ours] == [(b"JPSE\0", index, 4) for index in range(4)]


def test_segments_in_another_order_are_put_right() -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    sidecar = np.random.default_rng(0).bytes(100_000)
    carried = CARRIER.attach(tiny, sidecar)
    first = carried.index(b"\xff\xe9")
    middle = first + 2 + 65_535
    last = middle + 2 + int.from_bytes(carried[middle + 2 : middle + 4], "big")
    swapped = carried[:first] + carried[middle:last] + carried[first:middle] + carried[last:]
    assert CARRIER.detach(swapped).sidecar == sidecar


def test_a_missing_segment_leaves_the_payload_whole() -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    carried = CARRIER.attach(tiny, bytes(100_000))
    first = carried.index(b"\xff\xe9")
    detached = CARRIER.detach(carried[:first] + carried[first + 2 + 65_535 :])
    assert detached.payload == tiny
    assert detached.sidecar is not None
    assert len(detached.sidecar) < 100_000


def test_a_sidecar_of_more_than_255_segments_is_refused() -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    with pytest.raises(CodecError, match="does not fit into a JPEG file"):
        CARRIER.attach(tiny, bytes(65_526 * 255 + 1))


def test_anothers_app9_segment_is_left_where_it_is(payload: bytes) -> None:
    foreign = payload[:2] + b"\xff\xe9\x00\x08Media\0"[:10] + payload[2:]
    assert CARRIER.detach(foreign) == Detached(foreign, None)
    assert CARRIER.detach(CARRIER.attach(foreign, b"mine")) == Detached(foreign, b"mine")


def test_metadata_is_where_pillow_looks_for_it_and_the_pixels_do_not_change(
    payload: bytes, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    dressed = CARRIER.embed(payload, METADATA)
    with Image.open(io.BytesIO(dressed)) as image:
        assert image.info["icc_profile"] == METADATA.icc
        assert image.getexif()[0x010F] == "Camera works"
        assert image.info["xmp"] == METADATA.xmp
    assert np.array_equal(plain_pixels(dressed), plain_pixels(payload))


def test_a_large_icc_profile_is_split_and_read_back_whole(payload: bytes) -> None:
    profile = SRGB[:128] + np.random.default_rng(0).bytes(150_000)
    with Image.open(io.BytesIO(CARRIER.embed(payload, Metadata(icc=profile)))) as image:
        assert image.info["icc_profile"] == profile


def test_exif_beyond_a_segment_is_refused_with_what_to_do() -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    with pytest.raises(CodecError, match=r"70000 bytes of EXIF do not fit.*leave it out"):
        CARRIER.embed(tiny, Metadata(exif=bytes(70_000)))


def test_the_essence_is_blind_to_metadata_sidecar_and_comments(payload: bytes) -> None:
    commented = payload[:2] + b"\xff\xfe\x00\x07hello" + payload[2:]
    essences = {
        CARRIER.essence(file)
        for file in (payload, commented, CARRIER.embed(payload, METADATA), CARRIER.attach(payload, b"sidecar"))
    }
    assert len(essences) == 1


def test_the_essence_changes_with_the_pixels(coffee: RgbImage) -> None:
    files = [JpegCodec().encode(picture, JpegOptions()) for picture in (coffee, 255 - coffee)]
    assert len({CARRIER.essence(file) for file in files}) == 2


def test_adobes_segment_is_essence_because_it_names_the_colour_transform(payload: bytes) -> None:
    adobe = b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\0"
    assert adobe in CARRIER.essence(payload[:2] + adobe + payload[2:])


def test_every_truncation_ahead_of_the_scan_is_a_typed_error() -> None:
    tiny = JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions())
    scan = tiny.index(b"\xff\xda")
    for length in range(scan + 2):
        with pytest.raises((BitstreamTruncated, BitstreamCorrupt)):
            CARRIER.detach(tiny[:length])


@given(st.binary(max_size=80))
def test_noise_behind_a_signature_is_a_typed_error_or_a_file(noise: bytes) -> None:
    try:
        detached = CARRIER.detach(b"\xff\xd8\xff" + noise)
    except BitstreamError:
        return
    assert isinstance(detached.payload, bytes)


def test_it_recognises_jpeg_and_nothing_else() -> None:
    assert CARRIER.recognises(JpegCodec().encode(np.zeros((8, 8, 3), np.uint8), JpegOptions()))
    assert not CARRIER.recognises(b"")
    assert not CARRIER.recognises(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("quality", [1, 10, 37, 75, 95])
def test_the_quality_is_read_off_the_file(coffee: RgbImage, quality: int) -> None:
    codec = JpegCodec()
    found = codec.quality_of(codec.encode(coffee, JpegOptions(quality=quality)))
    assert found == pytest.approx((quality - 1) / 99)
