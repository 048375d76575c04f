"""The sidecar's sections, their checksums, and the numbers they are framed with."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, BitstreamUnsupported
from jpadse_core.bitstream.sections import FORMAT_VERSION, Tag, read_sections, write_sections
from jpadse_core.bitstream.varint import Reader, write_varint

_BODIES = st.dictionaries(st.sampled_from(list(Tag)), st.binary(max_size=300), max_size=5)


@given(st.integers(0, (1 << 63) - 1))
def test_every_number_comes_back(value: int) -> None:
    reader = Reader(write_varint(value), "number")
    assert reader.varint() == value
    assert reader.left == 0


def test_a_number_without_end_is_corrupt_and_one_cut_short_is_truncated() -> None:
    with pytest.raises(BitstreamCorrupt, match="the thing holds a number that is too long"):
        Reader(b"\xff" * 20, "thing").varint()
    with pytest.raises(BitstreamTruncated, match="the thing ends 1 bytes early"):
        Reader(b"\xff", "thing").varint()


@given(_BODIES)
def test_sections_come_back_in_order_and_intact(bodies: dict[Tag, bytes]) -> None:
    sidecar = write_sections(bodies)
    sections = read_sections(sidecar)
    assert [(section.tag, section.body) for section in sections] == list(bodies.items())
    assert all(section.intact for section in sections)
    assert sum(section.size for section in sections) + 1 == len(sidecar)


@given(_BODIES.filter(lambda bodies: any(bodies.values())), st.data())
def test_a_flipped_bit_in_a_body_is_seen_in_that_section_alone(bodies: dict[Tag, bytes], data: st.DataObject) -> None:
    victim = data.draw(st.sampled_from([tag for tag, body in bodies.items() if body]))
    sidecar = bytearray(write_sections(bodies))
    end = 1
    for section in read_sections(bytes(sidecar)):
        end += section.size
        if section.tag == victim:
            break
    sidecar[end - data.draw(st.integers(1, len(bodies[victim])))] ^= 1 << data.draw(st.integers(0, 7))
    assert {section.tag for section in read_sections(bytes(sidecar)) if not section.intact} == {victim}


def test_every_truncation_inside_a_section_is_an_error() -> None:
    sidecar = write_sections({Tag.HEADER: b"header", Tag.GUIDE: b"guide"})
    whole = {1, 1 + read_sections(sidecar)[0].size}
    for length in set(range(len(sidecar))) - whole:
        with pytest.raises(BitstreamTruncated):
            read_sections(sidecar[:length])


@given(st.binary(max_size=100))
def test_noise_is_sections_or_a_typed_error(noise: bytes) -> None:
    with contextlib.suppress(BitstreamError):
        read_sections(noise)


def test_a_section_that_claims_gigabytes_is_truncated() -> None:
    with pytest.raises(BitstreamTruncated):
        read_sections(bytes([FORMAT_VERSION, Tag.GUIDE]) + write_varint(1 << 40) + bytes(10))


def test_a_newer_format_says_what_to_upgrade() -> None:
    with pytest.raises(BitstreamUnsupported, match=r"format version 2.*pip install --upgrade jpadse"):
        read_sections(bytes([FORMAT_VERSION + 1]))


def test_format_version_0_was_never_written() -> None:
    with pytest.raises(BitstreamCorrupt):
        read_sections(b"\0")


def test_an_unknown_optional_section_is_kept_and_an_unknown_required_one_refused() -> None:
    optional = write_sections({200: b"from the future"})  # type: ignore[dict-item]
    assert [section.name for section in read_sections(optional)] == ["unknown-200"]
    with pytest.raises(BitstreamUnsupported, match="section 99"):
        read_sections(write_sections({99: b"from the future"}))  # type: ignore[dict-item]


@pytest.mark.parametrize("tag", [tag for tag in Tag if tag is not Tag.PRIVATE])
def test_a_section_that_occurs_twice_is_corrupt(tag: Tag) -> None:
    once = write_sections({Tag.HEADER: b"header"}) if tag is not Tag.HEADER else write_sections({})
    body = write_sections({tag: b"one or the other"})[1:]
    assert len(read_sections(once + body)) >= 1
    with pytest.raises(BitstreamCorrupt, match=f"two sections {tag.name.lower()}"):
        read_sections(once + body + body)


def test_an_unknown_optional_section_may_occur_twice() -> None:
    body = write_sections({200: b"from the future"})[1:]  # type: ignore[dict-item]
    assert len(read_sections(write_sections({}) + body + body)) == 2
