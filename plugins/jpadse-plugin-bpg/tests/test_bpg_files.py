"""BPG's header and extension data, programs that are missing or fail, and files that are refused."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from stand_in import bpg_file

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamError,
    BitstreamTruncated,
    CodecError,
    Detached,
    ImageError,
    Metadata,
    PluginUnavailable,
    RgbImage,
    decode,
)
from jpadse_core.decoding import decode_picture
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover
from jpadse_plugin_bpg import codec as codec_module
from jpadse_plugin_bpg.carrier import BpgCarrier
from jpadse_plugin_bpg.codec import BpgCodec, BpgOptions
from jpadse_plugin_bpg.header import extension_block, read_header, ue7

CARRIER = BpgCarrier()


@pytest.fixture(scope="module")
def coffee() -> RgbImage:
    return np.ascontiguousarray(data.coffee()[120:219, 200:331])


@pytest.fixture(scope="module")
def plain(coffee: RgbImage) -> bytes:
    return bpg_file(Image.fromarray(coffee))


def extended(file: bytes, extension: bytes) -> bytes:
    """A file without extension data, with some."""
    end = read_header(file).fields_end
    return file[:5] + bytes([file[5] | 8]) + file[6:end] + ue7(len(extension)) + extension + file[end:]


@pytest.mark.parametrize(
    ("number", "coded"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x81\0"), (8191, b"\xbf\x7f"), ((1 << 32) - 1, b"\x8f\xff\xff\xff\x7f")],
)
def test_numbers_are_coded_in_sevens_of_bits(plain: bytes, number: int, coded: bytes) -> None:
    assert ue7(number) == coded
    if number:
        assert read_header(b"BPG\xfb\x20\0" + coded + b"\1\0").width == number


def test_without_the_programs_the_codec_is_unavailable_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PluginUnavailable, match=r"needs bpgenc and bpgdec on PATH: install libbpg from https"):
        BpgCodec()
    (component,) = (component for component in discover("codec") if component.name == "bpg")
    assert checked(component).status == "unavailable"
    with pytest.raises(PluginUnavailable):
        decode(b"BPG\xfb\x20\0\1\1\0")


def test_a_program_that_fails_is_one_typed_line(coffee: RgbImage, plain: bytes, tmp_path: Path, programs: Path) -> None:
    path = shutil.which("bpgenc")
    assert path == str(programs / "bpgenc")
    codec = BpgCodec()
    with pytest.raises(BitstreamCorrupt, match=r"bpgdec failed with status 1: bpgdec: could not convert the picture"):
        codec.decode(plain[:40] + bytes(len(plain) - 40))
    (tmp_path / "bpgenc").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "bpgenc").chmod(stat.S_IRWXU)
    codec._encoder = str(tmp_path / "bpgenc")
    with pytest.raises(CodecError, match="bpgenc failed with status 3: it says nothing"):
        codec.encode(coffee, BpgOptions())
    codec._encoder = str(tmp_path / "gone")
    with pytest.raises(CodecError, match="gone cannot be run: No such file"):
        codec.encode(coffee, BpgOptions())


def test_a_program_that_never_ends_is_stopped(
    coffee: RgbImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bpgenc").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (tmp_path / "bpgenc").chmod(stat.S_IRWXU)
    codec = BpgCodec()
    codec._encoder = str(tmp_path / "bpgenc")
    monkeypatch.setattr(codec_module, "_SECONDS", 0.2)
    with pytest.raises(CodecError, match="did not finish"):
        codec.encode(coffee, BpgOptions())


@pytest.mark.parametrize("extension", [None, b"", extension_block(1, b"exif"), extension_block(99, bytes(300))])
def test_extension_data_of_a_file_comes_back(plain: bytes, extension: bytes | None) -> None:
    file = plain if extension is None else extended(plain, extension)
    assert CARRIER.detach(CARRIER.attach(file, b"sidecar")) == Detached(file, b"sidecar")


def test_what_lies_behind_the_picture_is_no_essence(plain: bytes) -> None:
    assert CARRIER.essence(plain + b"x") == CARRIER.essence(plain)


def test_metadata_comes_back_and_the_exif_orientation_is_applied(plain: bytes, coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    dressed = CARRIER.embed(
        plain, Metadata(b"icc", exif.tobytes().removeprefix(b"Exif\0\0"), b'<x tiff:Orientation="6"/>')
    )
    assert CARRIER.essence(dressed) == CARRIER.essence(plain)
    picture = decode_picture(dressed, enhance=False)
    assert picture.metadata == Metadata(b"icc", None, b"<x />")
    assert picture.rgb.shape == (131, 99, 3)


def test_alpha_comes_along(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(coffee[..., 0]))
    picture = decode_picture(bpg_file(image, qp=0), enhance=False)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 0])


def test_more_bits_animations_and_giants_are_refused(coffee: RgbImage) -> None:
    image = Image.fromarray(coffee)
    with pytest.raises(ImageError, match="has 10 bits a sample"):
        decode(bpg_file(image, depth=10))
    with pytest.raises(ImageError, match="is an animation"):
        decode(bpg_file(image, flags=1))
    with pytest.raises(CodecError, match="is beyond"):
        decode(b"BPG\xfb\x20\0" + ue7(1 << 20) * 2 + b"\0")


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (b"BPG\xfb", BitstreamTruncated),
        (b"BPG\xfb\x20\0", BitstreamTruncated),
        (b"BPG\xfb\x20\0\x81", BitstreamTruncated),
        (b"BPG\xfb\x20\0" + b"\xff" * 9, BitstreamCorrupt),
        (b"BPG\xfb\x20\0\0\0\0", BitstreamCorrupt),
        (b"BPG\xfb\x20\x08\1\1\0\x20", BitstreamTruncated),
        (b"BPG\xfb\x20\x08\1\1\0\2\1\5", BitstreamCorrupt),
        (b"BPG\xfb\x20\x08\1\1\0\xc0\0" + bytes(8192), BitstreamCorrupt),
    ],
)
def test_malformed_headers_are_typed_errors(file: bytes, error: type[BitstreamError]) -> None:
    for method in (CARRIER.detach, CARRIER.essence, CARRIER.metadata):
        with pytest.raises(error):
            method(file)
