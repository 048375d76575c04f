"""Hooks, used as a stranger's installed plugin uses them."""

from __future__ import annotations

import sys
import textwrap
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from conftest import Site
from toys import ToyEnhancer, ToyExtractor, blurred

from jpadse_core import (
    Encoded,
    MetadataLost,
    PluginBroken,
    RgbImage,
    TargetSize,
    build_pipeline,
    decode,
    decode_picture,
    read_info,
)
from jpadse_core.bitstream.private import read_private, write_private
from jpadse_core.bitstream.sections import Tag, read_sections, write_sections
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover

Install = Callable[..., None]


@pytest.fixture
def hooked(site: Site) -> Install:
    """Install a distribution whose only module is of hooks."""

    def install(source: str, name: str = "stranger") -> None:
        head = "from dataclasses import replace\nimport numpy as np\nfrom jpadse_core import hookimpl\n"
        module = f"{name}_hooks"
        site.install(name, {"jpadse.hooks": {name: module}}, {module: head + textwrap.dedent(source)})

    return install


INVERTED = """
    @hookimpl
    def jpadse_before_encode(picture):
        return replace(picture, rgb=255 - picture.rgb)
"""


def test_a_picture_is_encoded_as_a_hook_left_it(hooked: Install, coffee: RgbImage) -> None:
    hooked(INVERTED)
    assert np.array_equal(decode(build_pipeline("png", None, None).encode(coffee)), 255 - coffee)


def test_hooks_before_encoding_see_what_the_others_made(hooked: Install, coffee: RgbImage) -> None:
    hooked(INVERTED, "one")
    hooked(INVERTED, "two")
    assert np.array_equal(decode(build_pipeline("png", None, None).encode(coffee)), coffee)


@pytest.mark.parametrize(
    "answer", ["picture.rgb", "replace(picture, rgb=picture.rgb[:-1])", "replace(picture, alpha=picture.rgb)", "5"]
)
def test_a_hook_that_answers_with_another_thing_is_a_warning(hooked: Install, coffee: RgbImage, answer: str) -> None:
    hooked(f"@hookimpl\ndef jpadse_before_encode(picture):\n    return {answer}\n")
    with pytest.warns(RuntimeWarning, match='jpadse_before_encode of "stranger:stranger" answered with something else'):
        data = build_pipeline("png", None, None).encode(coffee)
    assert np.array_equal(decode(data), coffee)


def test_a_file_can_be_unwrapped_before_it_is_decoded(hooked: Install, coffee: RgbImage) -> None:
    hooked(
        """
        @hookimpl
        def jpadse_before_decode(data):
            return data.removeprefix(b"ENVELOPE") if data.startswith(b"ENVELOPE") else None
        """
    )
    data = build_pipeline("png", None, None).encode(coffee)
    assert np.array_equal(decode(b"ENVELOPE" + data), coffee)
    assert np.array_equal(decode(data), coffee)


CHOOSING = """
    asked = []

    @hookimpl
    def jpadse_choose_enhancer(codec, hints):
        asked.append((codec, hints.quality))
        return "jpadse-plugin-toys:toy-blur" if codec == "jpeg" else None
"""


def test_a_hook_chooses_the_enhancer_of_plain_files(hooked: Install, toys_installed: Site, coffee: RgbImage) -> None:
    hooked(CHOOSING)
    codec = JpegCodec()
    plain = codec.encode(coffee, codec.Options(quality=20))
    assert np.array_equal(decode(plain), blurred(codec.decode(plain)))
    assert sys.modules["stranger_hooks"].asked == [("jpeg", codec.quality_of(plain))]


def test_what_a_file_was_made_with_goes_before_a_hooks_choice(
    hooked: Install, toys_installed: Site, jpeg_se: Encoded
) -> None:
    before = decode(jpeg_se)
    hooked(CHOOSING.replace("toy-blur", "toy-invert"))
    assert np.array_equal(decode(jpeg_se), before)


