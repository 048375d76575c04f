"""WebP files that other tools wrote, the legality of those with a sidecar, and libwebp's knobs."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    RgbImage,
    decode,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.formats.riff import chunks, make_chunk, make_riff
from jpadse_plugin_webp.carrier import WebpCarrier
from jpadse_plugin_webp.codec import WebpCodec, WebpOptions

CARRIER = WebpCarrier()


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


def webp(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", **options)
    return target.getvalue()


def kinds(file: bytes) -> list[bytes]:
    return [chunk.kind for chunk in chunks(file, b"WEBP")]


def test_a_lossless_file_decodes_exactly(coffee: RgbImage) -> None:
    assert np.array_equal(decode(webp(Image.fromarray(coffee), lossless=True), enhance=False), coffee)


def test_alpha_of_a_plain_file_comes_along(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(coffee[..., 0]))
    for lossless in (False, True):
        picture = decode_picture(webp(image, lossless=lossless, exact=True), enhance=False)
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, coffee[..., 0])


def test_the_orientation_of_a_plain_file_is_applied(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = webp(Image.fromarray(coffee), lossless=True, exif=exif.tobytes())
    assert np.array_equal(decode(file, enhance=False), np.rot90(coffee, -1))


def test_an_animation_is_refused(coffee: RgbImage) -> None:
    frames = [Image.fromarray(coffee), Image.fromarray(255 - coffee)]
    with pytest.raises(ImageError, match="holds 2 pictures"):
        decode(webp(frames[0], save_all=True, append_images=frames[1:]))


def test_metadata_is_where_pillow_looks_for_it(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    payload = WebpCodec().encode(coffee, WebpOptions())
    dressed = CARRIER.attach(CARRIER.embed(payload, Metadata(b"profile", block, b"<x/>")), b"sidecar")
    assert kinds(dressed) == [b"VP8X", b"ICCP", b"VP8 ", b"EXIF", b"XMP ", b"JPSE"]
    with Image.open(io.BytesIO(dressed)) as image:
        assert image.info["icc_profile"] == b"profile"
        assert image.getexif()[0x010F] == "Camera works"
        assert image.info["xmp"] == b"<x/>"


def test_a_simple_file_is_extended_to_hold_a_chunk_and_becomes_simple_again(coffee: RgbImage) -> None:
    for lossless, kind in ((False, b"VP8 "), (True, b"VP8L")):
        payload = webp(Image.fromarray(coffee), lossless=lossless)
        carried = CARRIER.attach(payload, b"sidecar")
        assert kinds(carried) == [b"VP8X", kind, b"JPSE"]
        assert CARRIER.detach(carried) == Detached(payload, b"sidecar")


def test_a_lossless_file_with_alpha_says_so_in_its_extended_header(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(128)
    header = next(chunks(CARRIER.attach(webp(image, lossless=True), b""), b"WEBP"))
    assert header.body[0] & 0x10


def test_an_extended_file_without_flags_stays_extended(coffee: RgbImage) -> None:
    carried = CARRIER.attach(webp(Image.fromarray(coffee)), b"")
    extended = make_riff(b"WEBP", b"".join(make_chunk(c.kind, c.body) for c in [*chunks(carried, b"WEBP")][:2]))
    assert CARRIER.detach(CARRIER.attach(extended, b"sidecar")) == Detached(extended, b"sidecar")


def test_a_last_chunk_without_padding_and_bytes_behind_the_file_come_back(coffee: RgbImage) -> None:
    padded = CARRIER.embed(WebpCodec().encode(coffee, WebpOptions()), Metadata(exif=b"odd"))
    bare = b"RIFF" + (len(padded) - 9).to_bytes(4, "little") + padded[8:-1]
    for payload in (padded, bare, padded + b"behind", bare + b"behind"):
        assert CARRIER.detach(CARRIER.attach(payload, b"sidecar")) == Detached(payload, b"sidecar")


def test_a_cut_sidecar_leaves_the_picture_whole(coffee: RgbImage) -> None:
    payload = WebpCodec().encode(coffee, WebpOptions())
    carried = CARRIER.attach(payload, bytes(1000))
    detached = CARRIER.detach(carried[:-500])
    assert detached.payload == payload
    assert detached.sidecar == bytes(501)


def test_another_tools_chunk_is_left_where_it_is(coffee: RgbImage) -> None:
    carried = CARRIER.attach(WebpCodec().encode(coffee, WebpOptions()), b"sidecar")
    foreign = make_riff(b"WEBP", carried[12:] + make_chunk(b"abcd", b"hello"))
    payload = CARRIER.detach(foreign).payload
    assert kinds(payload) == [b"VP8X", b"VP8 ", b"abcd"]
    assert np.array_equal(WebpCodec().decode(payload), WebpCodec().decode(foreign))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"VP8 ",
        b"VP8 \xff\xff\xff\xff",
        b"VP8 \4\0\0\0abcd",
        b"VP8L\1\0\0\0\x2f\0",
        b"VP8X\0\0\0\0",
        b"JPSE\0\0\0\0",
    ],
)
def test_malformed_chunks_are_typed_errors(body: bytes) -> None:
    file = make_riff(b"WEBP", body)
    with pytest.raises(BitstreamError):
        decode(file)
    with pytest.raises((BitstreamError, CodecError)):
        CARRIER.attach(file, b"sidecar")


def test_a_million_tiny_chunks_are_refused() -> None:
    with pytest.raises(BitstreamCorrupt, match="more than 65536 chunks"):
        CARRIER.detach(make_riff(b"WEBP", make_chunk(b"abcd", b"") * 100_000))


@pytest.mark.parametrize("quality", [0, 10, 30, 60, 80, 100])
def test_the_quality_that_is_read_off_a_file_is_near_the_one_it_was_written_with(
    coffee: RgbImage, quality: int
) -> None:
    found = WebpCodec().quality_of(webp(Image.fromarray(coffee), quality=quality))
    assert found is not None
    assert abs(100 * found - quality) < 6
    assert WebpCodec().quality_of(webp(Image.fromarray(coffee), lossless=True)) is None


@pytest.mark.parametrize(
    "knob",
    [
        {"method": 0},
        {"preset": "photo"},
        {"sns_strength": 100},
        {"filter_strength": 0},
        {"filter_sharpness": 7},
        {"filter_type": "simple"},
        {"autofilter": True},
        {"segments": 1},
        {"use_sharp_yuv": True},
    ],
    ids=lambda knob: next(iter(knob)),
)
def test_every_knob_turns_something(coffee: RgbImage, knob: dict[str, object]) -> None:
    codec = WebpCodec()
    assert codec.encode(coffee, WebpOptions(quality=30, **knob)) != codec.encode(coffee, WebpOptions(quality=30))


def test_more_passes_find_another_code_for_a_picture_that_is_not_small() -> None:
    picture = np.ascontiguousarray(data.coffee())
    once, thrice = (WebpCodec().encode(picture, WebpOptions(quality=30, passes=passes)) for passes in (1, 3))
    assert once != thrice


def test_a_side_beyond_the_formats_limit_is_refused() -> None:
    with pytest.raises(CodecError, match="at most 16383 pixels"):
        WebpCodec().encode(np.zeros((16_384, 1, 3), np.uint8), WebpOptions())


@pytest.mark.parametrize("sharp", [False, True])
def test_libwebps_own_program_writes_the_same_pixels(coffee: RgbImage, tmp_path: Path, sharp: bool) -> None:
    if shutil.which("cwebp") is None:
        pytest.skip("cwebp is not on PATH")
    Image.fromarray(coffee).save(tmp_path / "picture.png")
    command = ["cwebp", "-q", "40", *["-sharp_yuv"] * sharp, "picture.png", "-o", "picture.webp"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=True)
    codec = WebpCodec()
    ours = codec.decode(codec.encode(coffee, WebpOptions(quality=40, use_sharp_yuv=sharp))).astype(int)
    theirs = codec.decode((tmp_path / "picture.webp").read_bytes()).astype(int)
    other_way = codec.decode(codec.encode(coffee, WebpOptions(quality=40, use_sharp_yuv=not sharp))).astype(int)
    assert np.abs(ours - theirs).mean() < np.abs(ours - other_way).mean() / 4


def test_sharp_yuv_is_refused_where_the_settings_of_libwebp_may_lie_elsewhere(
    coffee: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jpadse_plugin_webp.codec._CONFIG_SIZE", 120)
    with pytest.raises(CodecError, match="has 116 bytes, not 120"):
        WebpCodec().encode(coffee, WebpOptions(use_sharp_yuv=True))
