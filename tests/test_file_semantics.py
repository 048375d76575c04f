"""Semantics that are sent, derived on both sides or left out, and maps that are weighed against their bytes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished, Site
from PIL import Image
from toys import STRANGER, ToyCodec, ToyEnhancer, ToyExtractor, blurred

from jpadse_core import (
    EnhancementChanged,
    EnhancementLost,
    EnhancerError,
    Hints,
    Pipeline,
    Preference,
    RgbImage,
    SemanticMap,
    SemanticsError,
    TargetSize,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.bitstream.header import read_header, write_header
from jpadse_core.bitstream.sections import Tag, read_sections, write_sections
from jpadse_core.builtin.default_enhancer import DefaultEnhancer
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.builtin.jpeg_carrier import JpegCarrier
from jpadse_core.distortion import psnr, squared_error
from jpadse_core.interfaces.label_sets import CITYSCAPES_19
from jpadse_core.interfaces.labels import TEXTURES


class DigestedExtractor(ToyExtractor):
    """Says which weights it has."""

    digest = "ab" * 32


class CountingEnhancer(ToyEnhancer):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.calls += 1
        return super().enhance(rgb, semantics, hints, preference)


class MapLover(CountingEnhancer):
    """Blurs only where a map tells it that there is no sky."""

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.calls += 1
        return rgb if semantics is None else blurred(rgb)


class MapHater(CountingEnhancer):
    """Does its best work without a map."""

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.calls += 1
        return blurred(rgb) if semantics is None else rgb


class RoadFan(CountingEnhancer):
    """Has a use for maps of more than a given share of road."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def why_needless(self, semantics: SemanticMap) -> str:
        road = float((semantics.textures() == TEXTURES.index("road")).mean())
        return "" if road > self.least else "too little road"


def toy_pipeline(
    source: str = "transmitted",
    rate: float | None = None,
    quality: int = 10,
    enhancer: object = None,
    divisor: int = 8,
) -> Pipeline:
    return build_pipeline(
        "jpeg",
        DigestedExtractor(),
        enhancer or ToyEnhancer(),  # type: ignore[arg-type]
        divisor=divisor,  # type: ignore[arg-type]
        semantics_source=source,  # type: ignore[arg-type]
        semantics_rate=rate,
        perception_guide=False,
        quality=quality,
    )


