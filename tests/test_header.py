"""The header: small, readable, and never trusted."""

from __future__ import annotations

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import STRANGER

from jpadse_core import BitstreamCorrupt, BitstreamError
from jpadse_core.bitstream.header import _DICTIONARY, Header, LabelSetReference, read_header, reference_to, write_header
from jpadse_core.interfaces.label_sets import CITYSCAPES_19, TEXTURE

_WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
_NAMES = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=20)


def deflated(text: bytes) -> bytes:
    """A header body of any text."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
    return deflater.compress(text) + deflater.flush()


@given(
    st.builds(
        Header,
        codec=_NAMES,
        options=st.dictionaries(_WORDS, st.one_of(st.booleans(), st.integers(-(2**50), 2**50), _WORDS), max_size=3),
        width=st.integers(1, 1 << 30),
        height=st.integers(1, 1 << 30),
        essence=st.integers(0, (1 << 32) - 1),
        enhancer=st.none() | _NAMES,
        weights=_NAMES,
        semantics=st.none() | _NAMES,
        divisor=st.sampled_from([1, 2, 4, 8]),
        mode=st.sampled_from(["rgb", "grey"]),
    )
)
def test_every_header_comes_back(header: Header) -> None:
    assert read_header(write_header(header)) == header


def test_a_usual_header_costs_less_than_90_bytes() -> None:
    header = Header(
        codec="jpeg", options={"quality": 10}, width=768, height=512, essence=0x12345678, enhancer="default",
        weights="0123456789abcdef", semantics="deeplab", labels=LabelSetReference(name="texture", classes={}),
    )  # fmt: skip
    assert len(write_header(header)) < 90


def test_a_field_of_a_newer_version_is_skipped() -> None:
    assert read_header(deflated(b'{"codec":"jpeg","width":3,"height":2,"sparkle":true}')).width == 3


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"not json", b"{}", b'{"codec":"jpeg","width":0,"height":2}',
     b'{"codec":"jpeg","width":-1,"height":2}',
     b'{"codec":"jpeg","width":3,"height":2,"mode":"cmyk"}', b"[" * 100_000, b" " * (2 << 20)],
    ids=["empty", "list", "no-json", "no-fields", "width-0", "width-negative", "mode", "deep", "large"],
)  # fmt: skip
def test_text_that_is_no_header_is_corrupt(text: bytes) -> None:
    with pytest.raises(BitstreamCorrupt):
        read_header(deflated(text))


@given(st.binary(max_size=80))
def test_noise_is_corrupt(noise: bytes) -> None:
    with contextlib.suppress(BitstreamError):
        read_header(noise)


def test_every_truncation_is_corrupt() -> None:
    body = write_header(Header(codec="jpeg", width=768, height=512))
    for length in range(len(body)):
        with pytest.raises(BitstreamCorrupt):
            read_header(body[:length])


@pytest.mark.parametrize("known", [TEXTURE, CITYSCAPES_19])
def test_a_known_label_set_is_sent_as_its_name(known: object) -> None:
    reference = reference_to(known, [0, 1])  # type: ignore[arg-type]
    assert reference.classes == {}
    assert reference.resolve() is known


def test_a_strangers_label_set_is_sent_class_by_class() -> None:
    resolved = reference_to(STRANGER, [1, 4]).resolve()
    assert resolved.classes == ("class-0", "asphalt", "class-2", "class-3", "cloud")
    assert resolved.textures == ("other", "road", "other", "other", "sky")


def test_a_stranger_that_borrows_a_known_name_is_still_understood() -> None:
    impostor = type(STRANGER)("texture", STRANGER.classes, STRANGER.textures)
    reference = reference_to(impostor, [1, 4])
    assert reference.resolve().textures[4] == "sky"


@pytest.mark.parametrize("number", ["70000", "9" * 5000])
def test_a_class_id_beyond_65535_is_corrupt(number: str) -> None:
    with pytest.raises(BitstreamCorrupt):
        LabelSetReference(name="x", classes={number: "a=sky"}).resolve()
