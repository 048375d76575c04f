"""Boxes of the ISO base media file format, and a sidecar in one of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated, CodecError, Detached
from jpadse_core.bitstream.signatures import codec_of
from jpadse_core.formats.boxes import SIDECAR_UUID, attach_box, boxes, detach_box, make_box

FTYP = make_box(b"ftyp", b"avif\0\0\0\0mif1")
FILE = FTYP + make_box(b"meta", bytes(40)) + make_box(b"mdat", bytes(100))
OPEN_ENDED = FTYP + b"\0\0\0\0mdat" + bytes(100)


def kinds(data: bytes) -> list[bytes]:
    return [box.kind for box in boxes(data)]


def test_boxes_lie_one_behind_the_other() -> None:
    assert [(box.kind, box.end - box.body) for box in boxes(FILE)] == [(b"ftyp", 12), (b"meta", 40), (b"mdat", 100)]


def test_sizes_of_64_bits_and_to_the_end_of_the_file_are_read() -> None:
    wide = b"\0\0\0\1mdat" + (24).to_bytes(8, "big") + bytes(8)
    assert next((box.kind, box.body, box.end) for box in boxes(wide + FTYP)) == (b"mdat", 16, 24)
    *_, last = boxes(OPEN_ENDED)
    assert (last.open_ended, last.end) == (True, len(OPEN_ENDED))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\0\0\0\7abcd", BitstreamCorrupt),
        (FTYP + b"\0\0\0\7mdat", BitstreamCorrupt),
        (b"\0\0\0\1abcd" + (15).to_bytes(8, "big"), BitstreamCorrupt),
        (b"\0\0\0\1abcd\0\0", BitstreamTruncated),
        (b"\0\0\0\1abcd" + b"\xff" * 8, BitstreamTruncated),
        (b"\xff\xff\xff\xffabcd" + bytes(20), BitstreamTruncated),
        (FTYP + b"\xff\xff\xff\xffmeta" + bytes(20), BitstreamTruncated),
        (make_box(b"abcd", b"") * 70_000, BitstreamCorrupt),
    ],
)
def test_impossible_boxes_are_typed_errors(data: bytes, error: type[BitstreamError]) -> None:
    with pytest.raises(error):
        list(boxes(data))


@pytest.mark.parametrize("stray", [b"hello world", b"\0\0\0\7abcd", b"\xff" * 40, bytes(40)])
def test_what_another_program_put_behind_a_file_is_no_box_and_stays(stray: bytes) -> None:
    assert kinds(FILE + stray) == kinds(FILE)
    carried = attach_box(FILE + stray, b"sidecar", absolute_offsets=True)
    assert detach_box(carried, absolute_offsets=True) == Detached(FILE + stray, b"sidecar")
    behind = attach_box(FILE, b"sidecar", absolute_offsets=True) + stray
    assert detach_box(behind, absolute_offsets=False) == Detached(FILE + stray, b"sidecar")


@pytest.mark.parametrize("file", [FILE, FILE + b"stray", OPEN_ENDED], ids=["closed", "stray bytes", "open-ended"])
def test_a_sidecar_comes_back_from_its_box(file: bytes) -> None:
    carried = attach_box(file, b"sidecar", absolute_offsets=False)
    assert b"uuid" in kinds(carried)
    assert detach_box(carried, absolute_offsets=False) == Detached(file, b"sidecar")


def test_nothing_is_put_ahead_of_what_is_pointed_to() -> None:
    with pytest.raises(CodecError, match="'mdat', is open-ended"):
        attach_box(OPEN_ENDED, b"sidecar", absolute_offsets=True)
    moved = FTYP + make_box(b"uuid", SIDECAR_UUID + b"sidecar") + FILE[len(FTYP) :]
    detached = detach_box(moved, absolute_offsets=True)
    assert detached.sidecar == b"sidecar"
    assert kinds(detached.payload) == [b"ftyp", b"free", b"meta", b"mdat"]
    assert len(detached.payload) == len(moved)


def test_of_two_sidecars_the_first_counts_and_both_go() -> None:
    twice = attach_box(attach_box(FILE, b"first", absolute_offsets=False), b"second", absolute_offsets=False)
    assert detach_box(twice, absolute_offsets=False) == Detached(FILE, b"first")


def test_a_cut_costs_the_sidecar_and_never_the_file() -> None:
    carried = attach_box(FILE, b"sidecar", absolute_offsets=True)
    for length in range(len(FILE), len(carried)):
        detached = detach_box(carried[:length], absolute_offsets=True)
        assert detached.payload[: len(FILE)] == FILE
        assert b"sidecar".startswith(detached.sidecar or b"")


def test_anothers_uuid_box_is_left_where_it_is() -> None:
    foreign = FILE + make_box(b"uuid", bytes(16) + b"theirs")
    assert detach_box(foreign, absolute_offsets=True) == Detached(foreign, None)


@given(st.binary(max_size=120))
def test_noise_is_boxes_or_a_typed_error(noise: bytes) -> None:
    with suppress(BitstreamError):
        assert sum(box.end - box.start for box in boxes(FTYP + noise)) <= len(FTYP + noise)


@pytest.mark.parametrize(
    ("major", "compatible", "codec"),
    [
        (b"avif", b"mif1miaf", "avif"),
        (b"mif1", b"miafavif", "avif"),
        (b"mif1", b"heicmiaf", "heif"),
        (b"heix", b"mif1", "heif"),
        (b"mif1", b"", "heif"),
        (b"isom", b"mp42", None),
    ],
)
def test_a_file_is_known_by_its_most_telling_brand(major: bytes, compatible: bytes, codec: str | None) -> None:
    assert codec_of(make_box(b"ftyp", major + bytes(4) + compatible)) == codec
