"""Metadata that a file of the codec's format may not have, or has no room for, rides in the sidecar."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import ToyEnhancer

from jpadse_core import Metadata, MetadataLost, Picture, RgbImage, build_pipeline, decode_picture
from jpadse_core.parts import Parts

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PARTS = Parts(("enhancer", ToyEnhancer()))


def profile_of_grey() -> bytes:
    return SRGB[:16] + b"GRAY" + SRGB[20:]


@pytest.fixture
def grey(coffee: RgbImage) -> RgbImage:
    return np.repeat(coffee[..., :1], 3, axis=2)


@pytest.mark.parametrize("enhancer", [None, ToyEnhancer()])
@pytest.mark.parametrize("codec", ["jpeg", "png"])
def test_a_grey_file_has_no_rgb_profile_and_jpadse_restores_it(
    grey: RgbImage, codec: str, enhancer: ToyEnhancer | None
) -> None:
    data = build_pipeline(codec, None, enhancer).encode(Picture(grey, metadata=Metadata(icc=SRGB)))
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "L"
        assert "icc_profile" not in image.info
    picture = decode_picture(data, parts=PARTS)
    assert picture.metadata.icc == SRGB
    assert not picture.grey


@pytest.mark.parametrize("codec", ["jpeg", "png"])
def test_profiles_that_fit_stay_where_viewers_look(coffee: RgbImage, grey: RgbImage, codec: str) -> None:
    for rgb, profile in ((coffee, SRGB), (grey, profile_of_grey())):
        data = build_pipeline(codec, None, None).encode(Picture(rgb, metadata=Metadata(icc=profile)))
        with Image.open(io.BytesIO(data)) as image:
            assert image.info["icc_profile"] == profile


def test_of_greys_that_viewers_will_not_know_the_encoder_warns(grey: RgbImage) -> None:
    picture = Picture(grey, metadata=Metadata(icc=b"\0" * 16 + b"RGB " + b"no profile"))
    with pytest.warns(MetadataLost, match="not sRGB.*a jpeg file cannot be given an RGB profile, as it stores grey"):
        build_pipeline("jpeg", None, None).encode(picture)


@pytest.mark.parametrize("field", ["exif", "xmp"])
def test_a_block_beyond_a_jpeg_segment_rides_in_the_sidecar(coffee: RgbImage, field: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "many words " * 7000
    metadata = {
        "exif": Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"), icc=SRGB),
        "xmp": Metadata(xmp=b"<x:xmpmeta>" + b" " * 70_000 + b"</x:xmpmeta>", icc=SRGB),
    }[field]
    data = build_pipeline("jpeg", None, ToyEnhancer()).encode(Picture(coffee, metadata=metadata))
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == SRGB
    assert decode_picture(data, parts=PARTS).metadata == metadata


def test_a_sidecar_that_is_replaced_leaves_it_to_the_new_one(grey: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, ToyEnhancer())
    encoded = pipeline.encode(Picture(grey, metadata=Metadata(icc=SRGB)))
    replaced = pipeline.attach(encoded, grey, replace=True)
    assert decode_picture(replaced, parts=PARTS).metadata.icc == SRGB
