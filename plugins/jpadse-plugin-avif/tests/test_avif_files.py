"""AVIF files that other tools wrote, and metadata in those with a sidecar."""

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
    BitstreamError,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    RgbImage,
    decode,
    read_info,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.formats.heif_meta import read_meta
from jpadse_plugin_avif.codec import AvifCodec, AvifOptions
from jpadse_plugin_avif.quality import nearest_quality

CARRIER = AvifCodec.carrier
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


def avif(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "AVIF", speed=10, max_threads=1, **options)
    return target.getvalue()


def pillow(file: bytes) -> RgbImage:
    with Image.open(io.BytesIO(file)) as image:
        return np.array(image.convert("RGB"))


def test_alpha_of_a_plain_file_comes_along_and_is_essence(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(coffee[..., 0]))
    file = avif(image, quality=100)
    picture = decode_picture(file, enhance=False)
    assert picture.alpha is not None
    assert np.abs(picture.alpha.astype(int) - coffee[..., 0]).max() < 8
    image.putalpha(Image.fromarray(255 - coffee[..., 0]))
    assert CARRIER.essence(avif(image, quality=100)) != CARRIER.essence(file)


def test_the_orientation_of_a_plain_file_is_applied(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(coffee)
    turned = decode(avif(image, exif=exif), enhance=False)
    assert np.array_equal(turned, np.rot90(decode(avif(image), enhance=False), -1))


def test_more_than_8_bits_are_refused(coffee: RgbImage) -> None:
    file = imagecodecs.avif_encode(coffee.astype(np.uint16) << 2, bitspersample=10, speed=10)
    with pytest.raises(ImageError, match="has 10 bits a sample"):
        decode(file)


def test_an_animation_is_refused(coffee: RgbImage) -> None:
    frames = [Image.fromarray(coffee), Image.fromarray(255 - coffee)]
    with pytest.raises(ImageError, match="holds 2 pictures"):
        decode(avif(frames[0], save_all=True, append_images=frames[1:]))


def test_a_grey_picture_is_coded_without_chroma_and_stays_grey(coffee: RgbImage) -> None:
    grey = np.repeat(coffee[..., :1], 3, axis=2)
    file = AvifCodec().encode(grey, AvifOptions(speed=10))
    assert len(file) < len(AvifCodec().encode(coffee, AvifOptions(speed=10)))
    assert decode_picture(file, enhance=False).grey


def test_metadata_is_where_pillow_looks_for_it_and_the_pixels_do_not_change(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    metadata = Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    payload = AvifCodec().encode(coffee, AvifOptions(speed=10))
    dressed = CARRIER.attach(CARRIER.embed(payload, metadata), b"sidecar")
    with Image.open(io.BytesIO(dressed)) as image:
        assert image.info["icc_profile"] == SRGB
        assert image.getexif()[0x010F] == "Camera works"
        assert image.info["xmp"] == b"<x:xmpmeta/>"
    assert np.array_equal(pillow(dressed), pillow(payload))
    assert CARRIER.essence(CARRIER.detach(dressed).payload) == CARRIER.essence(payload)


def test_metadata_that_another_writer_put_in_is_no_essence(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    dressed = avif(image, exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0", xmp=b"<x/>")
    assert CARRIER.essence(dressed) == CARRIER.essence(avif(image))
    assert CARRIER.detach(CARRIER.attach(dressed, b"sidecar")) == Detached(dressed, b"sidecar")


def test_a_plain_file_tells_what_it_is(coffee: RgbImage) -> None:
    info = read_info(avif(Image.fromarray(coffee)))
    assert (info.format, info.enhanced) == ("avif", False)
    assert sum(section.bytes for section in info.sections) == info.size


def test_every_truncation_is_a_typed_error(coffee: RgbImage) -> None:
    payload = AvifCodec().encode(coffee, AvifOptions(speed=10, quality=20))
    for length in range(0, len(payload), 13):
        with pytest.raises(BitstreamError):
            decode(payload[:length])


@pytest.mark.parametrize("knob", [{"speed": 8}, {"subsampling": "4:4:4"}, {"tune": "psnr"}, {"tune": "ssim"}], ids=str)
def test_every_knob_turns_something(coffee: RgbImage, knob: dict[str, object]) -> None:
    codec = AvifCodec()
    default = {"quality": 40, "speed": 10}
    assert codec.encode(coffee, AvifOptions(**default | knob)) != codec.encode(coffee, AvifOptions(**default))


@pytest.mark.parametrize("tune", ["psnr", "ssim", "iq", "ssimulacra2"])
def test_at_the_highest_quality_there_is_nothing_to_tune(coffee: RgbImage, tune: str) -> None:
    tuned, plain = (AvifCodec().encode(coffee, AvifOptions(quality=100, speed=10, tune=aim)) for aim in (tune, None))
    assert tuned == plain


def test_an_option_that_libaom_does_not_know_is_a_codec_error(coffee: RgbImage) -> None:
    with pytest.raises(CodecError, match="libavif cannot encode with these options"):
        AvifCodec().encode(coffee, AvifOptions.model_construct(quality=40, speed=10, subsampling="4:2:0", tune="new"))


@pytest.mark.parametrize("quality", [0, 1, 10, 33, 50, 75, 90, 99, 100])
def test_the_quality_that_is_read_off_a_file_is_within_one_of_what_it_was_written_with(
    coffee: RgbImage, quality: int
) -> None:
    grey = Image.fromarray(coffee[..., 0])
    for file in (avif(Image.fromarray(coffee), quality=quality), avif(grey, quality=quality, subsampling="4:0:0")):
        found = AvifCodec().quality_of(file)
        assert found is not None
        assert abs(100 * found - quality) <= 1


@pytest.mark.parametrize(
    "layout",
    [
        (),
        ("--depth", "10"),
        ("--yuv", "420"),
        ("--grid", "2x2"),
        ("--tilerowslog2", "1", "--tilecolslog2", "1"),
        ("--advanced", "enable-chroma-deltaq=1"),
    ],
    ids=lambda layout: "-".join(layout) or "plain",
)
def test_the_quantiser_that_another_program_was_told_is_read_off_its_files(
    tmp_path: Path, layout: tuple[str, ...]
) -> None:
    file = made_by_avifenc(tmp_path, "--codec", "aom", "--min", "37", "--max", "37", *layout)
    assert AvifCodec().quality_of(file) == nearest_quality(4 * 37) / 100 == 0.505


@pytest.mark.parametrize("encoder", ["rav1e", "svt"])
def test_files_of_other_encoders_tell_a_quality_that_falls_with_their_quantiser(tmp_path: Path, encoder: str) -> None:
    arguments = ("--codec", encoder, "--speed", "10", "--yuv", "420")
    found = [
        AvifCodec().quality_of(made_by_avifenc(tmp_path, *arguments, "--min", quantiser, "--max", quantiser))
        for quantiser in ("10", "35", "60")
    ]
    assert found == sorted(set(found), reverse=True)


def made_by_avifenc(folder: Path, *arguments: str) -> bytes:
    if shutil.which("avifenc") is None:
        pytest.skip("avifenc is not on PATH")
    Image.fromarray(np.ascontiguousarray(data.coffee()[:256, :256])).save(folder / "picture.png")
    command = ["avifenc", *arguments, "picture.png", "picture.avif"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if "codec_to_use" in finished.stderr or "Unrecognized codec" in finished.stderr:
        pytest.skip(f"avifenc was built without this encoder: {finished.stderr}")
    assert finished.returncode == 0, finished.stderr
    return (folder / "picture.avif").read_bytes()


def test_of_a_picture_in_layers_no_quality_is_told(coffee: RgbImage) -> None:
    file = avif(Image.fromarray(coffee))
    codec = AvifCodec()
    assert codec.quality_of(file) is not None
    assert codec.quality_of(with_item_twice(file)) is None


def with_item_twice(file: bytes) -> bytes:
    """The file with its picture's units said twice, which is how layers look."""
    meta = read_meta(file)
    ((position, length),) = meta.locations[meta.primary].extents
    where, size = position.to_bytes(4, "big"), length.to_bytes(4, "big")
    assert file.count(where + size) == 1
    item = file[position : position + length]
    return file.replace(where + size, where + (2 * length).to_bytes(4, "big"))[:position] + 2 * item
