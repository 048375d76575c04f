"""The sidecar's sections, their checksums, and the numbers they are framed with."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, BitstreamUnsupported
from jpadse_core.bitstream.header import Header, write_header
from jpadse_core.bitstream.sections import FORMAT_VERSION, Tag, read_sections, scan_sections, write_sections
from jpadse_core.bitstream.varint import Reader, write_varint

_HEADER = write_header(Header(codec="jpeg", options={"quality": 10}, enhancer="default", weights="0123abcd"))
_OTHERS = st.dictionaries(
    st.sampled_from([tag for tag in Tag if tag is not Tag.HEADER]), st.binary(min_size=1, max_size=300), max_size=5
)
_BODIES = _OTHERS.map(lambda bodies: {Tag.HEADER: _HEADER, **bodies})


def of_version_1(bodies: Mapping[Tag, bytes]) -> bytes:
    """A sidecar as format version 1 wrote it: a version byte and sections."""
    return b"\1" + b"".join(section(tag, body) for tag, body in bodies.items())


def section(tag: int, body: bytes) -> bytes:
    frame = bytes([tag]) + write_varint(len(body))
    return frame + zlib.crc32(frame + body).to_bytes(4, "little") + body


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


@given(_OTHERS | _BODIES, st.binary(max_size=20))
def test_sections_come_back_in_order_and_intact(bodies: dict[Tag, bytes], essence: bytes) -> None:
    sidecar = write_sections(bodies, essence)
    sections = read_sections(sidecar, essence)
    found = [(section.tag, section.body) for section in sections]
    assert sorted(found) == sorted(bodies.items())
    in_head = (Tag.HEADER,) if Tag.PAYLOAD in bodies else (Tag.HEADER, Tag.GUIDE)
    behind = [item for item in bodies.items() if Tag.HEADER not in bodies or item[0] not in in_head]
    assert found[len(found) - len(behind) :] == behind
    assert all(section.intact for section in sections)
    framing = 1 if Tag.HEADER in bodies else 2
    assert sum(section.size for section in sections) + framing == len(sidecar)


@given(_OTHERS)
def test_sections_of_version_1_come_back(bodies: dict[Tag, bytes]) -> None:
    scan = scan_sections(of_version_1(bodies), b"whatever picture")
    assert scan.version == 1
    assert [(section.tag, section.body) for section in scan.sections] == list(bodies.items())
    assert all(section.intact for section in scan.sections)


@given(_BODIES, st.data())
def test_a_flipped_bit_in_a_body_is_seen_where_it_is_alone(bodies: dict[Tag, bytes], data: st.DataObject) -> None:
    victim = data.draw(st.sampled_from(list(bodies)))
    for sidecar in (write_sections(bodies), of_version_1(bodies)):
        broken = bytearray(sidecar)
        end = len(broken)
        for section in reversed(read_sections(sidecar)):
            if section.tag == victim:
                break
            end -= section.size
        broken[end - data.draw(st.integers(1, len(bodies[victim])))] ^= 1 << data.draw(st.integers(0, 7))
        seen = {section.tag for section in read_sections(bytes(broken)) if not section.intact}
        head = {Tag.HEADER} if Tag.PAYLOAD in bodies else {Tag.HEADER, Tag.GUIDE}
        if sidecar[0] != 1 and victim in head:
            assert Tag.HEADER in seen
            assert seen <= head
        else:
            assert seen == {victim}


def test_a_head_beside_another_picture_is_not_intact() -> None:
    sidecar = write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide"}, b"picture")
    assert all(section.intact for section in read_sections(sidecar, b"picture"))
    assert not any(section.intact for section in read_sections(sidecar, b"Picture"))


def test_the_guide_of_a_container_has_a_checksum_of_its_own() -> None:
    sidecar = bytearray(write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide", Tag.PAYLOAD: b"payload"}))
    sidecar[sidecar.index(b"guide")] ^= 1
    assert [section.name for section in read_sections(bytes(sidecar)) if not section.intact] == ["guide"]


def test_a_sidecar_without_a_map_is_a_version_a_checksum_the_header_and_the_guide() -> None:
    sidecar = write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide"}, b"picture")
    checksum = zlib.crc32(b"picture" + _HEADER + b"guide").to_bytes(4, "little")
    assert sidecar == b"\2" + checksum + _HEADER + b"guide"


def test_every_truncation_is_an_error_or_a_head_that_is_not_intact() -> None:
    short = write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide"})
    for length in range(1, len(short)):
        with contextlib.suppress(BitstreamTruncated):
            assert not any(section.intact for section in read_sections(short[:length]))
    for sidecar in (
        write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide", Tag.LABEL_MAP: b"map"}),
        of_version_1({Tag.HEADER: b"header", Tag.GUIDE: b"guide"}),
    ):
        sizes = [section.size for section in read_sections(sidecar)]
        whole = {1, *(len(sidecar) - sum(sizes[count:]) for count in range(len(sizes)))}
        for length in set(range(len(sidecar))) - whole:
            with pytest.raises(BitstreamTruncated):
                read_sections(sidecar[:length])


@given(st.binary(max_size=100))
def test_noise_is_sections_or_a_typed_error(noise: bytes) -> None:
    with contextlib.suppress(BitstreamError):
        read_sections(noise)


def test_a_section_that_claims_gigabytes_is_truncated() -> None:
    with pytest.raises(BitstreamTruncated):
        read_sections(bytes([1, Tag.GUIDE]) + write_varint(1 << 40) + bytes(10))
    with pytest.raises(BitstreamTruncated):
        read_sections(bytes([FORMAT_VERSION | 0x80]) + write_varint(1 << 40) + bytes(10))


def test_a_newer_format_says_what_to_upgrade() -> None:
    with pytest.raises(BitstreamUnsupported, match=r"format version 3.*pip install --upgrade jpadse"):
        read_sections(bytes([FORMAT_VERSION + 1]))


def test_format_version_0_was_never_written() -> None:
    for never in (b"\0", b"\x80\0", b"\x81\0"):
        with pytest.raises(BitstreamCorrupt):
            read_sections(never)


def test_an_unknown_optional_section_is_kept_and_an_unknown_required_one_refused() -> None:
    optional = write_sections({200: b"from the future"})  # type: ignore[dict-item]
    assert [section.name for section in read_sections(optional)] == ["unknown-200"]
    with pytest.raises(BitstreamUnsupported, match="section 99"):
        read_sections(write_sections({99: b"from the future"}))  # type: ignore[dict-item]


@pytest.mark.parametrize("tag", [tag for tag in Tag if tag not in (Tag.PRIVATE, Tag.HEADER)])
def test_a_section_that_occurs_twice_is_corrupt(tag: Tag) -> None:
    body = section(tag, b"one or the other")
    for once in (b"\1", write_sections({Tag.LABEL_MAP: b"map"}) if tag != Tag.LABEL_MAP else b"\x82\0"):
        assert len(read_sections(once + body)) >= 1
        with pytest.raises(BitstreamCorrupt, match=f"two sections {tag.name.lower()}"):
            read_sections(once + body + body)


def test_a_guide_in_the_head_and_another_behind_it_are_two() -> None:
    sidecar = write_sections({Tag.HEADER: _HEADER, Tag.GUIDE: b"guide", Tag.LABEL_MAP: b"map"})
    with pytest.raises(BitstreamCorrupt, match="two sections guide"):
        read_sections(sidecar + section(Tag.GUIDE, b"another"))


def test_there_is_one_header_and_in_version_2_in_the_head() -> None:
    again = section(Tag.HEADER, _HEADER)
    with pytest.raises(BitstreamCorrupt, match="two sections header"):
        read_sections(b"\1" + again + again)
    with pytest.raises(BitstreamCorrupt, match="header outside its head"):
        read_sections(write_sections({Tag.LABEL_MAP: b"map"}) + again)


def test_an_unknown_optional_section_may_occur_twice() -> None:
    body = section(200, b"from the future")
    for start in (b"\1", b"\x82\0"):
        assert len(read_sections(start + body + body)) == 2


@given(bodies=_BODIES, data=st.data())
def test_a_sidecar_flipped_or_cut_anywhere_is_sections_or_a_typed_error(
    bodies: dict[Tag, bytes], data: st.DataObject
) -> None:
    for sidecar in (write_sections(bodies), of_version_1(bodies)):
        broken = bytearray(sidecar[: data.draw(st.integers(0, len(sidecar)))])
        for _ in range(data.draw(st.integers(0, 3))):
            if broken:
                broken[data.draw(st.integers(0, len(broken) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        with contextlib.suppress(BitstreamError):
            read_sections(bytes(broken))
