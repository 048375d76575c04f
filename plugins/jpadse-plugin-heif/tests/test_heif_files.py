"""HEIF files that other tools wrote, and metadata in those with a sidecar."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms
from skimage import data

from jpadse_core import (
    BitstreamError,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    MetadataLost,
    Picture,
    RgbImage,
    build_pipeline,
    decode,
)
from jpadse_core.decoding import decode_picture
from jpadse_plugin_heif.codec import HeifCodec, HeifOptions
from jpadse_plugin_heif.quality import nearest_quality

CARRIER = HeifCodec.carrier
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FAST = HeifOptions(preset="ultrafast")


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


def heic(image: Image.Image | pillow_heif.HeifFile, **options: object) -> bytes:
    target = io.BytesIO()
    file = pillow_heif.from_pillow(image) if isinstance(image, Image.Image) else image
    file.save(target, enc_params={"preset": "ultrafast"}, **options)
    return target.getvalue()


def shown(file: bytes) -> RgbImage:
    return np.asarray(pillow_heif.open_heif(io.BytesIO(file)).to_pillow().convert("RGB"))


def test_alpha_of_a_plain_file_comes_along(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(coffee[..., 0]))
    picture = decode_picture(heic(image, quality=100), enhance=False)
    assert picture.alpha is not None
    assert np.abs(picture.alpha.astype(int) - coffee[..., 0]).max() < 12


def test_a_grey_file_stays_grey(coffee: RgbImage) -> None:
    picture = decode_picture(heic(Image.fromarray(coffee[..., 0])), enhance=False)
    assert picture.grey
    assert (picture.rgb[..., :1] == picture.rgb).all()


def test_the_formats_own_orientation_goes_before_the_one_in_exif(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera works"
    target = io.BytesIO()
    pillow_heif.encode("RGB", (131, 99), coffee.tobytes(), target, exif=exif.tobytes(), quality=100)
    assert b"irot" in target.getvalue()
    picture = decode_picture(target.getvalue(), enhance=False)
    assert np.abs(picture.rgb.astype(int) - np.rot90(coffee, -1)).mean() < 2
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert dict(kept) == {0x0112: 1, 0x010F: "Camera works"}


def test_more_than_8_bits_are_refused(coffee: RgbImage) -> None:
    deep = pillow_heif.from_bytes("RGB;16", (131, 99), (coffee.astype(np.uint16) * 257).tobytes())
    with pytest.raises(ImageError, match="has 10 bits a sample"):
        decode(heic(deep))


def test_several_pictures_are_refused(coffee: RgbImage) -> None:
    burst = pillow_heif.from_pillow(Image.fromarray(coffee))
    burst.add_from_pillow(Image.fromarray(255 - coffee))
    with pytest.raises(ImageError, match="holds 2 pictures"):
        decode(heic(burst))


def test_metadata_is_where_libheif_looks_for_it_and_the_pixels_do_not_change(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    payload = HeifCodec().encode(coffee, FAST)
    dressed = CARRIER.attach(CARRIER.embed(payload, metadata), b"sidecar")
    info = pillow_heif.open_heif(io.BytesIO(dressed)).info
    assert info["icc_profile"] == SRGB
    assert info["exif"].endswith(metadata.exif)
    assert info["xmp"] == b"<x:xmpmeta/>"
    assert np.array_equal(shown(dressed), shown(payload))


def test_metadata_that_another_writer_put_in_is_no_essence(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    plain = heic(image)
    image.info |= {"xmp": b"<x/>", "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}
    dressed = heic(image)
    assert len(dressed) > len(plain)
    assert CARRIER.essence(dressed) == CARRIER.essence(plain)
    assert CARRIER.detach(CARRIER.attach(dressed, b"sidecar")) == Detached(dressed, b"sidecar")


def test_a_file_of_a_generic_brand_is_recognised_by_its_compatible_ones(coffee: RgbImage) -> None:
    file = heic(Image.fromarray(coffee))
    generic = file[:8] + b"mif1" + file[12:]
    assert np.array_equal(decode(generic, enhance=False), decode(file, enhance=False))


def test_every_truncation_is_a_typed_error(coffee: RgbImage) -> None:
    payload = HeifCodec().encode(coffee, HeifOptions(preset="ultrafast", quality=20))
    for length in range(0, len(payload), 13):
        with pytest.raises(BitstreamError):
            decode(payload[:length])


@pytest.mark.parametrize("chroma", ["420", "444", None])
@pytest.mark.parametrize("quality", [0, 1, 10, 33, 50, 75, 92])
def test_the_quality_that_is_read_off_a_file_is_within_one_of_what_it_was_written_with(
    coffee: RgbImage, quality: int, chroma: str | None
) -> None:
    image = Image.fromarray(coffee if chroma else coffee[..., 0])
    found = HeifCodec().quality_of(heic(image, quality=quality, **({"chroma": chroma} if chroma else {})))
    assert found is not None
    assert abs(100 * found - quality) <= 1


def test_the_best_qualities_share_a_quantiser_and_are_told_as_their_mean(coffee: RgbImage) -> None:
    found = {HeifCodec().quality_of(heic(Image.fromarray(coffee), quality=quality)) for quality in (93, 96, 100)}
    assert found == {0.965}


@pytest.mark.parametrize(
    ("parameters", "quantiser"),
    [({"sao": "0"}, 22), ({"aq-mode": "1"}, 22), ({"ctu": "16"}, 22), ({"scaling-list": "default"}, 22)],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_of_the_encoder_do_not_hide_the_quality(
    coffee: RgbImage, parameters: dict[str, str], quantiser: int
) -> None:
    target = io.BytesIO()
    told = {"preset": "ultrafast", **{f"x265:{name}": value for name, value in parameters.items()}}
    pillow_heif.from_pillow(Image.fromarray(coffee)).save(target, quality=50, enc_params=told)
    assert HeifCodec().quality_of(target.getvalue()) == nearest_quality(quantiser) / 100


def test_the_quality_of_another_programs_file_is_told(coffee: RgbImage, tmp_path: Path) -> None:
    if shutil.which("heif-enc") is None:
        pytest.skip("heif-enc is not on PATH")
    Image.fromarray(coffee).save(tmp_path / "picture.png")
    for quality in (20, 60):
        command = ["heif-enc", "-q", str(quality), "picture.png", "-o", "picture.heic"]
        subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=True)
        found = HeifCodec().quality_of((tmp_path / "picture.heic").read_bytes())
        assert found is not None
        assert abs(100 * found - quality) <= 1


def test_a_strip_that_x265_does_not_take_is_refused_with_its_size() -> None:
    strip = np.zeros((4, 8192, 3), np.uint8)
    with pytest.raises(CodecError, match=r"a picture of 8192 x 4 pixels.*choose another codec"):
        HeifCodec().encode(strip, HeifOptions(preset="ultrafast"))


def test_a_grey_file_gets_no_rgb_profile_but_the_sidecar_has_it(coffee: RgbImage) -> None:
    pipeline = build_pipeline("heif", None, None, preset="ultrafast")
    for rgb in (coffee, np.repeat(coffee[..., :1], 3, axis=2)):
        data = pipeline.encode(Picture(rgb, metadata=Metadata(icc=SRGB)))
        payload = CARRIER.detach(data).payload
        assert (SRGB in payload) == (rgb is coffee)
        assert decode_picture(data).metadata.icc == SRGB


def test_colours_stated_by_code_points_alone_are_told(coffee: RgbImage) -> None:
    srgb = HeifCodec().encode(coffee, HeifOptions(preset="ultrafast"))
    display_p3 = srgb.replace(b"colrnclx\0\1\0\x0d", b"colrnclx\0\x0c\0\x0d")
    assert display_p3 != srgb
    with pytest.warns(MetadataLost, match="the HEIF file: its colours are not sRGB"):
        HeifCodec().read(display_p3)
    HeifCodec().read(srgb)
