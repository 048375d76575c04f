"""AVIF files that other tools wrote, and metadata in those with a sidecar."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from jpadse_core import BitstreamError, Detached, ImageError, Metadata, RgbImage, decode, read_info
from jpadse_core.decoding import decode_picture
from jpadse_plugin_avif.codec import AvifCodec, AvifOptions

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
