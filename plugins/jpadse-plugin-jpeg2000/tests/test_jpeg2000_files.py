"""JPEG 2000 files that other tools wrote, rates and PSNRs that are asked for, and metadata."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from jpadse_core import (
    BitstreamError,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    RgbImage,
    TargetBitsPerPixel,
    TargetMetric,
    TargetSize,
    build_pipeline,
    decode,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.distortion import psnr
from jpadse_core.formats.boxes import boxes, make_box
from jpadse_core.rate_control import Target
from jpadse_plugin_jpeg2000.carrier import Jpeg2000Carrier, wrapped
from jpadse_plugin_jpeg2000.codec import Jpeg2000Codec, Jpeg2000Options

CARRIER = Jpeg2000Carrier()
CODEC = Jpeg2000Codec()
SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


@pytest.fixture(scope="module")
def payload(coffee: RgbImage) -> bytes:
    return CODEC.encode(coffee, Jpeg2000Options())


def jp2(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG2000", **options)
    return target.getvalue()


def pillow(file: bytes) -> RgbImage:
    with Image.open(io.BytesIO(file)) as image:
        return np.array(image.convert("RGB"))


@pytest.mark.parametrize("high_throughput", [False, True])
@pytest.mark.parametrize("rate", [0.5, 1.0, 3.0])
def test_the_rate_is_kept(coffee: RgbImage, rate: float, high_throughput: bool) -> None:
    file = CODEC.encode(coffee, Jpeg2000Options(rate=rate, high_throughput=high_throughput))
    spent = len(CARRIER.codestream(file)) * 8 / coffee[..., 0].size
    assert 0.75 * rate < spent <= rate * 1.01


@pytest.mark.parametrize("high_throughput", [False, True])
@pytest.mark.parametrize("target", [25.0, 32.0, 40.0])
def test_the_psnr_is_reached(coffee: RgbImage, target: float, high_throughput: bool) -> None:
    file = CODEC.encode(coffee, Jpeg2000Options(psnr=target, high_throughput=high_throughput))
    assert target - 0.6 < psnr(coffee, CODEC.decode(file)) < target + 1.5


@pytest.mark.parametrize("size", [400, 700, 1500, 6000])
def test_a_target_size_is_used_up_at_low_rates_as_at_high_ones(coffee: RgbImage, size: int) -> None:
    file = build_pipeline("jpeg2000", None, None).encode(coffee, target=TargetSize(size))
    assert 0.95 * size < len(file) <= size


@pytest.mark.parametrize("target", [TargetSize(3000), TargetBitsPerPixel(1.0), TargetMetric("psnr", 30)])
def test_a_psnr_beside_a_target_is_refused(coffee: RgbImage, target: Target) -> None:
    pipeline = build_pipeline("jpeg2000", None, None)
    with pytest.raises(CodecError, match=r'"jpeg2000": .*psnr excludes rate.* leave psnr out'):
        pipeline.encode(coffee, target=target, psnr=35)
    with pytest.raises(CodecError, match="psnr excludes rate"):
        pipeline.encode(coffee, rate=1.0, psnr=35)
    assert pipeline.encode(coffee, psnr=35).options == {"psnr": 35}
    assert pipeline.encode(coffee, rate=0.5, psnr=None).options == {"rate": 0.5}


def test_htj2k_says_so_and_opens_in_pillow(coffee: RgbImage) -> None:
    file = CODEC.encode(coffee, Jpeg2000Options(rate=2, high_throughput=True))
    assert file[20:24] == b"jph "
    carried = CARRIER.attach(file, b"sidecar")
    assert np.array_equal(pillow(carried), pillow(file))
    assert psnr(coffee, pillow(file)) > 30


def test_lossless_files_and_bare_codestreams_decode_exactly(coffee: RgbImage) -> None:
    for options in ({}, {"no_jp2": True}):
        assert np.array_equal(decode(jp2(Image.fromarray(coffee), **options), enhance=False), coffee)


def test_alpha_and_greyness_of_plain_files_come_along(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(255 - coffee[..., 0]))
    picture = decode_picture(jp2(image), enhance=False)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, 255 - coffee[..., 0])
    grey = decode_picture(jp2(Image.fromarray(coffee[..., 0])), enhance=False)
    assert grey.grey
    assert np.array_equal(grey.rgb, np.repeat(coffee[..., :1], 3, axis=2))


def test_more_than_8_bits_are_refused(coffee: RgbImage) -> None:
    deep = wrapped(bytes(imagecodecs.htj2k_encode(coffee.astype(np.uint16) * 257)))
    with pytest.raises(ImageError, match="has 16 bits a sample"):
        decode(deep)


def test_metadata_comes_back_and_the_exif_orientation_is_applied(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera works"
    plain = jp2(Image.fromarray(coffee))
    dressed = CARRIER.embed(
        plain, Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b'<x tiff:Orientation="6"/>')
    )
    picture = decode_picture(dressed, enhance=False)
    assert np.array_equal(picture.rgb, np.rot90(coffee, -1))
    assert (picture.metadata.icc, picture.metadata.xmp) == (SRGB, b"<x />")
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert dict(kept) == {0x0112: 1, 0x010F: "Camera works"}
    assert np.array_equal(pillow(dressed), coffee)
    assert CARRIER.essence(dressed) == CARRIER.essence(plain)


def test_a_bare_codestream_gets_a_file_and_loses_it_again(coffee: RgbImage) -> None:
    for samples in (coffee, coffee[..., 0]):
        bare = jp2(Image.fromarray(np.ascontiguousarray(samples)), no_jp2=True)
        carried = CARRIER.attach(bare, b"sidecar")
        assert np.array_equal(pillow(carried), pillow(bare))
        assert CARRIER.detach(carried) == Detached(bare, b"sidecar")


def test_a_file_that_we_might_have_wrapped_stays_one(coffee: RgbImage) -> None:
    file = wrapped(jp2(Image.fromarray(coffee), no_jp2=True))
    assert CARRIER.detach(CARRIER.attach(file, b"sidecar")) == Detached(file, b"sidecar")


def test_a_bare_codestream_with_alpha_has_no_meaning_to_attach_to(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(128)
    with pytest.raises(CodecError, match="of 4 components"):
        CARRIER.attach(jp2(image, no_jp2=True), b"sidecar")


def test_an_open_ended_codestream_keeps_its_place(payload: bytes) -> None:
    last = [*boxes(payload)][-1]
    opened = payload[: last.start] + bytes(4) + payload[last.start + 4 :]
    carried = CARRIER.attach(opened, b"sidecar")
    assert [box.kind for box in boxes(carried)] == [b"jP  ", b"ftyp", b"jp2h", b"uuid", b"jp2c"]
    assert CARRIER.detach(carried) == Detached(opened, b"sidecar")
    assert np.array_equal(CODEC.decode(carried), CODEC.decode(payload))


def test_every_truncation_ahead_of_the_pixels_is_a_typed_error(payload: bytes) -> None:
    for length in range(1, len(payload) - 1, 41):
        with pytest.raises(BitstreamError):
            decode(payload[:length])


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        make_box(b"jp2h", b""),
        make_box(b"jp2c", b"\xff\x4f\xff\x51"),
        make_box(b"jp2h", make_box(b"colr", b"")) + make_box(b"jp2c", b"\xff\x4f\xff\x51"),
        b"\0\0\0\1jp2h\0\0\0\0\0\0\0\1",
    ],
)
def test_malformed_files_are_typed_errors(rest: bytes) -> None:
    with pytest.raises(BitstreamError):
        decode(SIGNATURE + make_box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + rest)
