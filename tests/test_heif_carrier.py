"""The items of AVIF and HEIF files: what makes the picture, and metadata put beside it."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamUnsupported, CodecError, Metadata, RgbImage
from jpadse_core.formats.boxes import make_box
from jpadse_core.formats.heif_carrier import HeifCarrier
from jpadse_core.formats.heif_meta import read_meta

CARRIER = HeifCarrier(b"avif")
FTYP = make_box(b"ftyp", b"avif\0\0\0\0mif1")


def meta(iloc: bytes, iref: bytes = b"", items: int = 2, idat: bytes = b"") -> bytes:
    """A file of items of type `test`, numbered from 1, with the bodies of `iloc` and `iref` as given."""
    infos = b"".join(make_box(b"infe", b"\2\0\0\0\0" + bytes([item, 0, 0]) + b"test\0") for item in range(1, items + 1))
    iprp = make_box(b"ipco", make_box(b"ispe", bytes(12))) + make_box(b"ipma", bytes(7) + b"\1\0\1\1\x81")
    parts = make_box(b"pitm", bytes(4) + b"\0\1") + make_box(b"iloc", iloc)
    parts += make_box(b"iinf", bytes(5) + bytes([items]) + infos) + make_box(b"iprp", iprp)
    parts += make_box(b"iref", bytes(4) + iref) if iref else b""
    parts += make_box(b"idat", idat) if idat else b""
    return FTYP + make_box(b"meta", bytes(4) + parts)


def located(*extents: tuple[int, int], method: int = 1) -> bytes:
    """An `iloc` of version 1 where item n lies at the n-th extent."""
    entries = b"".join(
        bytes([0, item, 0, method, 0, 0, 0, 1]) + position.to_bytes(4, "big") + length.to_bytes(4, "big")
        for item, (position, length) in enumerate(extents, 1)
    )
    return b"\1\0\0\0\x44\0\0" + bytes([len(extents)]) + entries


def test_a_grid_is_made_of_its_tiles_and_a_thumbnail_is_none_of_it() -> None:
    places = ((0, 4), (4, 4), (8, 4))
    tiles = make_box(b"dimg", b"\0\1\0\1\0\2") + make_box(b"thmb", b"\0\3\0\1\0\1")
    essence = CARRIER.essence(meta(located(*places), tiles, items=3, idat=b"gridtilethmb"))
    assert b"grid" in essence
    assert b"tile" in essence
    assert b"thmb" not in essence


def test_items_that_refer_to_each_other_in_a_circle_are_each_read_once() -> None:
    circle = make_box(b"dimg", b"\0\1\0\1\0\2") + make_box(b"dimg", b"\0\2\0\1\0\1")
    assert CARRIER.essence(meta(located((0, 4), (4, 4)), circle, idat=b"onceagan")).count(b"once") == 1


def test_items_larger_than_the_file_are_refused() -> None:
    everything = located(*[(0, 0)] * 200)
    tiles = make_box(b"dimg", b"\0\1\0\xc7" + b"".join(bytes([0, item]) for item in range(2, 201)))
    with pytest.raises(BitstreamCorrupt, match="larger than the file"):
        CARRIER.essence(meta(everything, tiles, items=200, idat=bytes(5000)))


@pytest.mark.parametrize(
    "iloc",
    [
        b"",
        b"\3\0\0\0",
        b"\1\0\0\0\0\0\0\1\0\1\0\0\0\0\xff\xff",
        b"\2\0\0\0\0\0\xff\xff\xff\xff",
        b"\0\0\0\0\0\0\xff\xff" + b"\0\1\0\0\xff\xff" * 9000,
        located((0, 4), method=2),
        located((0, 99)),
        located((1 << 31, 4), method=0),
    ],
    ids=["empty", "version", "no sizes", "count", "extents", "method", "behind idat", "behind the file"],
)
def test_impossible_locations_are_typed_errors(iloc: bytes) -> None:
    with pytest.raises(BitstreamError):
        CARRIER.essence(meta(iloc, idat=b"data"))


def test_what_a_file_lacks_is_named() -> None:
    with pytest.raises(BitstreamCorrupt, match="no meta box"):
        CARRIER.detach(FTYP)
    with pytest.raises(BitstreamCorrupt, match="has no pitm"):
        read_meta(FTYP + make_box(b"meta", bytes(4)))
    old = meta(located((0, 4)), items=1).replace(b"infe\2", b"infe\1")
    with pytest.raises(BitstreamUnsupported, match="version 1 of infe"):
        read_meta(old)


@given(st.binary(max_size=60), st.integers(0, 200))
def test_noise_in_a_meta_box_is_a_typed_error_or_nothing(noise: bytes, position: int) -> None:
    file = bytearray(meta(located((0, 4), (4, 4)), make_box(b"dimg", b"\0\1\0\1\0\2"), idat=b"gridtile"))
    file[len(FTYP) + 8 + position : len(FTYP) + 8 + position + len(noise)] = noise
    for method in (CARRIER.detach, CARRIER.essence, partial(CARRIER.embed, metadata=Metadata(b"icc", b"exif"))):
        with suppress(BitstreamError, CodecError):
            method(bytes(file))


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_metadata_is_where_pillow_looks_for_it_and_the_pixels_do_not_change(coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    target = io.BytesIO()
    Image.fromarray(coffee).save(target, "AVIF", speed=10, max_threads=1)
    plain = target.getvalue()
    dressed = CARRIER.embed(CARRIER.embed(plain, Metadata(exif=block)), Metadata(icc=b"icc", xmp=b"<x/>"))
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(dressed)) as image:
        assert np.array_equal(np.asarray(image), np.asarray(before))
        assert (image.info["icc_profile"], image.info["xmp"]) == (b"icc", b"<x/>")
        assert image.getexif()[0x010F] == "Camera works"
    assert CARRIER.essence(dressed) == CARRIER.essence(plain)
