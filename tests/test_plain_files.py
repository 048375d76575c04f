"""Files that JPADSE did not write: any JPEG or PNG decodes, enhanced without a map."""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import OracleEnhancer, ToyExtractor

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    BitstreamTruncated,
    BitstreamUnsupported,
    ImageError,
    MetadataLost,
    PluginNotFound,
    Preference,
    RgbImage,
    build_pipeline,
    decode,
    image_metadata,
    read_info,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.pictures import picture_from_bytes


def jpeg(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", **options)  # type: ignore[arg-type]
    return target.getvalue()


@pytest.fixture(params=["baseline", "progressive", "4:4:4", "4:2:2", "grey", "restart", "tables-of-its-own"])
def stranger(request: pytest.FixtureRequest, coffee: RgbImage) -> bytes:
    """JPEG files as the world writes them."""
    image = Image.fromarray(coffee)
    return {
        "baseline": lambda: jpeg(image, quality=20),
        "progressive": lambda: jpeg(image, progressive=True),
        "4:4:4": lambda: jpeg(image, subsampling="4:4:4"),
        "4:2:2": lambda: jpeg(image, subsampling="4:2:2"),
        "grey": lambda: jpeg(image.convert("L")),
        "restart": lambda: jpeg(image, restart_marker_blocks=2),
        "tables-of-its-own": lambda: jpeg(image, qtables=[[9] * 64, [30] * 64]),
    }[request.param]()


def test_any_jpeg_decodes_to_its_plain_pixels(stranger: bytes, plain_pixels: Callable[[bytes], RgbImage]) -> None:
    assert np.array_equal(decode(stranger, enhance=False), plain_pixels(stranger))


def test_any_jpeg_is_enhanced_without_a_map_at_full_strength(
    stranger: bytes, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    base = plain_pixels(stranger)
    oracle = OracleEnhancer(255 - base)
    picture = build_pipeline("jpeg", None, oracle).decode(stranger, "perception")
    assert np.array_equal(picture, 255 - base)
    ((semantics, hints, preference),) = oracle.asked
    assert semantics is None
    assert preference == Preference(1, 0, 0)
    assert hints.codec == "jpeg"
    assert hints.bits_per_pixel == pytest.approx(len(stranger) * 8 / base[..., 0].size, rel=0.05)
    assert hints.quality is not None
    assert 0 <= hints.quality <= 1


def test_the_decoder_can_derive_a_map_of_its_own(coffee: RgbImage) -> None:
    oracle = OracleEnhancer(coffee)
    build_pipeline("jpeg", None, oracle).decode(jpeg(Image.fromarray(coffee)), semantics=ToyExtractor())
    ((semantics, _, _),) = oracle.asked
    assert semantics is not None
    assert semantics.labels.shape == coffee.shape[:2]


def test_the_default_enhancer_serves_any_jpeg(stranger: bytes, plain_pixels: Callable[[bytes], RgbImage]) -> None:
    picture = decode(stranger)
    base = plain_pixels(stranger)
    assert picture.shape == base.shape
    assert np.abs(picture.astype(int) - base).mean() < 12


def test_a_plain_file_tells_what_it_is(stranger: bytes) -> None:
    info = read_info(stranger)
    assert (info.format, info.codec, info.enhanced, info.damage) == ("jpeg", "jpeg", False, "")
    assert sum(section.bytes for section in info.sections) == info.size == len(stranger)


def test_a_plain_png_decodes(coffee: RgbImage) -> None:
    target = io.BytesIO()
    Image.fromarray(coffee).save(target, "PNG")
    assert np.array_equal(decode(target.getvalue(), enhance=False), coffee)


def test_a_plain_grey_jpeg_stays_grey(coffee: RgbImage) -> None:
    picture = decode_picture(jpeg(Image.fromarray(coffee[..., 0])), enhance=False)
    assert (picture.rgb[..., :1] == picture.rgb).all()
    assert picture.grey


def test_metadata_of_a_plain_file_comes_along(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = decode_picture(jpeg(Image.fromarray(coffee), exif=exif.tobytes()), enhance=False).metadata
    assert metadata.exif == exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.filterwarnings("ignore:Truncated File Read", "ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (struct.pack("<HHI4s", 0x0112, 1, 1, b"\6"), False),
        (struct.pack("<HHI4s", 0x0112, 7, 1, b"\6"), False),
        (struct.pack("<HHIf", 0x0112, 11, 1, math.nan), False),
        (struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<HHII", 0x010E, 2, 9, 0xFFFF), True),
    ],
    ids=["bytes", "undefined", "nan", "beside what is cut off"],
)
def test_an_odd_exif_block_costs_nothing_else(coffee: RgbImage, orientation: bytes, turned: bool) -> None:
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(orientation) // 12) + orientation + bytes(4)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with_alpha = Image.fromarray(np.dstack([coffee, coffee[..., 0]]))
    target = io.BytesIO()
    with_alpha.save(target, "PNG", exif=exif, icc_profile=icc)
    plain = decode_picture(target.getvalue(), enhance=False)
    assert plain.alpha is not None
    assert plain.metadata.icc == icc
    assert plain.rgb.shape[:2] == (coffee.shape[1::-1] if turned else coffee.shape[:2])
    encoded = build_pipeline("png", None, None).encode(picture_from_bytes(target.getvalue()))
    assert np.array_equal(decode(encoded), plain.rgb)


def test_an_exif_block_that_cannot_be_made_anew_is_told(coffee: RgbImage, monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera works"
    data = jpeg(Image.fromarray(coffee), exif=exif.tobytes())

    def refuse(self: Image.Exif, offset: int = 8) -> bytes:
        raise ValueError("The fill character must be a unicode character, not bytes")

    monkeypatch.setattr(Image.Exif, "tobytes", refuse)
    monkeypatch.setattr(image_metadata, "upright_in_place", lambda *_: refuse(exif))
    plain = decode_picture(data, enhance=False)
    assert plain.rgb.shape[:2] == coffee.shape[1::-1]
    assert (plain.metadata.exif, plain.not_carried) == (None, ("its EXIF block is damaged and not carried",))
    with pytest.warns(MetadataLost, match="EXIF block is damaged and not carried"):
        assert picture_from_bytes(data).rgb.shape[:2] == coffee.shape[1::-1]


def test_threads_leave_the_filters_of_warnings_as_they_were(stranger: bytes) -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: decode_picture(stranger, enhance=False), range(60)))
    assert warnings.filters == before


def test_what_a_plain_file_says_and_no_picture_carries_is_told(coffee: RgbImage) -> None:
    data = jpeg(Image.fromarray(coffee), comment="by hand")
    assert decode_picture(data, enhance=False).not_carried == ("comment not carried: ICC, EXIF, XMP and dpi are",)
    build_pipeline(semantics=None).attach(data, coffee)


def test_a_plain_jpegs_orientation_is_not_lost(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode_picture(jpeg(Image.fromarray(coffee), exif=exif.tobytes()), enhance=False)
    upright = picture.rgb.shape[:2] == coffee.shape[1::-1]
    still_told = False
    if picture.metadata.exif is not None:
        kept = Image.Exif()
        kept.load(picture.metadata.exif)
        still_told = kept.get(0x0112) == 6
    assert upright or still_told


def test_a_cmyk_jpeg_is_refused_in_words(coffee: RgbImage) -> None:
    with pytest.raises(ImageError, match=r"mode CMYK, which JPADSE cannot carry.*convert it to 8-bit RGB"):
        decode(jpeg(Image.fromarray(coffee).convert("CMYK")))


def test_every_truncation_of_a_jpeg_is_a_typed_error(coffee: RgbImage) -> None:
    data = jpeg(Image.fromarray(coffee))
    for length in range(0, len(data) * 9 // 10, 61):
        with pytest.raises(BitstreamError):
            decode(data[:length])


def test_empty_and_foreign_bytes_are_refused() -> None:
    with pytest.raises(BitstreamTruncated, match="empty"):
        decode(b"")
    with pytest.raises(BitstreamUnsupported, match="is not a file of any installed codec: see `jpadse list-plugins"):
        decode(b"%PDF-1.7 and so on")
    with pytest.raises(BitstreamCorrupt):
        decode(b"\xff\xd8\xff\xd9 and no scan")


@pytest.mark.parametrize(
    ("head", "codec"),
    [(b"RIFF\x10\0\0\0WEBPVP8 ", "webp"), (b"\0\0\0 ftypavif", "avif"), (b"\xff\x0a\x00\x00", "jpegxl")],
)
def test_a_known_format_without_its_codec_says_what_to_install(
    head: bytes, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "")
    with pytest.raises(PluginNotFound, match=f'needs codec "{codec}".*pip install jpadse-plugin-{codec}'):
        decode(head + bytes(40))


def png(image: Image.Image) -> bytes:
    """A PNG file of any mode."""
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def test_plain_files_with_alpha_or_a_palette_decode_with_it(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    transparent = image.copy()
    transparent.putalpha(Image.fromarray(coffee[..., 0]))
    picture = decode_picture(png(transparent), enhance=False)
    assert np.array_equal(picture.rgb, coffee)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 0])
    palette = image.quantize(16)
    assert np.array_equal(decode(png(palette), enhance=False), np.asarray(palette.convert("RGB")))
