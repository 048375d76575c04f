"""Targets of rate and quality: never above a size, never below a metric, and no better file was left out."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from toys import ToyCodec, ToyEnhancer, ToyExtractor, blurred

from jpadse_core import (
    CodecError,
    Encoded,
    Hints,
    Picture,
    Pipeline,
    PluginNotFound,
    Preference,
    QualityScale,
    RgbImage,
    SemanticMap,
    TargetBitsPerPixel,
    TargetError,
    TargetMetric,
    TargetSize,
    build_pipeline,
)
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.comparison.equal_bytes import plain_at_least
from jpadse_core.comparison.report import compare
from jpadse_core.distortion import psnr
from jpadse_core.quality_search import first_reaching, quality_steps


class CoarseCodec:
    """A stranger's codec: a scale of real numbers whose larger end is the lower quality, and no carrier."""

    name = "coarse"
    quality_scale = QualityScale("step", 90.0, 1.5, integer=False)

    class Options(BaseModel):
        step: float = Field(8.0, ge=1.5, le=90)

    def encode(self, rgb: RgbImage, options: Options) -> bytes:
        levels = np.rint(rgb / options.step).astype(np.uint8)
        return np.array([*rgb.shape[:2], round(options.step * 1e6)], "<u4").tobytes() + zlib.compress(levels, 9)

    def decode(self, data: bytes) -> RgbImage:
        height, width, step = np.frombuffer(data[:12], "<u4")
        levels = np.frombuffer(zlib.decompress(data[12:]), np.uint8).reshape(height, width, 3)
        return np.clip(np.rint(levels * (step / 1e6)), 0, 255).astype(np.uint8)


CODECS = {"jpeg": "jpeg", "coarse": CoarseCodec()}


@pytest.fixture(scope="module", params=CODECS)
def searching(request: pytest.FixtureRequest) -> Pipeline:
    return build_pipeline(CODECS[request.param], ToyExtractor(), ToyEnhancer())


def at(pipeline: Pipeline, picture: RgbImage, encoded: Encoded, better: int) -> Encoded:
    """The file so many steps better on the codec's scale than `encoded`."""
    scale = pipeline.codec.quality_scale  # type: ignore[attr-defined]
    steps = list(quality_steps(scale))
    default = pipeline.codec.Options.model_fields[scale.option].default
    chosen = steps.index(encoded.options.get(scale.option, default))
    return pipeline.encode(picture, **{scale.option: steps[chosen + better]})


@settings(max_examples=10)
@given(share=st.floats(0.02, 0.98))
def test_the_file_is_never_above_the_target_and_one_step_better_would_be(
    searching: Pipeline, coffee: RgbImage, share: float
) -> None:
    sizes = EXTREMES[searching.codec.name](coffee)
    size = round(sizes[0] + share * (sizes[1] - sizes[0]))
    encoded = searching.encode(coffee, target=TargetSize(size))
    assert len(encoded) <= size
    assert len(at(searching, coffee, encoded, +1)) > size
    assert encoded == at(searching, coffee, encoded, 0)


def extremes(pipeline: Pipeline) -> Callable[[RgbImage], tuple[int, int]]:
    """Sizes of the smallest and the largest file of a picture, found once."""
    known: list[tuple[int, int]] = []

    def of(picture: RgbImage) -> tuple[int, int]:
        scale = pipeline.codec.quality_scale  # type: ignore[attr-defined]
        if not known:
            ends = (len(pipeline.encode(picture, **{scale.option: end})) for end in (scale.lowest, scale.highest))
            known.append((next(ends), next(ends)))
        return known[0]

    return of


EXTREMES = {name: extremes(build_pipeline(codec, ToyExtractor(), ToyEnhancer())) for name, codec in CODECS.items()}


@pytest.mark.parametrize("value", [24.0, 27.5, 31.0])
def test_the_file_is_the_smallest_whose_distortion_corner_reaches_the_psnr(
    searching: Pipeline, coffee: RgbImage, value: float
) -> None:
    encoded = searching.encode(coffee, target=TargetMetric("psnr", value))
    assert psnr(coffee, searching.decode(encoded)) >= value
    assert psnr(coffee, searching.decode(at(searching, coffee, encoded, -1))) < value


def test_ssimulacra2_is_reached_by_the_picture_that_the_decoder_shows(coffee: RgbImage) -> None:
    from jpadse_core.builtin.ssimulacra2 import Ssimulacra2

    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer())
    encoded = pipeline.encode(coffee, target=TargetMetric("ssimulacra2", 50))
    measure = Ssimulacra2().measure
    assert measure(coffee, pipeline.decode(encoded)) >= 50
    assert measure(coffee, pipeline.decode(at(pipeline, coffee, encoded, -1))) < 50


