"""EXIF of pictures that are turned upright: all else in the block stays, maker notes with absolute offsets included."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from jpadse_core import RgbImage, build_pipeline, decode_picture
from jpadse_core.exif_block import upright_in_place

_NOTE = b"\0\1of absolute offsets: "


def block_of(orientation: int, order: str = "<") -> bytes:
    """A camera's block: orientation, sizes, a maker note that says where it lies, and a thumbnail."""
    thumbnail = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(thumbnail, "JPEG")

    def directory(start: int, entries: list[tuple[int, int, int, bytes]], following: int) -> bytes:
        body = b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries)
        return struct.pack(f"{order}H", len(entries)) + body + struct.pack(f"{order}I", following)

    def short(value: int) -> bytes:
        return struct.pack(f"{order}H", value)

    def long(value: int) -> bytes:
        return struct.pack(f"{order}I", value)

    first, second = 8, 8 + 2 + 2 * 12 + 4
    note = second + 2 + 3 * 12 + 4
    body = _NOTE + long(note)
    third = note + len(body)
    picture = third + 2 + 2 * 12 + 4
    made = (b"II*\0" if order == "<" else b"MM\0*") + long(first)
    made += directory(first, [(0x112, 3, 1, short(orientation)), (0x8769, 4, 1, long(second))], third)
    sizes = [(0xA002, 4, 1, long(640)), (0xA003, 3, 1, short(480))]
    made += directory(second, [(0x927C, 7, len(body), long(note)), *sizes], 0) + body
    length = len(thumbnail.getvalue())
    made += directory(third, [(0x201, 4, 1, long(picture)), (0x202, 4, 1, long(length))], 0)
    return made + thumbnail.getvalue()


def read(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_only_orientation_sizes_and_thumbnail_change(orientation: int, order: str) -> None:
    block = block_of(orientation, order)
    made = upright_in_place(block, orientation)
    assert len(made) == len(block)
    assert (made == block) is (orientation == 1)
    exif = read(made)
    assert exif[ExifTags.Base.Orientation] == 1
    inside = exif.get_ifd(ExifTags.IFD.Exif)
    sides = (inside[ExifTags.Base.ExifImageWidth], inside[ExifTags.Base.ExifImageHeight])
    assert sides == ((640, 480) if orientation < 5 else (480, 640))
    at = block.index(_NOTE)
    assert made[at : at + len(_NOTE) + 4] == _NOTE + struct.pack(f"{order}I", at)
    assert bool(exif.get_ifd(ExifTags.IFD.IFD1)) is (orientation == 1)


@pytest.mark.parametrize("block", [b"", b"II", b"XX*\0\x08\0\0\0", block_of(6)[:20], b"II*\0\xff\xff\0\0"])
def test_what_is_no_block_is_an_error(block: bytes) -> None:
    with pytest.raises(struct.error):
        upright_in_place(block, 6)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_maker_notes_come_through_encoding(coffee: RgbImage, orientation: int, tmp_path: Path) -> None:
    block = block_of(orientation)
    file = tmp_path / "camera.jpg"
    Image.fromarray(coffee).save(file, quality=90, exif=b"Exif\0\0" + block)
    due = upright_in_place(block, orientation)
    encoded = build_pipeline("jpeg", None, None, quality=20).encode(file)
    with Image.open(io.BytesIO(bytes(encoded))) as image:
        assert image.info["exif"] == b"Exif\0\0" + due
    assert decode_picture(file, enhance=False).metadata.exif == due


def test_exif_comes_ahead_of_a_sidecar_as_its_standard_wants_it(coffee: RgbImage) -> None:
    file = io.BytesIO()
    Image.fromarray(coffee).save(file, "JPEG", quality=30, exif=b"Exif\0\0" + block_of(6))
    jfif, rest = file.getvalue()[2:20], file.getvalue()[20:]
    assert jfif[4:8] == b"JFIF"
    for plain in (b"\xff\xd8" + rest, file.getvalue()):
        upright = decode_picture(plain, enhance=False).rgb
        attached = bytes(build_pipeline("jpeg", None).attach(plain, upright))
        assert attached.index(b"Exif\0\0") < attached.index(b"JPSE\0")
        assert plain[: plain.index(b"Exif\0\0")] == attached[: attached.index(b"Exif\0\0")]
        shown = decode_picture(attached)
        assert shown.enhanced
        assert np.array_equal(decode_picture(attached, enhance=False).rgb, upright)
