"""The public surface: build, encode, decode, read, with all that a picture holds beside RGB."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import Site
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from pydantic import Field
from toys import (
    STRANGER,
    InvertingEnhancer,
    OracleEnhancer,
    ToyCodec,
    ToyEnhancer,
    ToyExtractor,
)

from jpadse_core import (
    BitstreamError,
    CodecError,
    Encoded,
    EnhancementChanged,
    EnhancementLost,
    EnhancerError,
    Hints,
    ImageError,
    LabelSet,
    Metadata,
    Picture,
    Pipeline,
    PluginBroken,
    PluginNotFound,
    Preference,
    RgbImage,
    SemanticMap,
    SemanticsError,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.builtin.jpeg import JpegCodec, JpegOptions
from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.builtin.png import PngOptions
from jpadse_core.decoding import decode_picture
from jpadse_core.distortion import psnr
from jpadse_core.downsampling import downsample_labels
from jpadse_core.parts import Parts

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TOY_PARTS = Parts(("enhancer", ToyEnhancer()))


def test_the_public_surface_is_exactly_this_simple(coffee: RgbImage) -> None:
    rgb = coffee
    pipeline = build_pipeline(codec="jpeg", semantics="deeplab")
    data = pipeline.encode(rgb, quality=10)
    picture = pipeline.decode(data, preference="distortion")
    assert picture.dtype == np.uint8
    assert picture.shape == rgb.shape
    assert np.array_equal(decode(data), picture)
    base = decode(data, enhance=False)
    assert psnr(rgb, picture) >= psnr(rgb, base)
    info = read_info(data)
    assert (info.codec, info.semantics, info.enhancer) == ("jpeg", "deeplab", "default")
    assert bytes(data)[:3] == b"\xff\xd8\xff"


def test_encoding_is_deterministic(pipeline: Pipeline, coffee: RgbImage) -> None:
    assert bytes(pipeline.encode(coffee)) == bytes(pipeline.encode(coffee))


def test_arrays_images_paths_and_pictures_encode_to_the_same_bytes(
    pipeline: Pipeline, coffee: RgbImage, tmp_path: Path
) -> None:
    path = tmp_path / "coffee.png"
    Image.fromarray(coffee).save(path)
    sources = (coffee, Image.fromarray(coffee), path, str(path), Picture(coffee))
    assert len({bytes(pipeline.encode(source)) for source in sources}) == 1


def test_the_result_is_bytes_and_knows_what_they_are_made_of(pipeline: Pipeline, coffee: RgbImage) -> None:
    data = pipeline.encode(coffee)
    assert isinstance(data, bytes)
    assert sum(data.sections.values()) == len(data)
    assert {"payload", "header", "label_map", "guide"} <= set(data.sections)
    assert data.bits_per_pixel == pytest.approx(len(data) * 8 / (99 * 131))
    assert data.label_map is not None
    assert data.label_map.labels.shape == (13, 17)
    assert {"codec", "semantics", "enhancement"} <= set(data.timings)
    assert all(seconds >= 0 for seconds in data.timings.values())
    assert data.base_psnr == pytest.approx(psnr(coffee, pipeline.decode(data, enhance=False)))
    assert data.enhanced_psnr == pytest.approx(psnr(coffee, pipeline.decode(data)))


def test_the_sections_told_by_encode_are_those_read_from_the_file(jpeg_se: Encoded) -> None:
    info = read_info(bytes(jpeg_se))
    assert {section.name: section.bytes for section in info.sections} == jpeg_se.sections
    assert sum(section.bytes for section in info.sections) == info.size == len(jpeg_se)
    assert all(section.intact for section in info.sections)


def test_info_names_codec_options_label_set_and_the_classes_that_occur(jpeg_se: Encoded) -> None:
    info = read_info(jpeg_se)
    assert (info.format, info.codec, info.options) == ("jpeg", "jpeg", {"quality": 10})
    assert (info.width, info.height, info.divisor) == (131, 99, 8)
    assert (info.enhancer, info.weights, info.semantics) == ("toy-blur", "70" * 4, "toy-bands")
    assert info.label_set == "stranger-5"
    assert jpeg_se.label_map is not None
    assert info.classes == tuple(STRANGER.classes[number] for number in np.unique(jpeg_se.label_map.labels))
    assert info.enhanced
    assert info.bits_per_pixel == pytest.approx(jpeg_se.bits_per_pixel)


def test_info_reads_paths_and_any_bytes_like(jpeg_se: Encoded, tmp_path: Path) -> None:
    path = tmp_path / "coffee.jpg"
    path.write_bytes(jpeg_se)
    assert read_info(path) == read_info(str(path)) == read_info(bytearray(jpeg_se)) == read_info(memoryview(jpeg_se))


def test_an_encoded_file_survives_pickling(jpeg_se: Encoded) -> None:
    back = pickle.loads(pickle.dumps(jpeg_se))
    assert back == jpeg_se
    assert back.sections == jpeg_se.sections


def test_decoding_needs_nothing_but_the_bytes(
    jpeg_se: Encoded, pipeline: Pipeline, toys_installed: Site, tmp_path: Path
) -> None:
    path = tmp_path / "coffee.jpg"
    path.write_bytes(jpeg_se)
    expected = pipeline.decode(jpeg_se)
    for source in (bytes(jpeg_se), bytearray(jpeg_se), memoryview(jpeg_se), path, str(path)):
        assert np.array_equal(decode(source), expected)


def test_without_enhancement_the_picture_is_the_plain_codecs(
    jpeg_se: Encoded, coffee: RgbImage, pipeline: Pipeline
) -> None:
    codec = JpegCodec()
    plain = codec.decode(codec.encode(coffee, JpegOptions(quality=10)))
    assert np.array_equal(decode(jpeg_se, enhance=False), plain)
    assert np.array_equal(pipeline.decode(jpeg_se, enhance=False), plain)
    assert not np.array_equal(pipeline.decode(jpeg_se), plain)


@pytest.mark.parametrize("quality", [1, 5, 40, 90])
def test_the_distortion_corner_is_never_below_the_plain_psnr(
    quality: int, coffee: RgbImage, astronaut: RgbImage, rocket: RgbImage
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    for enhancer in (ToyEnhancer(), InvertingEnhancer()):
        pipeline = build_pipeline("jpeg", ToyExtractor(), enhancer, quality=quality)
        for picture in (coffee, astronaut, rocket, noise):
            data = pipeline.encode(picture)
            assert psnr(picture, pipeline.decode(data)) >= psnr(picture, pipeline.decode(data, enhance=False))


def test_a_harmful_enhancer_is_switched_off_in_every_corner(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, InvertingEnhancer(), quality=10)
    data = pipeline.encode(coffee)
    for corner in ("distortion", "perception", "accuracy"):
        assert np.array_equal(pipeline.decode(data, corner), pipeline.decode(data, enhance=False))


def test_a_preference_is_a_name_a_triple_or_a_preference(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10, perception_guide=False)
    file = pipeline.encode(coffee)
    corners = {"perception": (1, 0, 0), "accuracy": (0, 1, 0), "distortion": (0, 0, 1)}
    pictures = []
    for name, shares in corners.items():
        picture = pipeline.decode(file, name)
        assert np.array_equal(picture, pipeline.decode(file, shares))
        assert np.array_equal(picture, pipeline.decode(file, Preference(*shares)))
        pictures.append(picture)
    assert not np.array_equal(pictures[0], pictures[2])


def test_the_enhancer_is_asked_for_the_point_that_the_caller_prefers(coffee: RgbImage) -> None:
    oracle = OracleEnhancer(coffee)
    pipeline = build_pipeline("jpeg", None, oracle, quality=10, perception_guide=False)
    pipeline.decode(pipeline.encode(coffee), (0.25, 0.25, 0.5))
    assert [asked[2] for asked in oracle.asked] == [Preference(0, 0, 1), Preference(0.25, 0.25, 0.5)]


@pytest.mark.parametrize(
    "wrong", ["beauty", (1, 1, 1), (0.5, 0.5), (2, -1, 0), (math.nan, 0, 1), (0, 0, 0), ("a", "b", "c")]
)
def test_a_preference_off_the_triangle_is_refused(pipeline: Pipeline, jpeg_se: Encoded, wrong: object) -> None:
    with pytest.raises(EnhancerError, match="preference"):
        pipeline.decode(jpeg_se, wrong)  # type: ignore[arg-type]


def test_encoder_and_decoder_tell_the_enhancer_the_same(coffee: RgbImage) -> None:
    oracle = OracleEnhancer(coffee)
    made_with = {"quality": 10, "subsampling": "4:4:4"}
    pipeline = build_pipeline("jpeg", ToyExtractor(), oracle, options=made_with, perception_guide=False)
    image = Image.fromarray(coffee)
    image.info["icc_profile"] = SRGB
    pipeline.decode(pipeline.encode(image))
    (sent, told, _), (received, heard, _) = oracle.asked
    assert told == heard
    assert told.codec == "jpeg"
    assert told.quality == pytest.approx(9 / 99)
    assert told.options == made_with
    assert sent is not None
    assert received is not None
    assert np.array_equal(sent.labels, received.labels)
    assert np.array_equal(sent.textures(), received.textures())


@pytest.mark.parametrize("divisor", [1, 2, 4, 8])
def test_the_map_arrives_without_loss_at_the_resolution_it_was_sent_at(divisor: int, astronaut: RgbImage) -> None:
    oracle = OracleEnhancer(astronaut)
    pipeline = build_pipeline("jpeg", ToyExtractor(), oracle, divisor=divisor, quality=10)  # type: ignore[arg-type]
    data = pipeline.encode(astronaut)
    pipeline.decode(data)
    received = oracle.asked[-1][0]
    assert received is not None
    assert data.label_map is not None
    assert received.labels.shape == (-(-192 // divisor), -(-176 // divisor))
    assert np.array_equal(received.labels, data.label_map.labels)


def test_the_map_is_the_extractors_of_the_original_picture(pipeline: Pipeline, coffee: RgbImage) -> None:
    sent = pipeline.encode(coffee).label_map
    assert sent is not None
    assert np.array_equal(sent.labels, downsample_labels(ToyExtractor().extract(coffee).labels, 8))


def test_a_divisor_off_the_list_is_refused() -> None:
    with pytest.raises(SemanticsError, match="divisor 3: choose from 1, 2, 4, 8"):
        build_pipeline("jpeg", None, None, divisor=3)  # type: ignore[arg-type]


def test_without_semantics_no_map_is_sent_and_the_file_is_still_enhanced(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, ToyEnhancer(), quality=10)
    data = pipeline.encode(coffee)
    assert data.label_map is None
    assert "label_map" not in data.sections
    assert read_info(data).semantics is None
    assert not np.array_equal(pipeline.decode(data), pipeline.decode(data, enhance=False))


def test_without_an_enhancer_the_file_is_the_plain_codecs(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", ToyExtractor(), None, quality=10).encode(coffee)
    assert bytes(data) == JpegCodec().encode(coffee, JpegOptions(quality=10))
    assert dict(data.sections) == {"payload": len(data)} or sum(data.sections.values()) == len(data)


def test_options_come_as_keywords_as_a_model_or_both(coffee: RgbImage) -> None:
    def encoded(pipeline: Pipeline, *options: JpegOptions, **keywords: object) -> bytes:
        return bytes(pipeline.encode(coffee, *options, **keywords))

    expected = JpegCodec().encode(coffee, JpegOptions(quality=10, progressive=True))
    made = (
        encoded(build_pipeline("jpeg", None, None, quality=10, progressive=True)),
        encoded(build_pipeline("jpeg", None, None, options=JpegOptions(quality=10, progressive=True))),
        encoded(build_pipeline("jpeg", None, None, options=JpegOptions(quality=80, progressive=True), quality=10)),
        encoded(build_pipeline("jpeg", None, None, progressive=True), quality=10),
        encoded(build_pipeline("jpeg", None, None), JpegOptions(quality=10), progressive=True),
        encoded(build_pipeline("jpeg", None, None, progressive=True), JpegOptions(quality=10)),
    )
    assert [data == expected for data in made] == [True] * len(made)


def test_an_unknown_or_wrong_option_is_refused_with_the_choices(pipeline: Pipeline, coffee: RgbImage) -> None:
    with pytest.raises(CodecError, match='codec "jpeg" has no option qualty: choose from quality, subsampling'):
        build_pipeline("jpeg", None, None, qualty=10)
    with pytest.raises(CodecError, match="quality=101: Input should be less than or equal to 100"):
        pipeline.encode(coffee, quality=101)
    with pytest.raises(CodecError, match="no option compression"):
        pipeline.encode(coffee, options=PngOptions(compression=3))


def test_a_component_that_is_not_there_or_is_none_is_refused() -> None:
    with pytest.raises(PluginNotFound, match='codec "jpg2" is not installed'):
        build_pipeline("jpg2", None, None)
    with pytest.raises(PluginBroken, match="ToyCodec is no enhancer: it lacks enhance"):
        build_pipeline("jpeg", None, ToyCodec())  # type: ignore[arg-type]


def test_none_by_its_name_is_no_extractor_and_no_enhancer(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", "none", "none")
    assert (pipeline.semantics, pipeline.enhancer) == (None, None)
    assert pipeline.encode(coffee) == build_pipeline("jpeg", None, None).encode(coffee)


@pytest.mark.parametrize("codec", [None, "none"])
def test_a_pipeline_without_a_codec_is_refused_with_what_to_name(codec: str | None) -> None:
    with pytest.raises(PluginNotFound, match='no pipeline without a codec: name one, such as "png"'):
        build_pipeline(codec, None, None)  # type: ignore[arg-type]


def test_a_codec_whose_parts_are_not_what_they_should_be_is_refused(coffee: RgbImage) -> None:
    class WithDict(ToyCodec):
        Options = dict  # type: ignore[assignment]

    class Misspelt(ToyCodec):
        carrier = SimpleNamespace(**dict.fromkeys(("recognise", "attach", "detach", "essence", "embed"), bytes))

    class OutOfRange(ToyCodec):
        def quality_of(self, data: bytes) -> float:
            return 7

    with pytest.raises(PluginBroken, match="WithDict is no codec: it lacks Options that are a pydantic model"):
        build_pipeline(WithDict(), None, None)
    with pytest.raises(PluginBroken, match="Misspelt is no codec: it lacks recognises of its carrier"):
        build_pipeline(Misspelt(), None, None)
    with pytest.raises(CodecError, match="quality_of returned 7 where a number from 0 to 1, or None, was due"):
        build_pipeline(OutOfRange(), None).encode(coffee)


def test_a_codec_in_hand_with_a_carrier_of_its_own_needs_no_installation(coffee: RgbImage) -> None:
    from jpadse_core import Detached

    class Tail:
        """Sidecar behind the payload."""

        def recognises(self, data: bytes) -> bool:
            return data[:4] == b"TAIL"

        def attach(self, payload: bytes, sidecar: bytes) -> bytes:
            return b"TAIL" + len(payload).to_bytes(4, "big") + payload[8:] + sidecar

        def detach(self, data: bytes) -> Detached:
            size = int.from_bytes(data[4:8], "big")
            sidecar = data[size:]
            return Detached(b"TAIL\0\0\0\0" + data[8:size], sidecar or None)

        def essence(self, payload: bytes) -> bytes:
            return payload

        def embed(self, payload: bytes, metadata: Metadata) -> bytes:
            return payload

    class TailCodec(ToyCodec):
        name = "tail"
        carrier = Tail()

        def encode(self, rgb: RgbImage, options: ToyCodec.Options) -> bytes:
            return b"TAIL\0\0\0\0" + super().encode(rgb, options)

        def decode(self, data: bytes) -> RgbImage:
            return super().decode(data[8:])

    pipeline = build_pipeline(TailCodec(), ToyExtractor(), ToyEnhancer(), shift=6)
    data = pipeline.encode(coffee)
    assert data.startswith(b"TAIL")
    assert psnr(coffee, pipeline.decode(data)) > psnr(coffee, pipeline.decode(data, enhance=False))


class SecretiveCodec(ToyCodec):
    name = "secretive"

    class Options(ToyCodec.Options):
        drop_from: Path = Field(Path("none"), exclude=True)

    def encode(self, rgb: RgbImage, options: Options) -> bytes:
        return super().encode(rgb, options.model_copy(update={"shift": int(options.drop_from.read_text())}))


def test_an_option_that_the_model_leaves_out_of_its_dump_reaches_the_codec_but_not_the_file(
    coffee: RgbImage, tmp_path: Path
) -> None:
    (tmp_path / "shift").write_text("5")
    data = build_pipeline(SecretiveCodec(), None, None, drop_from=tmp_path / "shift").encode(coffee)
    info = read_info(data, Parts(("codec", SecretiveCodec())))
    assert data.endswith(ToyCodec().encode(coffee, ToyCodec.Options(shift=5)))
    assert info.options == {}


class FailingExtractor(ToyExtractor):
    def extract(self, rgb: RgbImage) -> SemanticMap:
        raise ZeroDivisionError("no pixels today")


class SmallExtractor(ToyExtractor):
    def extract(self, rgb: RgbImage) -> SemanticMap:
        return SemanticMap(np.zeros((2, 2), np.uint8), LabelSet("one", ("a",), ("sky",)))


class StrangeExtractor(ToyExtractor):
    """Its brightest class is no class: the id is 255."""

    def __init__(self, void: int | None) -> None:
        self.labels = replace(STRANGER, void=void)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        ids = super().extract(rgb).labels
        return SemanticMap(np.where(ids == ids.max(), 255, ids).astype(np.uint8), self.labels)


class FailingEnhancer(ToyEnhancer):
    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        raise ZeroDivisionError("no pixels today")


class SmallEnhancer(ToyEnhancer):
    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        return rgb[:2]


class FloatCodec(ToyCodec):
    def decode(self, data: bytes) -> RgbImage:
        return super().decode(data).astype(np.float32)  # type: ignore[return-value]


class FailingCodec(ToyCodec):
    def encode(self, rgb: RgbImage, options: ToyCodec.Options) -> bytes:
        raise ZeroDivisionError("no pixels today")


@pytest.mark.parametrize("void", [None, 254])
def test_an_id_that_is_neither_a_class_nor_the_declared_void_is_refused(coffee: RgbImage, void: int | None) -> None:
    declared = "no void" if void is None else f"void {void}"
    told = f'extractor "toy-bands" returned the id 255, and "stranger-5" has classes 0 to 4 and {declared}: choose'
    with pytest.raises(SemanticsError, match=told):
        build_pipeline("jpeg", StrangeExtractor(void), ToyEnhancer()).encode(coffee)


def test_the_declared_void_is_sent(coffee: RgbImage) -> None:
    file = build_pipeline("jpeg", StrangeExtractor(255), ToyEnhancer(), divisor=1).encode(coffee)
    assert file.label_map is not None
    assert 255 in file.label_map.labels


def test_what_goes_wrong_in_a_component_is_a_typed_error_with_its_name(
    coffee: RgbImage, pipeline: Pipeline, jpeg_se: Encoded
) -> None:
    with pytest.raises(SemanticsError, match='extractor "toy-bands" failed: ZeroDivisionError: no pixels today'):
        build_pipeline("jpeg", FailingExtractor(), ToyEnhancer()).encode(coffee)
    with pytest.raises(SemanticsError, match='extractor "toy-bands" returned a map of'):
        build_pipeline("jpeg", SmallExtractor(), ToyEnhancer()).encode(coffee)
    with pytest.raises(EnhancerError, match='enhancer "toy-blur" failed: ZeroDivisionError'):
        build_pipeline("jpeg", None, FailingEnhancer()).encode(coffee)
    with pytest.raises(EnhancerError, match='enhancer "toy-blur" returned'):
        build_pipeline("jpeg", None, SmallEnhancer()).encode(coffee)
    with pytest.raises(CodecError, match='codec "toy" failed: ZeroDivisionError'):
        build_pipeline(FailingCodec(), None, None).encode(coffee)
    with pytest.raises(CodecError, match='codec "toy" returned float32'):
        build_pipeline(FloatCodec(), None, None).encode(coffee)
    with pytest.warns(EnhancementLost, match='not enhanced: enhancer "toy-blur" failed: ZeroDivisionError'):
        build_pipeline("jpeg", None, FailingEnhancer()).decode(jpeg_se)
    with pytest.warns(EnhancementLost, match='not enhanced: enhancer "toy-blur" returned'):
        build_pipeline("jpeg", None, SmallEnhancer()).decode(jpeg_se)


def test_an_extractor_that_fails_in_the_decoder_is_a_typed_error(coffee: RgbImage) -> None:
    data = JpegCodec().encode(coffee, JpegOptions())
    pipeline = build_pipeline("jpeg", None, ToyEnhancer())
    with pytest.raises(SemanticsError, match="toy-bands"):
        pipeline.decode(data, semantics=FailingExtractor())


def test_other_weights_than_the_files_are_told(jpeg_se: Encoded) -> None:
    newer = ToyEnhancer()
    newer.digest = "99" * 32
    with pytest.warns(EnhancementChanged, match='weights 9{8} of "toy-blur", the file was measured with (70){4}'):
        build_pipeline("jpeg", None, newer).decode(jpeg_se)


@pytest.mark.parametrize("codec", ["jpeg", "png"])
def test_alpha_icc_and_exif_survive(codec: str, coffee: RgbImage) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    image = Image.fromarray(coffee)
    image.putalpha(Image.fromarray(coffee[..., 1]))
    image.info |= {"icc_profile": SRGB, "exif": exif.tobytes(), "xmp": b"<x:xmpmeta/>"}
    data = build_pipeline(codec, ToyExtractor(), ToyEnhancer()).encode(image)
    assert sum(data.sections.values()) == len(data)
    for enhance in (True, False):
        picture = decode_picture(data, enhance=enhance, parts=TOY_PARTS)
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, coffee[..., 1])
        assert picture.metadata == Metadata(SRGB, exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")


@pytest.mark.parametrize("enhancer", [None, ToyEnhancer()])
def test_alpha_and_greyness_survive_with_and_without_an_enhancer(
    coffee: RgbImage, enhancer: ToyEnhancer | None
) -> None:
    image = Image.fromarray(coffee[..., 0])
    image.putalpha(Image.fromarray(coffee[..., 1]))
    picture = decode_picture(build_pipeline("jpeg", None, enhancer).encode(image), parts=TOY_PARTS)
    assert picture.grey
    assert (picture.rgb[..., :1] == picture.rgb).all()
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, coffee[..., 1])
    assert decode_picture(build_pipeline("jpeg", None, enhancer).encode(coffee[..., 0]), parts=TOY_PARTS).grey


def test_an_exif_rotated_photograph_is_encoded_upright(pipeline: Pipeline, coffee: RgbImage, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.png"
    Image.fromarray(coffee).save(path, exif=exif.tobytes())
    data = pipeline.encode(path)
    assert bytes(data) == bytes(pipeline.encode(np.ascontiguousarray(np.rot90(coffee, -1))))


@pytest.mark.parametrize("codec", ["jpeg", "png"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (3, 2), (65, 127)])
def test_pictures_of_every_size(codec: str, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    pipeline = build_pipeline(codec, ToyExtractor(), ToyEnhancer())
    data = pipeline.encode(picture)
    assert pipeline.decode(data).shape == picture.shape
    assert sum(data.sections.values()) == len(data)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_lossless_codec_stays_lossless(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    pipeline = build_pipeline("png", ToyExtractor(), ToyEnhancer())
    assert np.array_equal(pipeline.decode(pipeline.encode(picture)), picture)


def test_a_side_beyond_jpegs_limit_is_refused() -> None:
    with pytest.raises(CodecError, match="at most 65500 pixels a side"):
        build_pipeline("jpeg", None, None).encode(np.zeros((1, 65_501, 3), np.uint8))


def test_a_picture_that_cannot_be_read_is_refused_with_its_name(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a picture")
    with pytest.raises(ImageError, match=r"notes\.txt: is not a picture"):
        pipeline.encode(path)
    with pytest.raises(ImageError, match=r"absent\.jpg: cannot be read"):
        decode(tmp_path / "absent.jpg")


def test_the_caller_s_array_is_not_touched(pipeline: Pipeline, coffee: RgbImage) -> None:
    mine = coffee.copy()
    pipeline.encode(mine)
    assert np.array_equal(mine, coffee)


def test_a_kodak_picture_gains_at_least_a_decibel_fraction_with_the_default(kodak_picture: Path) -> None:
    with Image.open(kodak_picture) as image:
        crop = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:256, :384])
    data = build_pipeline("jpeg", "deeplab", quality=10).encode(crop)
    assert data.base_psnr is not None
    assert data.enhanced_psnr is not None
    assert data.enhanced_psnr > data.base_psnr + 0.4


@pytest.mark.parametrize(("perception_guide", "most"), [(False, 40), (True, 72)])
def test_a_sidecar_without_a_map_takes_few_bytes_of_a_jpeg(perception_guide: bool, most: int) -> None:
    from skimage import data

    encoded = build_pipeline("jpeg", None, quality=5, perception_guide=perception_guide).encode(data.coffee())
    assert len(encoded) - len(JpegCarrier().detach(encoded).payload) < most
    assert encoded.sections["header"] == 10 + perception_guide  # the length of the head
    assert encoded.sections["guide"] > 4  # 70 tiles of several levels


@pytest.mark.parametrize("reader", [decode, read_info])
def test_errors_carry_the_name_of_a_file_that_is_given_by_its_path(
    reader: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "notes.jpg", Path("is")):
        monkeypatch.chdir(tmp_path)
        path.write_bytes(b"no picture")
        with pytest.raises(BitstreamError, match=rf"^{re.escape(str(path))}: is not a file of any installed codec"):
            reader(path)


def test_warnings_do_as_well(jpeg_se: Encoded, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(bytes(jpeg_se))  # whose enhancer is not installed
    with pytest.warns(EnhancementLost, match=rf"^{re.escape(str(path))}: the picture is not enhanced"):
        decode(path)


def test_an_extractor_is_not_looked_for_where_nothing_is_enhanced(jpeg_se: Encoded) -> None:
    assert decode(bytes(jpeg_se), enhance=False, semantics="nonesuch").dtype == np.uint8
