"""Damaged sidecars: they cost the enhancement, with a warning, and never the picture."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import Site
from toys import ToyEnhancer, ToyExtractor

from jpadse_core import BitstreamError, Encoded, EnhancementLost, RgbImage, build_pipeline, decode, read_info
from jpadse_core.bitstream.label_map import encode_labels
from jpadse_core.bitstream.sections import FORMAT_VERSION, Section, Tag, read_sections, write_sections
from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.builtin.png_carrier import PngCarrier
from jpadse_core.decoding import decode_picture
from jpadse_core.parts import Parts

GOLDEN = Path(__file__).parent / "golden" / "v1"
TOY_PARTS = Parts(("enhancer", ToyEnhancer()))


@dataclass(frozen=True)
class Span:
    """Where the one sidecar segment of a JPEG-SE file lies, and the sidecar inside it."""

    segment: int
    sidecar: int
    end: int

    @classmethod
    def of(cls, data: bytes) -> Span:
        identifier = data.index(b"JPSE\0")
        end = identifier - 2 + int.from_bytes(data[identifier - 2 : identifier], "big")
        return cls(identifier - 4, identifier + 7, end)


def with_sidecar(data: bytes, sidecar: bytes) -> bytes:
    """The file with another sidecar, framed as a carrier frames it."""
    return JpegCarrier().attach(JpegCarrier().detach(data).payload, sidecar)


def sidecar_of(data: bytes) -> bytes:
    sidecar = JpegCarrier().detach(data).sidecar
    assert sidecar is not None
    return sidecar


def essence_of(data: bytes) -> bytes:
    return JpegCarrier().essence(JpegCarrier().detach(data).payload)


def sections_of(data: bytes) -> list[Section]:
    return read_sections(sidecar_of(data), essence_of(data))


def lost(data: bytes, match: str = "not enhanced") -> RgbImage:
    """The picture of a damaged file, which must come with the warning."""
    with pytest.warns(EnhancementLost, match=match):
        return decode_picture(data, parts=TOY_PARTS).rgb


def test_an_undamaged_file_is_enhanced_without_a_warning(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    assert not np.array_equal(decode_picture(jpeg_se, parts=TOY_PARTS).rgb, plain_pixels(jpeg_se))


def test_every_flipped_byte_of_the_sidecar_costs_only_the_enhancement(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    span, plain = Span.of(jpeg_se), plain_pixels(jpeg_se)
    for position in range(span.sidecar, span.end, 3):
        damaged = bytearray(jpeg_se)
        damaged[position] ^= 0xFF
        assert np.array_equal(lost(bytes(damaged)), plain), f"byte {position - span.sidecar} of the sidecar"


@pytest.fixture
def without_map(coffee: RgbImage) -> bytes:
    """A sidecar that is nothing but version, checksum, header and guide."""
    pipeline = build_pipeline("jpeg", None, ToyEnhancer(), quality=10, perception_guide=False)
    return bytes(pipeline.encode(coffee))


@pytest.fixture(params=["with a map", "without", "version 1 with a map", "version 1 without"])
def file(request: pytest.FixtureRequest, jpeg_se: Encoded, without_map: bytes) -> bytes:
    return {
        "with a map": lambda: bytes(jpeg_se),
        "without": lambda: without_map,
        "version 1 with a map": (GOLDEN / "map-and-guide.jpg").read_bytes,
        "version 1 without": (GOLDEN / "grey-without-map.jpg").read_bytes,
    }[request.param]()


def test_every_flipped_bit_of_the_sidecar_costs_only_the_enhancement(
    file: bytes, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    plain, sidecar, bit = plain_pixels(file), sidecar_of(file), 0
    silent = []
    for position in range(len(sidecar)):
        # All bits of the first bytes, which are framing, and of what is small; then each byte's in turn.
        for flipped in range(8) if position < 24 or len(sidecar) < 80 else [bit]:
            bit = (bit + 3) % 8
            damaged = bytearray(sidecar)
            damaged[position] ^= 1 << flipped
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                picture = decode_picture(with_sidecar(file, bytes(damaged)), parts=TOY_PARTS).rgb
            if not np.array_equal(picture, plain) or EnhancementLost not in {found.category for found in caught}:
                silent.append((position, flipped))
    assert silent == []


def test_a_sidecar_cut_anywhere_costs_the_enhancement_never_the_picture(
    file: bytes, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    plain, sidecar = plain_pixels(file), sidecar_of(file)
    lengths = [length for length in range(1, len(sidecar)) if length < 60 or length % 5 == 0]
    for length in [*lengths, len(sidecar) - 1]:
        assert np.array_equal(lost(with_sidecar(file, sidecar[:length])), plain), f"cut to {length}"


def test_a_sidecar_cut_between_two_sections_costs_the_enhancement_too(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    sidecar = sidecar_of(jpeg_se)
    assert sections_of(jpeg_se)[-1].tag == Tag.LABEL_MAP
    cut = with_sidecar(jpeg_se, sidecar[: -sections_of(jpeg_se)[-1].size])
    assert np.array_equal(lost(cut, "lacks its label_map"), plain_pixels(jpeg_se))


def test_a_deleted_sidecar_leaves_a_plain_jpeg(jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]) -> None:
    span = Span.of(jpeg_se)
    stripped = jpeg_se[: span.segment] + jpeg_se[span.end :]
    assert np.array_equal(decode(stripped, enhance=False), plain_pixels(jpeg_se))
    assert not read_info(stripped).enhanced


def test_a_sidecar_on_another_picture_is_stale(
    jpeg_se: Encoded, coffee: RgbImage, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    other = build_pipeline("jpeg", None, None, quality=10).encode(coffee[:, ::-1])
    swapped = JpegCarrier().attach(other, sidecar_of(jpeg_se))
    assert np.array_equal(lost(swapped, "belongs to another picture"), plain_pixels(other))
    assert "another picture" in read_info(swapped).damage
    assert not read_info(swapped).enhanced


def test_edited_metadata_does_not_make_a_sidecar_stale(jpeg_se: Encoded) -> None:
    edited = jpeg_se[:2] + b"\xff\xfe\x00\x07hello" + jpeg_se[2:]
    expected = decode_picture(jpeg_se, parts=TOY_PARTS).rgb
    assert np.array_equal(decode_picture(edited, parts=TOY_PARTS).rgb, expected)


def test_a_newer_format_version_costs_the_enhancement_and_says_what_to_upgrade(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    newer = with_sidecar(jpeg_se, bytes([FORMAT_VERSION + 1]) + sidecar_of(jpeg_se)[1:])
    assert np.array_equal(lost(newer, "pip install --upgrade jpadse"), plain_pixels(jpeg_se))
    assert "format version 3" in read_info(newer).damage


def changed(data: bytes, extra: dict[int, bytes]) -> bytes:
    """The file with sections replaced or added."""
    bodies = {section.tag: section.body for section in sections_of(data)}
    return with_sidecar(data, write_sections({**bodies, **extra}, essence_of(data)))  # type: ignore[dict-item]


def test_an_unknown_optional_section_is_skipped_without_a_word(jpeg_se: Encoded) -> None:
    newer = changed(jpeg_se, {200: b"from the future"})
    expected = decode_picture(jpeg_se, parts=TOY_PARTS).rgb
    assert np.array_equal(decode_picture(newer, parts=TOY_PARTS).rgb, expected)
    info = read_info(newer)
    assert "unknown-200" in {section.name for section in info.sections}
    assert sum(section.bytes for section in info.sections) == len(newer)


def test_an_unknown_required_section_costs_the_enhancement(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    newer = changed(jpeg_se, {99: b"from the future"})
    assert np.array_equal(lost(newer, "section 99"), plain_pixels(jpeg_se))


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (Tag.HEADER, b"nonsense"),
        (Tag.LABEL_MAP, b"\x07nonsense"),
        (Tag.LABEL_MAP, encode_labels(np.zeros((3, 3), np.uint8))),
        (Tag.GUIDE, b"\x06" * 99),
    ],
    ids=["header", "map-of-the-future", "map-of-another-size", "guide"],
)
def test_an_intact_section_of_nonsense_costs_the_enhancement(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage], tag: Tag, body: bytes
) -> None:
    assert np.array_equal(lost(changed(jpeg_se, {tag: body})), plain_pixels(jpeg_se))


@pytest.mark.parametrize("tag", [Tag.LABEL_MAP, Tag.GUIDE])
def test_a_section_that_occurs_twice_costs_the_enhancement(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage], tag: Tag
) -> None:
    again = next(section.body for section in sections_of(jpeg_se) if section.tag == tag)
    hostile = with_sidecar(jpeg_se, sidecar_of(jpeg_se) + write_sections({tag: again})[2:])
    assert np.array_equal(lost(hostile, f"two sections {tag.name.lower()}"), plain_pixels(jpeg_se))
    assert not read_info(hostile).enhanced


@pytest.mark.parametrize(("codec", "carrier"), [("jpeg", JpegCarrier()), ("png", PngCarrier())])
def test_two_sidecars_in_one_file_cost_the_enhancement(
    coffee: RgbImage, plain_pixels: Callable[[bytes], RgbImage], codec: str, carrier: JpegCarrier | PngCarrier
) -> None:
    data = build_pipeline(codec, ToyExtractor(), ToyEnhancer()).encode(coffee)
    sidecar = carrier.detach(data).sidecar
    assert sidecar is not None
    assert np.array_equal(lost(carrier.attach(data, sidecar)), plain_pixels(data))


def test_a_map_that_declares_more_labels_than_the_picture_has_asks_for_no_memory(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    import tracemalloc

    hostile = changed(jpeg_se, {Tag.LABEL_MAP: encode_labels(np.zeros((4096, 4096), np.uint8))})
    tracemalloc.start()
    picture = lost(hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(picture, plain_pixels(jpeg_se))
    assert peak < 8 << 20


def test_an_enhancer_that_is_not_installed_costs_the_enhancement_and_is_named(
    jpeg_se: Encoded, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    with pytest.warns(EnhancementLost, match='enhancer "toy-blur" is not installed'):
        picture = decode(jpeg_se)
    assert np.array_equal(picture, plain_pixels(jpeg_se))


def test_info_tells_which_section_is_damaged(jpeg_se: Encoded) -> None:
    damaged = bytearray(jpeg_se)
    damaged[Span.of(jpeg_se).end - 1] ^= 1
    info = read_info(bytes(damaged))
    assert [section.name for section in info.sections if not section.intact] == ["label_map"]
    assert "label_map does not match its checksum" in info.damage
    assert not info.enhanced


def test_info_tells_that_the_head_is_damaged_or_another_pictures(without_map: bytes) -> None:
    damaged = bytearray(without_map)
    damaged[Span.of(without_map).end - 1] ^= 1
    info = read_info(bytes(damaged))
    assert [section.name for section in info.sections if not section.intact] == ["header", "guide"]
    assert "header and guide does not match" in info.damage
    assert sum(section.bytes for section in info.sections) == len(damaged)


def test_a_damaged_alpha_plane_is_told_even_when_nothing_is_enhanced(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10).encode(np.dstack([coffee, coffee[..., 0]]))
    sidecar = sidecar_of(data)
    alpha = next(section.body for section in sections_of(data) if section.tag == Tag.ALPHA)
    flipped = with_sidecar(data, sidecar.replace(alpha, alpha[:-1] + bytes([alpha[-1] ^ 1])))
    truncated = with_sidecar(data, sidecar[: sidecar.index(alpha) + 50])
    for damaged in (flipped, truncated):
        with pytest.warns(EnhancementLost):
            assert decode_picture(damaged, enhance=False).alpha is None


def test_a_damaged_map_does_not_cost_an_intact_alpha_plane(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10).encode(np.dstack([coffee, coffee[..., 0]]))
    truncated = with_sidecar(data, sidecar_of(data)[:-2])
    with pytest.warns(EnhancementLost):
        picture = decode_picture(truncated, parts=TOY_PARTS)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 0])


def test_a_png_se_file_cut_inside_its_sidecar_still_gives_the_picture(
    coffee: RgbImage, plain_pixels: Callable[[bytes], RgbImage]
) -> None:
    data = build_pipeline("png", ToyExtractor(), ToyEnhancer()).encode(coffee)
    cut = data[: data.index(b"jpSE") + 60]
    with pytest.warns(EnhancementLost):
        assert np.array_equal(decode_picture(cut, parts=TOY_PARTS).rgb, coffee)


def test_a_flipped_png_sidecar_costs_only_the_enhancement(coffee: RgbImage, toys_installed: Site) -> None:
    data = build_pipeline("png", ToyExtractor(), ToyEnhancer()).encode(coffee)
    start = data.index(b"jpSE") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big")
    for position in range(start, start + size, 17):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        damaged[start + size : start + size + 4] = zlib.crc32(damaged[start - 4 : start + size]).to_bytes(4, "big")
        with pytest.warns(EnhancementLost):
            assert np.array_equal(decode(bytes(damaged)), coffee)
    assert PngCarrier().detach(data).sidecar is not None


def test_a_jpeg_cut_inside_its_scan_is_a_typed_error(jpeg_se: Encoded) -> None:
    with pytest.raises(BitstreamError):
        decode(jpeg_se[: len(jpeg_se) * 2 // 3])