class MeanError:
    """A stranger's metric of which less is better."""

    name = "mean-error"
    unit = "levels"
    higher_is_better = False

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        return float(np.abs(reference.astype(int) - distorted).mean())


def test_a_metric_of_which_less_is_better_is_met_from_above(searching: Pipeline, coffee: RgbImage) -> None:
    measure = MeanError().measure
    encoded = searching.encode(coffee, target=TargetMetric(MeanError(), 4.0))
    assert measure(coffee, searching.decode(encoded)) <= 4.0
    assert measure(coffee, searching.decode(at(searching, coffee, encoded, -1))) > 4.0


def test_a_rate_counts_every_byte_also_of_metadata_and_alpha(coffee: RgbImage) -> None:
    rgba = np.dstack([coffee, coffee[..., 0]])
    pipeline = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer())
    encoded = pipeline.encode(rgba, target=TargetBitsPerPixel(5.5))
    assert encoded.sections["alpha"] > 0
    assert len(encoded) * 8 / coffee[..., 0].size == encoded.bits_per_pixel <= 5.5
    assert at(pipeline, rgba, encoded, +1).bits_per_pixel > 5.5


@pytest.mark.parametrize("given", [{"quality": 5}, {"options": JpegCodec.Options(quality=5)}])
def test_a_quality_beside_a_target_is_refused(coffee: RgbImage, given: dict[str, Any]) -> None:
    pipeline = build_pipeline("jpeg", None, None, quality=9)
    with pytest.raises(TargetError, match="quality and a target exclude each other"):
        pipeline.encode(coffee, target=TargetSize(9000), **given)


def test_a_plain_pipeline_meets_targets_too(coffee: RgbImage) -> None:
    encoded = build_pipeline("jpeg", None, None).encode(coffee, target=TargetSize(3000))
    assert 2900 < len(encoded) <= 3000


class CountingEnhancer(ToyEnhancer):
    """Knows how often it was asked."""

    asked = 0

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.asked += 1
        return super().enhance(rgb, semantics, hints, preference)


class CountingExtractor(ToyExtractor):
    """Knows how often it was asked."""

    asked = 0

    def extract(self, rgb: RgbImage) -> SemanticMap:
        self.asked += 1
        return super().extract(rgb)


@pytest.mark.parametrize("target", [TargetSize(4000), TargetMetric("psnr", 27)], ids=["size", "psnr"])
def test_the_networks_are_asked_seldom(coffee: RgbImage, target: TargetSize | TargetMetric) -> None:
    extractor, enhancer = CountingExtractor(), CountingEnhancer()
    pipeline = build_pipeline("jpeg", extractor, enhancer, perception_guide=False)
    pipeline.encode(coffee, target=target)
    assert extractor.asked == 1
    assert enhancer.asked <= 4


def test_the_options_that_are_not_searched_for_are_kept(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, None, progressive=True)
    encoded = pipeline.encode(coffee, target=TargetSize(3000), subsampling="4:4:4")
    assert (encoded.options["progressive"], encoded.options["subsampling"]) == (True, "4:4:4")


def test_a_size_below_the_smallest_file_says_what_the_smallest_is(searching: Pipeline, coffee: RgbImage) -> None:
    smallest = EXTREMES[searching.codec.name](coffee)[0]
    assert len(searching.encode(coffee, target=TargetSize(smallest))) <= smallest
    with pytest.raises(TargetError, match=f"a size of 100 bytes cannot be met: .*makes {smallest} bytes"):
        searching.encode(coffee, target=TargetSize(100))


def test_a_size_above_the_largest_file_gives_the_largest(searching: Pipeline, coffee: RgbImage) -> None:
    assert len(searching.encode(coffee, target=TargetSize(10**7))) == EXTREMES[searching.codec.name](coffee)[1]


def test_a_metric_that_is_met_everywhere_gives_the_lowest_quality(searching: Pipeline, coffee: RgbImage) -> None:
    encoded = searching.encode(coffee, target=TargetMetric("psnr", 0.5))
    assert len(encoded) == EXTREMES[searching.codec.name](coffee)[0]


def test_a_metric_out_of_reach_says_what_is_reached(searching: Pipeline, coffee: RgbImage) -> None:
    with pytest.raises(TargetError, match=r'psnr of 99 dB cannot be met: codec ".*" reaches \d\d\.\d+ at'):
        searching.encode(coffee, target=TargetMetric("psnr", 99))


