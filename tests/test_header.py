"""The header: small, readable, and never trusted."""

from __future__ import annotations

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import STRANGER

from jpadse_core import BitstreamCorrupt, BitstreamError, BitstreamUnsupported
from jpadse_core.bitstream.header import (
    _DICTIONARY,
    Header,
    LabelSetReference,
    read_header,
    read_header_of_version_1,
    reference_to,
    write_header,
)
from jpadse_core.interfaces.label_sets import CITYSCAPES_19, TEXTURE

_WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
_NAMES = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=20)


_TEXTURE = LabelSetReference(name="texture", classes={})
_QUALITIES = st.integers(-1, 1 << 40) | st.floats(-1, 1e7).map(lambda value: float(f"{value:.6g}")) | st.booleans()


def deflated(text: bytes) -> bytes:
    """The body of a header of format version 1, of any text."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
    return deflater.compress(text) + deflater.flush()


def brief(text: bytes) -> bytes:
    """A header of any JSON and nothing else."""
    return b"\x80" + deflated(text)


@given(
    header=st.builds(
        Header,
        codec=_NAMES | st.sampled_from(["jpeg", "jpeg2000", "jpegxl"]),
        codec_distribution=st.sampled_from(["jpadse", "", "jpadse-plugin-jpeg2000", "jpadse-plugin-jpegxl"]),
        options=st.dictionaries(
            _WORDS | st.sampled_from(["quality", "rate", "distance"]), _QUALITIES | _WORDS, max_size=3
        ),
        width=st.none() | st.integers(1, 1 << 30),
        height=st.none() | st.integers(1, 1 << 30),
        enhancer=st.none() | _NAMES | st.just("default"),
        enhancer_distribution=st.sampled_from(["jpadse", "", "jpadse-plugin-x"]),
        weights=_NAMES | st.sampled_from(["", "0123abcd", "0123ABCD", "0123abc"]),
        semantics=st.none() | _NAMES | st.just("deeplab"),
        labels=st.none() | st.just(_TEXTURE) | st.just(LabelSetReference(name="texture", classes={"1": "a=sky"})),
        divisor=st.sampled_from([1, 2, 4, 8]),
        derived=st.booleans(),
        mode=st.sampled_from(["rgb", "grey"]),
        dpi=st.none() | st.just((72.0, 71.5)),
    ),
    behind=st.binary(max_size=20),
)
def test_every_header_comes_back_and_tells_its_end(header: Header, behind: bytes) -> None:
    data = write_header(header)
    found, size = read_header(data + behind)
    assert (found, size) == (header, len(data))
    assert {name: type(value) is bool for name, value in found.options.items()} == {
        name: type(value) is bool for name, value in header.options.items()
    }


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (Header(codec="jpeg", options={"quality": 10}, enhancer="default", weights="0123abcd"), "510123abcd0a"),
        (
            Header(
                codec="jpeg2000", codec_distribution="jpadse-plugin-jpeg2000", options={"rate": 0.1},
                enhancer="default", weights="0123abcd", semantics="deeplab", labels=_TEXTURE,
            ),
            "760123abcd6b",
        ),
        (
            Header(
                codec="jpegxl", codec_distribution="jpadse-plugin-jpegxl", options={"distance": 15.0, "effort": 3},
                width=768, height=512, mode="grey",
            ),
            "c70fabc6ed08d44840f2446a5a5a7e115095716d2d00",
        ),
    ],
    ids=["without-map", "with-map", "with-json"],
)  # fmt: skip
def test_a_header_is_always_written_in_these_bytes(header: Header, code: str) -> None:
    assert write_header(header).hex() == code
    assert read_header(bytes.fromhex(code))[0] == header


def test_a_codecs_number_of_a_newer_version_says_what_to_upgrade() -> None:
    with pytest.raises(BitstreamUnsupported, match="pip install --upgrade jpadse"):
        read_header(b"\x0f")


def test_a_field_of_a_newer_version_is_skipped() -> None:
    text = b'{"codec":"jpeg","width":3,"height":2,"sparkle":true}'
    assert read_header(brief(text))[0].width == 3
    assert read_header_of_version_1(deflated(text)).width == 3


def test_what_bytes_say_goes_before_what_the_json_says() -> None:
    data = b"\xc1\x0a" + deflated(b'{"codec":"png","options":{"quality":20,"optimize":false}}')
    header = read_header(data)[0]
    assert (header.codec, header.options) == ("jpeg", {"quality": 10, "optimize": False})


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"not json", b"{}", b'{"codec":"jpeg","width":0,"height":2}', b'{"codec":"jpeg","options":3}',
     b'{"codec":"jpeg","width":-1,"height":2}', b'{"codec":"jpeg","options":{"a":"\xff"}}',
     b'{"codec":"jpeg","width":3,"height":2,"mode":"cmyk"}', b"[" * 100_000, b" " * (2 << 20)],
    ids=["empty", "list", "no-json", "no-fields", "width-0", "options", "width-negative", "no-utf-8", "mode", "deep",
         "large"],
)  # fmt: skip
def test_text_that_is_no_header_is_corrupt(text: bytes) -> None:
    with pytest.raises(BitstreamCorrupt):
        read_header(brief(text))
    with pytest.raises(BitstreamCorrupt):
        read_header_of_version_1(deflated(text))


@given(st.binary(max_size=80))
def test_noise_is_corrupt(noise: bytes) -> None:
    for read in (read_header, read_header_of_version_1):
        with contextlib.suppress(BitstreamError):
            read(noise)


def test_every_truncation_is_a_typed_error() -> None:
    body = write_header(Header(codec="jpeg", options={"quality": 0.25}, enhancer="default", weights="0" * 8, width=8))
    for length in range(len(body)):
        with pytest.raises(BitstreamError):
            read_header(body[:length])
    body = deflated(b'{"codec":"jpeg","width":768,"height":512}')
    for length in range(len(body)):
        with pytest.raises(BitstreamCorrupt):
            read_header_of_version_1(body[:length])


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
