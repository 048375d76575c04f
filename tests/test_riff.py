"""Chunks of RIFF files."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamTruncated
from jpadse_core.formats.riff import chunks, make_chunk, make_riff

FILE = make_riff(b"WEBP", make_chunk(b"VP8 ", b"odd") + make_chunk(b"EXIF", b"even"))


def test_chunks_lie_one_behind_the_other_each_padded_to_an_even_length() -> None:
    assert [(chunk.kind, chunk.start, chunk.end, chunk.body) for chunk in chunks(FILE, b"WEBP")] == [
        (b"VP8 ", 12, 24, b"odd"),
        (b"EXIF", 24, 36, b"even"),
    ]


def test_what_lies_behind_the_declared_size_is_no_part_of_the_file() -> None:
    assert [*chunks(FILE + b"abcd\xff\xff\xff\xff", b"WEBP")] == [*chunks(FILE, b"WEBP")]


def test_a_file_that_ends_inside_a_chunk_is_truncated_save_inside_the_one_that_may_be_cut() -> None:
    with pytest.raises(BitstreamTruncated, match="inside its chunk 'EXIF'"):
        list(chunks(FILE[:-2], b"WEBP"))
    assert [chunk.body for chunk in chunks(FILE[:-2], b"WEBP", last_may_be_cut=b"EXIF")] == [b"odd", b"ev"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", BitstreamCorrupt),
        (b"RIFF\4\0\0\0WAVE", BitstreamCorrupt),
        (b"RIFF\xff\0\0\0WEBP", BitstreamTruncated),
        (make_riff(b"WEBP", b"VP8 \xff\xff\xff\xff"), BitstreamTruncated),
        (make_riff(b"WEBP", make_chunk(b"abcd", b"") * 70_000), BitstreamCorrupt),
    ],
)
def test_impossible_files_are_typed_errors(data: bytes, error: type[BitstreamError]) -> None:
    with pytest.raises(error):
        list(chunks(data, b"WEBP"))


@given(st.binary(max_size=120))
def test_noise_is_chunks_or_a_typed_error(noise: bytes) -> None:
    with suppress(BitstreamError):
        assert sum(len(chunk.body) for chunk in chunks(make_riff(b"WEBP", noise), b"WEBP")) <= len(noise)
