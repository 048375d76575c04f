"""Components that misbehave, and files that were made to harm: typed errors, and nobody else is harmed."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from conftest import Site
from PIL import Image
from test_damage import essence_of, lost, sections_of, with_sidecar
from toys import ToyEnhancer, ToyExtractor

from jpadse_core import (
    BitstreamCorrupt,
    Encoded,
    EnhancementLost,
    ImageError,
    LabelSet,
    Metadata,
    PluginBroken,
    RgbImage,
    SemanticMap,
    SemanticsError,
    build_pipeline,
    decode,
    decode_picture,
    read_info,
)
from jpadse_core.bitstream.header import read_header, read_header_of_version_1
from jpadse_core.bitstream.label_map import decode_labels, encode_labels
from jpadse_core.bitstream.sections import Tag, write_sections
from jpadse_core.bitstream.varint import write_varint
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.cli.streams import write_output
from jpadse_core.plugins.loading import load


class Scribbler(ToyEnhancer):
    """Writes into the picture that it is given."""

    def enhance(self, rgb: RgbImage, *_: object) -> RgbImage:
        rgb[:] = 0
        return rgb


def test_an_enhancer_that_writes_into_its_input_harms_nothing(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, Scribbler(), quality=20)
    data = pipeline.encode(coffee)
    assert data.base_psnr is not None
    assert data.base_psnr > 20
    assert data.enhanced_psnr is not None
    assert data.enhanced_psnr >= data.base_psnr


def test_a_map_in_another_label_set_than_declared_is_refused(coffee: RgbImage) -> None:
    class Liar(ToyExtractor):
        def extract(self, rgb: RgbImage) -> SemanticMap:
            return SemanticMap(np.zeros(rgb.shape[:2], np.uint8), LabelSet("other", ("x",), ("sky",)))

    with pytest.raises(SemanticsError, match="not in the label set it declares"):
        build_pipeline("jpeg", Liar(), ToyEnhancer()).encode(coffee)


class SmoothCodec(JpegCodec):
    """A JPEG encoder of another name, whose decoder makes other pixels of the same file."""

    name = "smooth"

    def decode(self, data: bytes) -> RgbImage:
        return 255 - super().decode(data)


def test_a_file_is_decoded_by_the_codec_that_its_header_names(site: Site, coffee: RgbImage) -> None:
    source = "from test_strangers import SmoothCodec"
    site.install(
        "jpadse-plugin-smooth", {"jpadse.codecs": {"smooth": "smooth_codec:SmoothCodec"}}, {"smooth_codec": source}
    )
    data = build_pipeline("smooth", None, ToyEnhancer(), quality=30).encode(coffee)
    assert np.array_equal(decode(data, enhance=False), 255 - JpegCodec().decode(data))


def test_a_file_whose_codec_is_not_installed_still_gives_the_formats_picture(coffee: RgbImage) -> None:
    data = build_pipeline(SmoothCodec(), None, ToyEnhancer(), quality=30).encode(coffee)
    with pytest.warns(EnhancementLost, match='codec "smooth" is not installed'):
        assert np.array_equal(decode(data), JpegCodec().decode(data))


@pytest.mark.parametrize("broken", ["recognises", "quality_of"])
def test_a_stranger_that_raises_is_its_own_error(site: Site, coffee: RgbImage, broken: str) -> None:
    source = (
        "from jpadse_core.builtin.jpeg import JpegCodec\n"
        "from jpadse_core.builtin.jpeg_carrier import JpegCarrier\n"
        "class Carrier(JpegCarrier):\n    def recognises(self, data):\n        raise RuntimeError('no')\n"
        "class Codec(JpegCodec):\n    name = 'angry'\n    carrier = Carrier()\n"
    )
    if broken == "quality_of":
        source += "    def quality_of(self, data):\n        raise KeyError('no')\n"
    site.install("angry", {"jpadse.codecs": {"angry": "angry_codec:Codec"}}, {"angry_codec": source})
    with pytest.raises(Exception, match="is not a file of any installed codec"):
        decode(b"hello world")
    assert read_info(build_pipeline("jpeg", None, None).encode(coffee)).codec == "jpeg"


def test_a_component_that_calls_itself_otherwise_is_broken(site: Site) -> None:
    source = "from jpadse_core.builtin.jpeg import JpegCodec\nclass Codec(JpegCodec):\n    name = 'other-name'\n"
    site.install("misnamed", {"jpadse.codecs": {"entry": "misnamed_codec:Codec"}}, {"misnamed_codec": source})
    with pytest.raises(PluginBroken, match='it calls itself "other-name"'):
        load("codec", "entry")


def test_a_command_that_is_no_click_command_is_broken(site: Site) -> None:
    site.install("plain", {"jpadse.commands": {"hello": "plain_command:run"}}, {"plain_command": "def run(): pass\n"})
    with pytest.raises(PluginBroken, match="no click command"):
        load("command", "hello")


@pytest.mark.parametrize("name", ["", "two words", "line\nbreak", "x" * 101])
def test_a_name_that_no_file_could_hold_is_refused(name: str) -> None:
    codec = type("Codec", (JpegCodec,), {"name": name})()
    with pytest.raises(PluginBroken, match="cannot be the name of a codec"):
        build_pipeline(codec, None, None)


def test_a_class_where_an_instance_is_due_is_refused() -> None:
    with pytest.raises(PluginBroken, match="give an instance"):
        build_pipeline(JpegCodec, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, 5, io.BytesIO(b"x"), "a\0b"])
def test_what_is_no_file_is_refused(source: object) -> None:
    with pytest.raises(ImageError):
        decode(source)  # type: ignore[arg-type]


def test_a_map_of_floats_is_corrupt() -> None:
    floats = imagecodecs.jpegxl_encode(np.zeros((8, 8), np.float32), lossless=True)
    if floats[:2] != b"\xff\x0a":
        pytest.skip("this libjxl wraps floats in a container")
    prefix = bytes([2]) + b"".join(map(write_varint, (8, 8, 2, 0, 1)))
    with pytest.raises(BitstreamCorrupt):
        decode_labels(prefix + floats, (8, 8))


def test_info_reads_no_classes_of_a_huge_map_that_is_not_of_its_pictures_size(jpeg_se: Encoded) -> None:
    import tracemalloc

    bodies = {Tag(section.tag): section.body for section in sections_of(jpeg_se)}
    bodies[Tag.LABEL_MAP] = encode_labels(np.zeros((1024, 1024), np.uint8))[:1] + b"".join(
        map(write_varint, (1 << 14, 1 << 14, 1, 2))
    )
    hostile = with_sidecar(jpeg_se, write_sections(bodies, essence_of(jpeg_se)))
    tracemalloc.start()
    info = read_info(hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert info.classes == ()
    assert peak < 4 << 20
    lost(hostile)


def test_an_alpha_plane_is_a_grey_png_of_the_pictures_size_or_nothing(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", None, ToyEnhancer()).encode(np.dstack([coffee, coffee[..., 0]]))
    bodies = {Tag(section.tag): section.body for section in sections_of(data)}
    for image, format_name in (
        (Image.fromarray(coffee[..., 0]), "BMP"),
        (Image.fromarray(coffee), "PNG"),
        (Image.new("L", (3000, 3000)), "PNG"),
    ):
        target = io.BytesIO()
        image.save(target, format_name)
        hostile = with_sidecar(data, write_sections({**bodies, Tag.ALPHA: target.getvalue()}, essence_of(data)))
        with pytest.warns(EnhancementLost, match="alpha plane"):
            assert decode_picture(hostile, enhance=False).alpha is None


@pytest.mark.parametrize(
    "field", ['"codec":"a\\u001b[31m"', '"codec":"jpeg","codec_distribution":"--index-url http://x"']
)
def test_a_header_cannot_put_words_into_jpadses_mouth(field: str) -> None:
    from test_header import brief, deflated

    text = ("{" + field + ',"width":3,"height":2}').encode()
    with pytest.raises(BitstreamCorrupt):
        read_header(brief(text))
    with pytest.raises(BitstreamCorrupt):
        read_header_of_version_1(deflated(text))


def test_bytes_behind_the_end_of_a_jpeg_cost_nothing(jpeg_se: Encoded) -> None:
    info = read_info(bytes(jpeg_se) + b"appended by a mailer \xff\xd9")
    assert info.enhanced
    assert not info.damage


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write_output(str(pipe), b"through the pipe")
    reader.join(timeout=10)
    assert received == [b"through the pipe"]
    assert pipe.is_fifo()


def test_a_link_stays_a_link_and_its_target_gets_the_bytes(tmp_path: Path) -> None:
    target, link = tmp_path / "target.jpg", tmp_path / "link.jpg"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_output(str(link), b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipeline_without_an_enhancer_does_not_enhance(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, None, quality=10)
    data = pipeline.encode(coffee)
    assert np.array_equal(pipeline.decode(data), decode(data, enhance=False))


def test_every_hook_is_called_though_one_raises(site: Site, coffee: RgbImage) -> None:
    raising = "from jpadse_core import hookimpl\n@hookimpl\ndef jpadse_encoded(encoded):\n    1/0\n"
    seeing = (
        "from jpadse_core import hookimpl\nseen = []\n@hookimpl\ndef jpadse_encoded(encoded):\n    seen.append(1)\n"
    )
    for name, source in (("aa", raising), ("mm", seeing), ("zz", raising)):
        site.install(f"hooks-{name}", {"jpadse.hooks": {name: f"hooks_{name}"}}, {f"hooks_{name}": source})
    with pytest.warns(RuntimeWarning, match="ZeroDivisionError"):
        build_pipeline("jpeg", None, None).encode(coffee)
    import hooks_mm  # type: ignore[import-not-found]

    assert hooks_mm.seen == [1]


def test_a_strangers_metric_is_a_column_of_compare(
    site: Site, coffee: RgbImage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from jpadse_core.cli.main import main

    source = (
        "class Metric:\n    name = 'bias'\n    unit = ''\n    higher_is_better = False\n"
        "    def measure(self, reference, distorted):\n        return 42.0\n"
    )
    site.install("jpadse-plugin-bias", {"jpadse.metrics": {"bias": "bias_metric:Metric"}}, {"bias_metric": source})
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    arguments = ["compare", str(tmp_path / "photo.png"), "-o", str(tmp_path / "panel.png"), "-q", "10"]
    main([*arguments, "--semantics", "none", "--json"])
    assert '"bias": 42.0' in capsys.readouterr().out


def test_an_orientation_that_another_tool_adds_turns_the_alpha_plane_too(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", None, ToyEnhancer()).encode(np.dstack([coffee, coffee[..., 0]]))
    exif = Image.Exif()
    exif[0x112] = 6
    turned = decode_picture(
        JpegCodec.carrier.embed(data, Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"))), enhance=False
    )
    assert turned.alpha is not None
    assert np.array_equal(turned.alpha, np.rot90(coffee[..., 0], -1))
    assert turned.rgb.shape[:2] == turned.alpha.shape