class TestDerived:
    """Encoder-decoder matched semantics."""

    @pytest.mark.parametrize("quality", [5, 40])
    def test_the_decoder_shows_exactly_what_the_encoder_measured(
        self, quality: int, coffee: RgbImage, astronaut: RgbImage
    ) -> None:
        for picture in (coffee, astronaut):
            pipeline = toy_pipeline("derived", quality=quality)
            data = pipeline.encode(picture)
            assert data.base_psnr == psnr(picture, pipeline.decode(data, enhance=False))
            assert data.enhanced_psnr == psnr(picture, pipeline.decode(data))
            assert data.enhanced_psnr >= data.base_psnr

    def test_the_map_is_that_of_the_decoded_picture_at_the_divisors_resolution(self, coffee: RgbImage) -> None:
        pipeline = toy_pipeline("derived")
        data = pipeline.encode(coffee)
        assert data.label_map is not None
        assert data.label_map.labels.shape == (13, 17)
        sent = toy_pipeline().encode(coffee).label_map
        assert sent is not None
        assert not np.array_equal(data.label_map.labels, sent.labels)

    def test_the_file_is_smaller_by_about_the_map(self, astronaut: RgbImage) -> None:
        sent, derived = toy_pipeline().encode(astronaut), toy_pipeline("derived").encode(astronaut)
        assert "label_map" not in derived.sections
        saved = len(sent) - len(derived)
        assert abs(saved - sent.sections["label_map"]) < 60
        assert saved > 0

    def test_any_viewer_shows_the_same_picture(
        self, coffee: RgbImage, plain_pixels: Callable[[bytes], RgbImage]
    ) -> None:
        data = toy_pipeline("derived").encode(coffee)
        assert np.array_equal(plain_pixels(data), decode(data, enhance=False))

    def test_an_installed_extractor_is_found_by_its_name(self, coffee: RgbImage, toys_installed: Site) -> None:
        pipeline = build_pipeline("jpeg", "toy-bands", "toy-blur", semantics_source="derived", quality=10)
        data = pipeline.encode(coffee)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.array_equal(decode(bytes(data)), pipeline.decode(data))

    def test_a_missing_extractor_costs_the_map_and_is_told(self, coffee: RgbImage) -> None:
        data = toy_pipeline("derived").encode(coffee)
        without = build_pipeline("jpeg", None, ToyEnhancer())
        with pytest.warns(EnhancementChanged, match="toy-bands"):
            picture = without.decode(data)
        assert not np.array_equal(picture, without.decode(data, enhance=False))
        with pytest.warns(EnhancementChanged, match="without the label map that the file was measured with"):
            without.decode(data)

    def test_a_failing_extractor_is_as_good_as_none(self, coffee: RgbImage) -> None:
        class Failing(DigestedExtractor):
            def extract(self, rgb: RgbImage) -> SemanticMap:
                raise RuntimeError("out of ideas")

        data = toy_pipeline("derived").encode(coffee)
        with pytest.warns(EnhancementChanged, match="out of ideas"):
            build_pipeline("jpeg", Failing(), ToyEnhancer()).decode(data)

    def test_other_weights_are_told(self, coffee: RgbImage) -> None:
        class Retrained(DigestedExtractor):
            digest = "cd" * 32

        data = toy_pipeline("derived").encode(coffee)
        with pytest.warns(EnhancementChanged, match="cdcdcdcd .*abababab$"):
            build_pipeline("jpeg", Retrained(), ToyEnhancer()).decode(data)

    def test_the_decoders_user_can_put_an_extractor_in_its_place(self, coffee: RgbImage) -> None:
        data = toy_pipeline("derived").encode(coffee)
        pipeline = build_pipeline("jpeg", None, ToyEnhancer())
        expected = toy_pipeline("derived").decode(data)
        assert np.array_equal(pipeline.decode(data, semantics=DigestedExtractor()), expected)

        class Other(DigestedExtractor):
            name = "toy-other"

        with pytest.warns(EnhancementChanged, match=r'"toy-other".*"toy-bands"'):
            pipeline.decode(data, semantics=Other())

    def test_a_reader_that_knows_nothing_of_it_shows_the_plain_picture(self, coffee: RgbImage) -> None:
        pipeline = toy_pipeline("derived")
        data = pipeline.encode(coffee)
        taken_apart = JpegCarrier().detach(data)
        assert taken_apart.sidecar is not None
        essence = JpegCarrier().essence(taken_apart.payload)
        bodies = {section.tag: section.body for section in read_sections(taken_apart.sidecar, essence)}
        header = read_header(bodies[Tag.HEADER])[0]
        assert header.derived
        bodies[Tag.HEADER] = write_header(header.model_copy(update={"derived": False}))  # what it reads
        seen = JpegCarrier().attach(taken_apart.payload, write_sections(bodies, essence))
        with pytest.warns(EnhancementLost, match="lacks its label_map"):
            picture = pipeline.decode(seen)
        assert np.array_equal(picture, pipeline.decode(data, enhance=False))

    def test_info_tells_the_source_and_the_extractor(self, coffee: RgbImage) -> None:
        info = read_info(toy_pipeline("derived").encode(coffee))
        assert (info.semantics_source, info.semantics, info.label_set) == ("derived", "toy-bands", "stranger-5")
        assert (info.map_decision, info.classes, info.damage, info.enhanced) == (None, (), "", True)

    def test_a_container_can_have_it_too(self, coffee: RgbImage) -> None:
        pipeline = build_pipeline(ToyCodec(), DigestedExtractor(), ToyEnhancer(), semantics_source="derived")
        data = pipeline.encode(coffee)
        assert data.enhanced_psnr == psnr(coffee, pipeline.decode(data))

    def test_a_target_is_met_with_it(self, coffee: RgbImage) -> None:
        data = toy_pipeline("derived").encode(coffee, target=TargetSize(2500))
        assert len(data) <= 2500
        assert data.label_map is not None

    def test_the_shipped_networks_match_on_both_sides(self, astronaut: RgbImage) -> None:
        data = build_pipeline(semantics_source="derived", quality=10).encode(astronaut)
        assert data.enhanced_psnr == psnr(astronaut, decode(data))
        info = read_info(data)
        assert (info.semantics, info.semantics_source) == ("deeplab", "derived")