@pytest.mark.parametrize("codec", ["png", ToyCodec()], ids=["png", "toy"])
def test_a_codec_without_a_quality_scale_is_refused_by_name(coffee: RgbImage, codec: object) -> None:
    pipeline = build_pipeline(codec, None, None)  # type: ignore[arg-type]
    with pytest.raises(CodecError, match=f'codec "{pipeline.codec.name}" has no quality scale'):
        pipeline.encode(coffee, target=TargetSize(1000))


def test_a_metric_that_is_not_defined_for_a_small_picture_or_not_there_is_refused(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", None, None)
    with pytest.raises(TargetError, match="ssimulacra2 is not defined for a picture of 6 x 7"):
        pipeline.encode(coffee[:7, :6], target=TargetMetric("ssimulacra2", 50))
    with pytest.raises(PluginNotFound):
        pipeline.encode(coffee, target=TargetMetric("beauty", 50))


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf, "many", True])
def test_a_target_that_is_none_is_refused(wrong: object) -> None:
    for target in (TargetSize, TargetBitsPerPixel):
        with pytest.raises(TargetError, match="is no target"):
            target(wrong)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=80), st.integers(-1, 61))
def test_the_search_ends_between_a_step_below_and_a_step_that_reaches(measures: list[int], threshold: int) -> None:
    """Also where the measure rises and falls, and the estimate is of no use."""
    asked: list[int] = []

    def measure(step: int) -> float:
        asked.append(step)
        return measures[step]

    found = first_reaching(len(measures), threshold, measure, lambda step: float(-step))
    assert found == len(measures) or measures[found] >= threshold
    assert found == 0 or measures[found - 1] < threshold
    assert len(set(asked)) == len(asked) <= 4 + math.log2(len(measures)) + 1


def test_a_comparison_searches_the_same_way_on_any_scale(coffee: RgbImage) -> None:
    codec = CoarseCodec()
    plain = plain_at_least(codec, coffee, 5000, {})
    assert plain.size >= 5000
    steps = list(quality_steps(codec.quality_scale))
    worse = codec.Options(step=steps[steps.index(plain.quality) - 1])
    assert len(codec.encode(coffee, worse)) < 5000


def test_a_reversed_scale_tells_the_enhancer_where_on_it_a_file_lies() -> None:
    scale = CoarseCodec.quality_scale
    assert (scale.position(90), scale.position(1.5), scale.position(1), scale.position(91)) == (0, 1, None, None)


def test_a_logarithmic_scale_is_as_fine_at_its_lowest_end_as_at_its_highest() -> None:
    scale = QualityScale("rate", 0.01, 24, integer=False, logarithmic=True)
    steps = list(quality_steps(scale))
    assert (steps[0], steps[-1], len(steps)) == (0.01, 24, 501)
    assert all(1.015 < after / before < 1.017 for before, after in pairwise(steps))
    assert (scale.position(0.01), scale.position(24), scale.position(0), scale.position(25)) == (0, 1, None, None)
    assert scale.position(scale.value(0.3)) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="not above 0"):
        QualityScale("rate", 0, 24, integer=False, logarithmic=True)


def test_a_blur_that_only_harms_never_brings_a_file_below_its_target(coffee: RgbImage) -> None:
    """The guide switches it off, and the search sees what the guide leaves."""

    class Blurrer(ToyEnhancer):
        def enhance(self, rgb: RgbImage, *_: object) -> RgbImage:
            return blurred(blurred(blurred(rgb)))

    pipeline = build_pipeline("jpeg", None, Blurrer())
    encoded = pipeline.encode(coffee, target=TargetMetric("psnr", 33))
    assert psnr(coffee, pipeline.decode(encoded)) >= 33


def test_a_plain_codec_that_cannot_reach_the_bytes_is_at_its_highest_quality(coffee: RgbImage) -> None:
    codec = CoarseCodec()
    plain = plain_at_least(codec, coffee, 10**9, {})
    assert plain.quality == quality_steps(codec.quality_scale)[-1]


def test_a_comparison_names_the_metric_that_failed_and_says_what_plain_is(coffee: RgbImage) -> None:
    class Failing:
        name, unit, higher_is_better = "failing", "", True

        def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
            raise ZeroDivisionError("boom")

    pipeline, picture = build_pipeline("jpeg", None, ToyEnhancer()), Picture(coffee[:64, :64])
    with pytest.warns(RuntimeWarning, match='metric "failing" failed: ZeroDivisionError: boom') as told:
        rows = compare(pipeline, picture, {"quality": 5}, {"failing": Failing()}).rows
    assert len(told) == 1
    assert all(math.isnan(row.measures["failing"]) for row in rows)
    assert compare(pipeline, picture, {"quality": 5}, {}).rows[0].label == "jpeg at the same bytes"
    assert compare(pipeline, picture, {"quality": 100}, {}).rows[0].label == "jpeg at its highest quality"
