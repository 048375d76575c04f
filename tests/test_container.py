"""`.jpse` files, for a codec whose own format carries nothing beside the picture."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished, Site
from PIL import Image
from toys import ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import (
    BitstreamCorrupt,
    BitstreamTruncated,
    BitstreamUnsupported,
    EnhancementLost,
    JpadseError,
    PluginNotFound,
    RgbImage,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.bitstream.container import MAGIC, unwrap, wrap
from jpadse_core.bitstream.sections import Tag, read_sections, write_sections
from jpadse_core.decoding import decode_picture
from jpadse_core.parts import Parts


@pytest.fixture
def jpse(coffee: RgbImage) -> bytes:
    return bytes(build_pipeline(ToyCodec(), ToyExtractor(), ToyEnhancer(), shift=6).encode(coffee))


def rebuilt(data: bytes, **changes: bytes | None) -> bytes:
    """The container with some sections' bodies replaced, or left out for None."""
    bodies = {section.name: section for section in read_sections(unwrap(data))}
    kept = {section.tag: changes.get(name, section.body) for name, section in bodies.items()}
    return wrap(write_sections({Tag(tag): body for tag, body in kept.items() if body is not None}))


def flipped(data: bytes, victim: str) -> bytes:
    """The container with the last bit of a section flipped."""
    end = len(data)
    for section in reversed(read_sections(unwrap(data))):
        if section.name == victim:
            break
        end -= section.size
    return data[: end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]


def test_a_codec_of_twenty_lines_is_enhanced_in_a_container(
    jpse: bytes, coffee: RgbImage, toys_installed: Site
) -> None:
    codec = ToyCodec()
    base = codec.decode(codec.encode(coffee, codec.Options(shift=6)))
    assert jpse.startswith(MAGIC)
    assert np.array_equal(decode(jpse, enhance=False), base)
    before, after = (((coffee.astype(int) - picture) ** 2).mean() for picture in (base, decode(jpse)))
    assert after < before


def test_the_pipeline_decodes_its_own_container_without_an_installed_codec(jpse: bytes, coffee: RgbImage) -> None:
    pipeline = build_pipeline(ToyCodec(), ToyExtractor(), ToyEnhancer(), shift=6)
    assert pipeline.decode(jpse).shape == coffee.shape


def test_sections_sum_to_the_length_and_say_what_the_file_holds(jpse: bytes, toys_installed: Site) -> None:
    info = read_info(jpse)
    assert (info.format, info.codec, info.options) == ("jpse", "toy", {"shift": 6})
    assert sum(section.bytes for section in info.sections) == info.size == len(jpse)
    assert {"header", "label_map", "guide", "payload"} <= {section.name for section in info.sections}


def test_a_codec_that_is_not_installed_is_named_with_a_pip_line(jpse: bytes) -> None:
    with pytest.raises(PluginNotFound, match=r'needs codec "toy", which is not installed: pip install \S*toy'):
        decode(jpse)


def test_what_a_container_holds_is_told_without_its_codec(
    jpadse: Callable[..., Finished], jpse: bytes, coffee: RgbImage, tmp_path: Path
) -> None:
    with_it = read_info(jpse, Parts(("codec", ToyCodec())))
    info = read_info(jpse)
    assert re.match(r'needs codec "toy", which is not installed: pip install \S*toy', info.needs)
    assert info.model_copy(update={"needs": ""}) == with_it
    (tmp_path / "a.jpse").write_bytes(jpse)
    finished = jpadse("info", tmp_path / "a.jpse")
    assert finished.code == 0
    assert f"warning: {tmp_path / 'a.jpse'}: {info.needs}\n" == finished.err
    assert b"label_map" in finished.out


def test_an_installed_codecs_distribution_is_what_the_reader_is_told_to_install(
    coffee: RgbImage, toys_installed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = build_pipeline("toy", None, None).encode(coffee)
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "")
    with pytest.raises(PluginNotFound, match="left out by --no-plugins or JPADSE_LOAD_PLUGINS"):
        decode(data)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != str(toys_installed.folder)])
    with pytest.raises(PluginNotFound, match="pip install jpadse-plugin-toys"):
        decode(data)


def test_every_truncation_is_a_typed_error(jpse: bytes, toys_installed: Site) -> None:
    for length in range(0, len(jpse), 97):
        with pytest.raises(JpadseError):
            decode(jpse[:length])


@pytest.mark.parametrize("lost", ["header", "payload"])
def test_a_container_without_header_or_payload_is_truncated(jpse: bytes, toys_installed: Site, lost: str) -> None:
    with pytest.raises(BitstreamTruncated, match=f"no {lost}"):
        decode(rebuilt(jpse, **{lost: None}))


@pytest.mark.parametrize("victim", ["header", "payload"])
def test_a_damaged_header_or_payload_is_corrupt(jpse: bytes, toys_installed: Site, victim: str) -> None:
    damaged = flipped(jpse, victim)
    with pytest.raises(BitstreamCorrupt, match=f"{victim} does not match its checksum"):
        decode(damaged)


@pytest.mark.parametrize("victim", ["label_map", "guide"])
def test_a_damaged_map_or_guide_costs_the_enhancement_never_the_picture(
    jpse: bytes, toys_installed: Site, victim: str
) -> None:
    damaged = flipped(jpse, victim)
    with pytest.warns(EnhancementLost, match=victim):
        picture = decode(damaged)
    assert np.array_equal(picture, decode(jpse, enhance=False))


def test_what_lies_behind_a_container_costs_the_enhancement_never_the_picture(
    jpse: bytes, toys_installed: Site
) -> None:
    with pytest.warns(EnhancementLost, match="not enhanced"):
        picture = decode(jpse + b"x")
    assert np.array_equal(picture, decode(jpse, enhance=False))


def test_a_payload_that_its_codec_cannot_read_is_corrupt(jpse: bytes, toys_installed: Site) -> None:
    with pytest.raises(BitstreamCorrupt, match='codec "toy" cannot decode the payload'):
        decode(rebuilt(jpse, payload=b"nonsense"))


def test_a_container_of_a_newer_format_says_what_to_upgrade(jpse: bytes, toys_installed: Site) -> None:
    newer = MAGIC + b"\x03" + jpse[len(MAGIC) + 1 :]
    with pytest.raises(BitstreamUnsupported, match="pip install --upgrade jpadse"):
        decode(newer)


def test_alpha_greyness_and_metadata_ride_in_the_container(coffee: RgbImage, toys_installed: Site) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    image = Image.fromarray(coffee[..., 0]).convert("LA")
    image.putalpha(Image.fromarray(coffee[..., 1]))
    image.info |= {"icc_profile": b"profile", "exif": exif.tobytes(), "xmp": b"<x:xmpmeta/>"}
    picture = decode_picture(build_pipeline("toy", None, "toy-blur", shift=0).encode(image), enhance=False)
    assert picture.grey
    assert np.array_equal(picture.rgb[..., 0], coffee[..., 0])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 1])
    assert picture.metadata.icc == b"profile"
    assert picture.metadata.exif == exif.tobytes().removeprefix(b"Exif\0\0")
    assert picture.metadata.xmp == b"<x:xmpmeta/>"