def test_an_enhancer_that_is_not_installed_is_a_warning_and_the_next_is_asked(
    hooked: Install, toys_installed: Site, coffee: RgbImage
) -> None:
    hooked("@hookimpl(tryfirst=True)\ndef jpadse_choose_enhancer():\n    return 'no-such-enhancer'\n", "first")
    hooked(CHOOSING)
    codec = JpegCodec()
    plain = codec.encode(coffee, codec.Options(quality=20))
    with pytest.warns(RuntimeWarning, match='jpadse_choose_enhancer of "first:first": enhancer "no-such-enhancer"'):
        assert np.array_equal(decode(plain), blurred(codec.decode(plain)))


PROVENANCE = """
    seen = []

    @hookimpl
    def jpadse_sections(picture, codec):
        return {"example.org/provenance": f"{codec} {picture.rgb.shape[1]}".encode()}

    @hookimpl
    def jpadse_decoded(sections):
        seen.append(dict(sections))
"""


@pytest.mark.parametrize("codec", ["jpeg", "png", "toy"])
@pytest.mark.parametrize("enhancer", [None, "toy-blur"])
def test_a_section_of_a_hook_comes_back_and_every_byte_of_it_is_counted(
    hooked: Install, toys_installed: Site, coffee: RgbImage, codec: str, enhancer: str | None
) -> None:
    hooked(PROVENANCE)
    data = build_pipeline(codec, None, enhancer).encode(coffee)
    assert sum(data.sections.values()) == len(data)
    assert data.sections["private:example.org/provenance"] > len(b"jpeg 131")
    picture = decode_picture(data)
    assert picture.private == {"example.org/provenance": f"{codec} 131".encode()}
    assert sys.modules["stranger_hooks"].seen == [picture.private]
    info = read_info(data)
    assert info.damage == ""
    assert "private:example.org/provenance" in {section.name for section in info.sections}


def test_who_does_not_have_the_plugin_sees_the_same_picture(hooked: Install, coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10)
    without = pipeline.decode(pipeline.encode(coffee))
    from jpadse_core.plugins.hooks import hooks

    hooks.cache_clear()
    hooked(PROVENANCE)
    assert np.array_equal(pipeline.decode(pipeline.encode(coffee)), without)


@pytest.mark.parametrize(
    "answer",
    [
        "{'a b': b''}",
        "{'': b''}",
        "{'a': 'text'}",
        "[1]",
        "{5: b''}",
        "{'x' * 101: b''}",
        "{'a\\x1b': b''}",
        "{'a\\ud800': b''}",
    ],
)
def test_sections_that_are_none_are_a_warning(hooked: Install, coffee: RgbImage, answer: str) -> None:
    hooked(f"@hookimpl\ndef jpadse_sections():\n    return {answer}\n")
    with pytest.warns(RuntimeWarning, match="something else than names and bytes"):
        data = build_pipeline("png", None, None).encode(coffee)
    assert decode_picture(data).private == {}


def test_two_plugins_cannot_use_one_name_for_a_section(hooked: Install, coffee: RgbImage) -> None:
    for name in ("one", "two"):
        hooked(f"@hookimpl\ndef jpadse_sections():\n    return {{'same': b'{name}'}}\n", name)
    with pytest.warns(RuntimeWarning, match='the file has a section "same" already'):
        data = build_pipeline("png", None, None).encode(coffee)
    assert len(decode_picture(data).private) == 1


def test_a_damaged_private_section_costs_itself_and_nothing_else(hooked: Install, coffee: RgbImage) -> None:
    hooked(PROVENANCE)
    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10)
    data = pipeline.encode(coffee)
    damaged = bytes(data).replace(b"provenance", b"pr\xf6venance")
    with pytest.warns(MetadataLost, match="private: damaged and left out"):
        picture = decode_picture(damaged, parts=pipeline._parts)
    assert picture.enhanced
    assert picture.private == {}
    assert np.array_equal(picture.rgb, pipeline.decode(data))