class TestAsTheEnhancerAsks:
    """The default: an enhancer says for what content a map is worth its bytes to it."""

    @pytest.mark.parametrize("rate", [None, 0])
    def test_an_enhancer_that_does_not_say_gets_every_map_and_runs_once(
        self, rate: float | None, coffee: RgbImage
    ) -> None:
        enhancer = CountingEnhancer()
        data = toy_pipeline(rate=rate, enhancer=enhancer).encode(coffee)
        assert enhancer.calls == 1
        assert data.map_choice is not None
        assert (data.map_choice.decision, dict(data.map_choice.weighed)) == ("full", {})

    def test_a_needless_map_is_left_out_and_the_reason_told(self, coffee: RgbImage) -> None:
        enhancer = RoadFan(least=1)
        data = toy_pipeline(enhancer=enhancer).encode(coffee)
        assert enhancer.calls == 1
        assert data.map_choice is not None
        assert data.map_choice.decision == "skipped"
        assert "too little road; semantics_rate 0 sends it" in data.map_choice.reason
        assert (data.label_map, "label_map" in data.sections) == (None, False)
        info = read_info(data)
        assert (info.semantics_source, info.map_decision, info.semantics) == ("transmitted", "skipped", "toy-bands")
        assert data.enhanced_psnr == psnr(coffee, toy_pipeline(enhancer=enhancer).decode(data))

    def test_a_map_that_it_has_a_use_for_is_sent_as_it_is(self, coffee: RgbImage) -> None:
        data = toy_pipeline(enhancer=RoadFan(least=0)).encode(coffee)
        assert data.map_choice is not None
        assert data.map_choice.decision == "full"
        assert data == toy_pipeline(rate=0, enhancer=RoadFan(least=1)).encode(coffee)

    def test_derived_semantics_cost_nothing_and_stay(self, coffee: RgbImage) -> None:
        data = toy_pipeline("derived", enhancer=RoadFan(least=1)).encode(coffee)
        assert data.label_map is not None
        assert data.map_choice is None

    def test_an_attached_sidecar_and_a_target_do_the_same(self, coffee: RgbImage) -> None:
        codec = JpegCodec()
        pipeline = toy_pipeline(enhancer=RoadFan(least=1))
        for data in (
            pipeline.attach(codec.encode(coffee, codec.Options(quality=10)), coffee),
            pipeline.encode(coffee, target=TargetSize(2500)),
        ):
            assert read_info(data).map_decision == "skipped"

    def test_an_enhancer_that_fails_at_it_is_named(self, coffee: RgbImage) -> None:
        enhancer = RoadFan(least="much")  # type: ignore[arg-type]
        with pytest.raises(EnhancerError, match='enhancer "toy-blur" failed: TypeError'):
            toy_pipeline(enhancer=enhancer).encode(coffee)

    @pytest.mark.parametrize(("road", "wanted"), [(0.0, False), (0.05, False), (0.3, True)])
    def test_the_shipped_one_has_a_use_for_street_scenes(self, road: float, wanted: bool) -> None:
        labels = np.full((10, 40), CITYSCAPES_19.classes.index("building"), np.uint8)
        labels.ravel()[: round(road * labels.size)] = CITYSCAPES_19.classes.index("road")
        assert (DefaultEnhancer().why_needless(SemanticMap(labels, CITYSCAPES_19)) == "") is wanted

    def test_of_a_photo_without_a_road_the_default_sends_no_map(self, coffee: RgbImage) -> None:
        data = build_pipeline(quality=10).encode(coffee)
        assert data.map_choice is not None
        assert data.map_choice.decision == "skipped"
        assert len(data) - len(build_pipeline(semantics=None, quality=10).encode(coffee)) < 16


