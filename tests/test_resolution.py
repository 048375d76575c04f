"""Pixels per inch: carried from file to file wherever a format has a place for them, and told where none has."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from toys import ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import Metadata, MetadataLost, Picture, RgbImage, TargetSize, build_pipeline, decode_picture
from jpadse_core.builtin.jpeg import JpegCodec, JpegOptions
from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.pictures import picture_bytes, picture_from_bytes

TINY = np.zeros((8, 8, 3), np.uint8)


def file_of(image: Image.Image, format_name: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format_name, **options)  # type: ignore[arg-type]
    return target.getvalue()


class NoPlaceForResolution(JpegCarrier):
    """A stranger's carrier, written before resolution was carried."""

    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        return super().embed(payload, Metadata(metadata.icc, metadata.exif, metadata.xmp))


class StrangersJpeg(JpegCodec):
    name = "jpeg"
    carrier = NoPlaceForResolution()


CODECS = {"jpeg": "jpeg", "png": "png", "container": ToyCodec(), "no-place": StrangersJpeg()}


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_it_survives_encoding_and_decoding(coffee: RgbImage, format_name: str, codec: object) -> None:
    source = picture_from_bytes(file_of(Image.fromarray(coffee), format_name, dpi=(300, 150)))
    assert source.metadata.dpi == pytest.approx((300, 150), rel=1e-3)
    pipeline = build_pipeline(codec, ToyExtractor(), ToyEnhancer())  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoded = pipeline.encode(source)
        parts = pipeline._parts
        decoded = decode_picture(encoded, parts=parts)
    assert decoded.metadata.dpi == pytest.approx((300, 150), rel=1e-3)


@pytest.mark.parametrize("codec", ["jpeg", "png"])
def test_viewers_read_it_where_they_look_for_it(coffee: RgbImage, codec: str) -> None:
    picture = Picture(coffee, metadata=Metadata(dpi=(300, 150)))
    encoded = build_pipeline(codec, ToyExtractor(), ToyEnhancer()).encode(picture)
    with Image.open(io.BytesIO(encoded)) as image:
        assert image.info["dpi"] == pytest.approx((300, 150), rel=1e-3)


def test_in_a_jpeg_file_it_costs_no_byte(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, None)
    plain, told = pipeline.encode(coffee), pipeline.encode(Picture(coffee, metadata=Metadata(dpi=(300, 300))))
    assert len(plain) == len(told)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "BMP"])
def test_a_written_picture_has_it(coffee: RgbImage, format_name: str) -> None:
    written = picture_bytes(Picture(coffee, metadata=Metadata(dpi=(300, 150))), format_name)
    assert picture_from_bytes(written).metadata.dpi == pytest.approx((300, 150), rel=1e-3)


def test_a_format_without_a_place_for_it_is_told(coffee: RgbImage) -> None:
    with pytest.warns(MetadataLost, match="the resolution of 300 x 150 dpi lost: a WEBP file has no place for it"):
        picture_bytes(Picture(coffee, metadata=Metadata(dpi=(300, 150))), "WEBP")


def test_a_plain_file_without_a_place_for_it_is_told(coffee: RgbImage) -> None:
    with pytest.warns(MetadataLost, match="the resolution is lost"):
        build_pipeline(StrangersJpeg(), None, None).encode(Picture(coffee, metadata=Metadata(dpi=(300, 150))))


def test_a_sidecar_that_holds_it_says_nothing_while_a_target_is_searched_for(coffee: RgbImage) -> None:
    pipeline = build_pipeline(StrangersJpeg(), None, ToyEnhancer())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoded = pipeline.encode(Picture(coffee, metadata=Metadata(dpi=(300, 150))), target=TargetSize(4000))
    assert decode_picture(encoded, parts=pipeline._parts).metadata.dpi == (300, 150)


def test_a_sidecar_that_is_replaced_leaves_it_to_the_new_one(coffee: RgbImage) -> None:
    pipeline = build_pipeline(StrangersJpeg(), ToyExtractor(), ToyEnhancer())
    encoded = pipeline.encode(Picture(coffee, metadata=Metadata(dpi=(300, 150))))
    replaced = pipeline.attach(encoded, coffee, replace=True)
    assert decode_picture(replaced, parts=pipeline._parts).metadata.dpi == (300, 150)


@pytest.mark.parametrize(("orientation", "expected"), [(1, (300, 150)), (3, (300, 150)), (6, (150, 300))])
def test_it_turns_with_the_picture(coffee: RgbImage, orientation: int, expected: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(Image.fromarray(coffee), "JPEG", dpi=(300, 150), exif=exif.tobytes())
    assert picture_from_bytes(data).metadata.dpi == expected
    assert decode_picture(data, enhance=False).metadata.dpi == expected


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_none_is_made_up(coffee: RgbImage, format_name: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    for options in ({}, {"exif": exif.tobytes()}):
        data = file_of(Image.fromarray(coffee), format_name, **({} if format_name == "TIFF" else options))
        assert picture_from_bytes(data).metadata.dpi is None


@given(st.floats(2, 65_535), st.floats(2, 65_535))
def test_a_jpeg_file_holds_it_to_the_nearest_whole_number(horizontal: float, vertical: float) -> None:
    payload = JpegCodec().encode(TINY, JpegOptions())
    dressed = JpegCarrier().embed(payload, Metadata(dpi=(horizontal, vertical)))
    found = picture_from_bytes(dressed).metadata.dpi
    assert found is not None
    assert found == pytest.approx((horizontal, vertical), abs=1.3)


def test_a_density_per_centimetre_stays_one() -> None:
    payload = JpegCodec().encode(TINY, JpegOptions())
    dressed = JpegCarrier().embed(payload, Metadata(dpi=(118 * 2.54, 59 * 2.54)))
    with Image.open(io.BytesIO(dressed)) as image:
        assert (image.info["jfif_unit"], image.info["jfif_density"]) == (2, (118, 59))


@pytest.mark.parametrize("damage", [(0, 0), (0, 300)])
def test_a_density_of_nothing_is_none(damage: tuple[int, int]) -> None:
    payload = bytearray(JpegCarrier().embed(JpegCodec().encode(TINY, JpegOptions()), Metadata(dpi=(300, 300))))
    payload[14:18] = b"".join(number.to_bytes(2, "big") for number in damage)
    assert picture_from_bytes(bytes(payload)).metadata.dpi is None


@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_pixels_that_are_no_squares_are_told(format_name: str) -> None:
    data = bytearray(file_of(Image.fromarray(TINY), format_name, dpi=(300, 300)))
    if format_name == "JPEG":
        data[13:18] = b"\0\0\2\0\1"
    else:
        import zlib

        start = data.index(b"pHYs")
        data[start + 4 : start + 13] = b"\0\0\0\2\0\0\0\1\0"
        data[start + 13 : start + 17] = zlib.crc32(data[start : start + 13]).to_bytes(4, "big")
    with pytest.warns(MetadataLost, match="pixel aspect ratio not carried"):
        picture_from_bytes(bytes(data))