def test_a_private_section_has_the_documented_layout() -> None:
    sidecar = write_sections({"a/b": b"content"})
    (section,) = read_sections(sidecar)
    assert section.tag == Tag.PRIVATE == 255
    assert section.body == b"\x03a/bcontent" == write_private("a/b", b"content")
    assert read_private(section.body) == ("a/b", b"content")


@pytest.mark.parametrize("body", [b"", b"\x05ab", b"\x01\xff", b"\x02a\x07", b"\x00"])
def test_a_private_section_with_a_bad_name_is_left_out_and_called_private(body: bytes) -> None:
    from jpadse_core.bitstream.private import private_label
    from jpadse_core.errors import BitstreamError

    assert private_label(body) == "private"
    with pytest.raises(BitstreamError):
        read_private(body)


def test_hooks_are_listed_and_checked_like_components(hooked: Install) -> None:
    hooked(INVERTED, "good")
    hooked("@hookimpl\ndef jpadse_before_encoding(picture):\n    pass\n", "misnamed")
    hooked("@hookimpl\ndef jpadse_encoded(picture):\n    pass\n", "misargued")
    hooked("", "empty")
    found = {component.name: checked(component) for component in discover("hook")}
    assert found["good"].status == "ok"
    assert {found[name].status for name in ("misnamed", "misargued", "empty")} == {"broken"}
    assert "jpadse_before_encoding" in found["misnamed"].cause
    assert "picture" in found["misargued"].cause
    assert "hookimpl" in found["empty"].cause


def test_strict_mode_raises_what_would_be_a_warning(
    hooked: Install, coffee: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_STRICT_PLUGINS", "1")
    hooked("@hookimpl\ndef jpadse_before_decode(data):\n    return 1\n")
    data = build_pipeline("png", None, None).encode(coffee)
    with pytest.raises(PluginBroken, match="jpadse_before_decode"), warnings.catch_warnings():
        decode(data)


def test_a_hook_that_raises_costs_no_picture_at_any_border(hooked: Install, coffee: RgbImage) -> None:
    names = ("before_encode", "sections", "encoded", "before_decode", "decoded")
    hooked("".join(f"@hookimpl\ndef jpadse_{name}():\n    1/0\n" for name in names))
    pipeline = build_pipeline("png", None, None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert np.array_equal(decode(pipeline.encode(coffee)), coffee)
    assert [str(warning.message).split(" ")[0] for warning in caught] == [f"jpadse_{name}" for name in names]


def test_sections_of_two_plugins_are_both_there(hooked: Install, coffee: RgbImage) -> None:
    for name in ("one", "two"):
        hooked(f"@hookimpl\ndef jpadse_sections():\n    return {{'of-{name}': b'{name}'}}\n", name)
    data = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer()).encode(coffee)
    assert decode_picture(data, enhance=False).private == {"of-one": b"one", "of-two": b"two"}


def test_what_was_encoded_and_decoded_is_told_once_each(hooked: Install, coffee: RgbImage) -> None:
    hooked("""
        told = []

        @hookimpl
        def jpadse_encoded(encoded):
            told.append(bytes(encoded))

        @hookimpl
        def jpadse_decoded(picture, sections):
            told.append((picture.copy(), dict(sections), picture.flags.writeable))
    """)
    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer())
    data = pipeline.encode(coffee, target=TargetSize(9000))
    shown = pipeline.decode(data)
    attached = pipeline.attach(build_pipeline("jpeg", None, None).encode(coffee), coffee)
    encoded, (picture, sections, writeable), plain, again = sys.modules["stranger_hooks"].told
    assert encoded == data
    assert np.array_equal(picture, shown)
    assert (sections, writeable) == ({}, False)
    assert len(plain) < len(again)
    assert again == attached