class TestWeighed:
    """semantics_rate."""

    @pytest.mark.parametrize("rate", [0.01, 1, 100])
    @pytest.mark.parametrize("quality", [5, 60])
    def test_no_file_costs_more_than_the_whole_map_or_none(
        self, quality: int, rate: float, coffee: RgbImage, rocket: RgbImage
    ) -> None:
        for picture in (coffee, rocket):
            enhancer = CountingEnhancer()
            data = toy_pipeline(rate=rate, quality=quality, enhancer=enhancer).encode(picture)
            assert enhancer.calls <= 3
            choice = data.map_choice
            assert choice is not None
            chosen = choice.weighed[choice.decision]
            assert chosen.cost == min(cost.cost for cost in choice.weighed.values())
            assert {"full", "skipped"} <= set(choice.weighed)
            assert chosen.bytes == len(data)
            shown = toy_pipeline().decode(data)
            assert chosen.squared_error == squared_error(picture, shown)
            whole = toy_pipeline(quality=quality).encode(picture)
            assert choice.weighed["full"].bytes == len(whole)
            assert choice.weighed["full"].squared_error == squared_error(picture, toy_pipeline().decode(whole))

    def test_a_map_that_brings_nothing_is_left_out(self, astronaut: RgbImage) -> None:
        enhancer = MapHater()
        data = toy_pipeline(rate=1, enhancer=enhancer).encode(astronaut)
        assert data.map_choice is not None
        assert data.map_choice.decision == "skipped"
        assert "does not pay" in data.map_choice.reason
        assert data.label_map is None
        assert "label_map" not in data.sections
        info = read_info(data)
        assert (info.semantics_source, info.map_decision, info.semantics) == ("transmitted", "skipped", "toy-bands")

    def test_saying_that_a_map_was_left_out_costs_a_few_bytes(self, astronaut: RgbImage) -> None:
        skipped = toy_pipeline(rate=1, enhancer=MapHater()).encode(astronaut)
        none = toy_pipeline("none", enhancer=MapHater()).encode(astronaut)
        assert 0 <= len(skipped) - len(none) <= 16

    def test_the_shipped_networks_choose_and_decode_what_was_measured(self, astronaut: RgbImage) -> None:
        data = build_pipeline(semantics_rate=1, quality=10).encode(astronaut)
        assert data.map_choice is not None
        assert data.map_choice.weighed[data.map_choice.decision].squared_error == squared_error(astronaut, decode(data))
        assert len(data) <= data.map_choice.weighed["full"].bytes

    def test_a_map_that_brings_much_stays(self, rocket: RgbImage) -> None:
        data = toy_pipeline(rate=0.001, quality=3, enhancer=MapLover()).encode(rocket)
        assert data.map_choice is not None
        assert data.map_choice.decision != "skipped"
        assert data.label_map is not None

    def test_a_simplified_map_says_so_and_is_what_the_decoder_uses(self, rocket: RgbImage) -> None:
        enhancer = MapLover()  # uses any map alike: the simplest that is a map is the best
        data = toy_pipeline(rate=0.05, quality=3, enhancer=enhancer, divisor=4).encode(rocket)
        assert data.map_choice is not None
        assert data.map_choice.decision == "simplified"
        full, simplified = (data.map_choice.weighed[key] for key in ("full", "simplified"))
        assert simplified.bytes < full.bytes
        assert data.enhanced_psnr == psnr(rocket, toy_pipeline(enhancer=MapLover()).decode(data))
        info = read_info(data)
        assert (info.map_decision, info.label_set) == ("simplified", "texture")
        assert info.smallest_region is not None

    def test_classes_of_one_texture_are_told_apart_only_where_nothing_is_weighed(self, coffee: RgbImage) -> None:
        assert read_info(toy_pipeline().encode(coffee)).label_set == STRANGER.name

    def test_a_lossless_codec_needs_no_map(self, coffee: RgbImage) -> None:
        pipeline = build_pipeline("png", ToyExtractor(), ToyEnhancer(), semantics_rate=1)
        data = pipeline.encode(coffee)
        assert data.map_choice is not None
        assert data.map_choice.decision == "skipped"
        assert np.array_equal(pipeline.decode(data), coffee)

    def test_an_attached_sidecar_is_weighed_too(self, astronaut: RgbImage) -> None:
        codec = JpegCodec()
        plain = codec.encode(astronaut, codec.Options(quality=10))
        weighed = toy_pipeline(rate=1).attach(plain, astronaut)
        assert weighed.map_choice is not None
        assert weighed.map_choice.weighed
        derived = toy_pipeline("derived").attach(plain, astronaut)
        assert derived.enhanced_psnr == psnr(astronaut, toy_pipeline().decode(derived))


