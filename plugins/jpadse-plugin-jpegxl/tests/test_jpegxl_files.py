"""JPEG XL files that other tools wrote, containers with and without a sidecar, and damaged ones."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    MetadataLost,
    RgbImage,
    TargetSize,
    build_pipeline,
    decode,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.formats.boxes import boxes, make_box
from jpadse_core.interfaces import Picture
from jpadse_plugin_jpegxl.carrier import JpegXlCarrier
from jpadse_plugin_jpegxl.codec import JpegXlCodec, JpegXlOptions
from jpadse_plugin_jpegxl.header import ImageHeader, read_header

CARRIER = JpegXlCarrier()
HEAD = b"\0\0\0\x0cJXL \r\n\x87\n" + make_box(b"ftyp", b"jxl \0\0\0\0jxl ")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = b"II*\0\x08\0\0\0\0\0\0\0\0\0"


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


@pytest.fixture(scope="module")
def payload(coffee: RgbImage) -> bytes:
    return JpegXlCodec().encode(coffee, JpegXlOptions(distance=4))


def jxl(samples: np.ndarray, **options: object) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(np.ascontiguousarray(samples), numthreads=1, **options))


def test_alpha_and_greyness_of_plain_files_come_along(coffee: RgbImage) -> None:
    alpha = 255 - coffee[..., :1]
    picture = decode_picture(jxl(np.dstack([coffee, alpha]), lossless=True), enhance=False)
    assert np.array_equal(picture.rgb, coffee)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha[..., 0])
    grey = decode_picture(jxl(coffee[..., 0], lossless=True), enhance=False)
    assert grey.grey
    assert np.array_equal(grey.rgb, np.repeat(coffee[..., :1], 3, axis=2))


def test_distance_0_is_lossless(coffee: RgbImage) -> None:
    codec = JpegXlCodec()
    assert np.array_equal(codec.decode(codec.encode(coffee, JpegXlOptions(distance=0))), coffee)


def test_a_recompressed_jpeg_decodes_as_the_jpeg_does(coffee: RgbImage) -> None:
    target = io.BytesIO()
    Image.fromarray(coffee).save(target, "JPEG", quality=80)
    file = bytes(imagecodecs.jpegxl_encode_jpeg(target.getvalue(), usecontainer=True))
    shown = np.asarray(Image.open(target))
    assert np.abs(decode(file, enhance=False).astype(int) - shown).mean() < 2


def test_more_than_8_bits_and_animations_are_refused(coffee: RgbImage) -> None:
    with pytest.raises(ImageError, match="has 16 bits a sample"):
        decode(jxl(coffee.astype(np.uint16) * 257, distance=1.0))
    with pytest.raises(ImageError, match="is an animation"):
        decode(jxl(np.stack([coffee, 255 - coffee]), distance=1.0))


def test_the_codestreams_orientation_goes_before_the_one_in_exif(coffee: RgbImage, payload: bytes) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera works"
    file = CARRIER.embed(
        payload, Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"), xmp=b'<x tiff:Orientation="6"/>')
    )
    picture = decode_picture(file, enhance=False)
    assert picture.rgb.shape == coffee.shape
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert dict(kept) == {0x0112: 1, 0x010F: "Camera works"}
    assert picture.metadata.xmp == b"<x />"


def test_a_colour_space_other_than_srgb_is_told_to_be_lost(coffee: RgbImage, tmp_path: Path) -> None:
    if shutil.which("cjxl") is None:
        pytest.skip("cjxl is not on PATH")
    Image.fromarray(coffee).save(tmp_path / "in.png")
    command = ["cjxl", "in.png", "out.jxl", "-d", "0", "-x", "color_space=RGB_D65_DCI_Rel_SRG"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    file = (tmp_path / "out.jxl").read_bytes()
    with pytest.warns(MetadataLost, match="colour profile is not carried"):
        decode_picture(file, enhance=False)


def test_a_bare_codestream_gets_a_container_and_loses_it_again(payload: bytes) -> None:
    carried = CARRIER.attach(payload, b"sidecar")
    assert [box.kind for box in boxes(carried)] == [b"JXL ", b"ftyp", b"jxlc", b"uuid"]
    assert CARRIER.detach(carried) == Detached(payload, b"sidecar")


@pytest.mark.parametrize("open_ended", [False, True])
def test_a_container_stays_the_container_that_it_was(payload: bytes, open_ended: bool) -> None:
    box = make_box(b"jxlc", payload)
    contained = HEAD + (bytes(4) + box[4:] if open_ended else box)
    carried = CARRIER.attach(contained, b"sidecar")
    assert CARRIER.detach(carried) == Detached(contained, b"sidecar")
    assert np.array_equal(JpegXlCodec().decode(carried), JpegXlCodec().decode(payload))


def test_a_codestream_in_parts_is_one_essence(payload: bytes) -> None:
    middle = len(payload) // 2
    parts = make_box(b"jxlp", b"\0\0\0\0" + payload[:middle]) + make_box(b"jxlp", b"\x80\0\0\1" + payload[middle:])
    assert CARRIER.essence(HEAD + parts) == payload
    assert np.array_equal(JpegXlCodec().decode(HEAD + parts), JpegXlCodec().decode(payload))


def test_exif_and_xmp_come_back_compressed_or_not(payload: bytes) -> None:
    plain = CARRIER.embed(payload, Metadata(exif=EXIF, xmp=b"<x/>"))
    assert CARRIER.metadata(plain) == Metadata(exif=EXIF, xmp=b"<x/>")
    packed = make_box(b"brob", b"Exif" + imagecodecs.brotli_encode(bytes(4) + EXIF))
    assert CARRIER.metadata(HEAD + packed + make_box(b"jxlc", payload)).exif == EXIF
    for body in (b"Exif", b"Exif\xff\xff\xff"):
        with pytest.raises(BitstreamCorrupt, match="cannot be expanded"):
            CARRIER.metadata(HEAD + make_box(b"brob", body) + make_box(b"jxlc", payload))


def test_metadata_that_expands_without_end_is_refused(payload: bytes) -> None:
    bomb = imagecodecs.brotli_encode(bytes((1 << 26) + 1), level=1)
    with pytest.raises(BitstreamCorrupt):
        CARRIER.metadata(HEAD + make_box(b"brob", b"Exif" + bomb) + make_box(b"jxlc", payload))


def test_an_icc_profile_rides_in_the_sidecar(coffee: RgbImage) -> None:
    file = build_pipeline("jpegxl", None, None).encode(Picture(coffee, metadata=Metadata(icc=SRGB, exif=EXIF)))
    found = decode_picture(file, enhance=False).metadata
    assert found == Metadata(icc=SRGB, exif=EXIF)


def test_of_colours_that_viewers_will_not_know_the_encoder_warns(coffee: RgbImage) -> None:
    swapped = bytearray(SRGB)
    tags = {SRGB[start : start + 4]: start for start in range(132, 132 + 12 * SRGB[131], 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = SRGB[blue + 4 : blue + 12], SRGB[red + 4 : red + 12]
    for profile in (bytes(swapped), b"no profile"):
        picture = Picture(coffee, metadata=Metadata(icc=profile))
        with pytest.warns(MetadataLost, match="not sRGB.*a jpegxl file cannot be given an ICC profile"):
            file = build_pipeline("jpegxl", None, None).encode(picture, target=TargetSize(3000))
        assert decode_picture(file).metadata.icc == profile


def test_headers_tell_size_and_depth(coffee: RgbImage) -> None:
    assert read_header(jxl(coffee, distance=1.0)) == ImageHeader(131, 99)
    assert read_header(jxl(coffee[:64, :64], distance=1.0)) == ImageHeader(64, 64)
    assert read_header(CARRIER.codestream(jxl(coffee.astype(np.uint16), lossless=True))).bits == 16


def test_a_picture_of_declared_gigapixels_is_refused_before_it_is_decoded() -> None:
    huge = (1 << 30) - 1
    bits = 0 | 3 << 1 | huge << 3 | 1 << 33 | 1 << 36
    with pytest.raises(CodecError, match="is beyond"):
        decode(b"\xff\x0a" + bits.to_bytes(8, "little") + bytes(50))


def test_every_truncation_is_a_typed_error(payload: bytes) -> None:
    for file in (payload, HEAD + make_box(b"jxlc", payload)):
        for length in range(1, len(file), 211):
            with pytest.raises(BitstreamError):
                decode(file[:length])


@pytest.mark.parametrize(
    "rest", [b"", make_box(b"jxlc", b""), make_box(b"jxlp", b""), b"\0\0\0\1jxlc\0\0\0\0\0\0\0\1", b"\0\0\0\4jxlc"]
)
def test_malformed_containers_are_typed_errors(rest: bytes) -> None:
    with pytest.raises(BitstreamError):
        decode(HEAD + rest)