def test_no_semantics_need_no_extractor_and_make_the_same_file(coffee: RgbImage) -> None:
    asked = build_pipeline("jpeg", "there-is-none-such", ToyEnhancer(), semantics_source="none").encode(coffee)
    assert asked == build_pipeline("jpeg", None, ToyEnhancer()).encode(coffee)
    assert (asked.semantics_source, asked.map_choice) == ("none", None)
    assert read_info(asked).semantics_source == "none"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"semantics_source": "guessed"}, "choose from transmitted, derived, none"),
        ({"semantics_rate": -1}, "from 0 on"),
        ({"semantics_rate": float("nan")}, "from 0 on"),
        ({"semantics_rate": 1, "semantics_source": "derived"}, "cost no bytes"),
        ({"semantics": None, "semantics_source": "derived"}, "want an extractor"),
        ({"semantics": None, "semantics_rate": 1}, "without semantics there is no map to weigh: leave it out"),
        ({"enhancer": None, "semantics_rate": 1}, "without an enhancer there is no map to weigh: leave it out"),
        ({"semantics_rate": True}, "from 0 on"),
        ({"divisor": True}, "choose from 1, 2, 4, 8"),
        ({"divisor": 8.0}, "choose from 1, 2, 4, 8"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(SemanticsError, match=message):
        build_pipeline("jpeg", **{"semantics": ToyExtractor(), "enhancer": ToyEnhancer(), **options})  # type: ignore[arg-type]


def test_the_command_line_takes_both_options_and_tells_the_decision(
    jpadse: Callable[..., Finished], toys_installed: Site, coffee: RgbImage, tmp_path: Path
) -> None:
    photo = tmp_path / "coffee.png"
    Image.fromarray(coffee).save(photo)
    toys = ("--semantics", "toy-bands", "--enhancer", "toy-blur", "-q", "10")
    target = tmp_path / "coffee.jpg"
    weighed = jpadse("encode", photo, "-o", target, *toys, "--semantics-rate", "1", "--json")
    assert weighed.code == 0
    told = json.loads(weighed.out)["semantics"]
    assert told["source"] == "transmitted"
    assert set(told["map"]["weighed"]) >= {"full", "skipped"}
    shown = json.loads(jpadse("info", target, "--json").out)
    assert shown["map_decision"] == told["map"]["decision"]
    assert jpadse("encode", photo, "-o", target, *toys, "--semantics-source", "derived").code == 0
    assert json.loads(jpadse("info", target, "--json").out)["semantics_source"] == "derived"
    assert jpadse("decode", target, "-o", "-").code == 0
    lost = jpadse("--no-plugins", "decode", target, "-o", "-")
    assert "warning" in lost.err.lower()
