"""What the conformance suites find, and that they say it so that an author can mend it."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, Field
from toys import STRANGER, InvertingEnhancer, ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import CodecError, Detached, Metadata, Picture, QualityScale, RgbImage, SemanticMap
from jpadse_core.builtin.png import PngCodec
from jpadse_core.builtin.png_carrier import PngCarrier
from jpadse_core.plugins.hook_specs import hookimpl
from jpadse_core.testing import CodecTests, EnhancerTests, HookTests, MetricTests, SemanticExtractorTests
from jpadse_core.testing.component import ComponentTests


def complaint(check: Callable[..., Any], *arguments: Any) -> str:
    """What a check says that must fail."""
    with pytest.raises((AssertionError, pytest.fail.Exception)) as raised:
        check(*arguments)
    return str(raised.value).split("\n")[0]


def suite_of(base: type[ComponentTests], component: Any) -> Any:
    return type("Suite", (base,), {"component": component})()


class Counting(ToyCodec):
    """Writes how often it was called."""

    calls = itertools.count()

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        return super().encode(rgb, options) + bytes([next(self.calls) % 256])


def test_a_codec_that_is_not_deterministic() -> None:
    suite = suite_of(CodecTests, Counting)
    assert "gave another result" in complaint(suite.test_the_same_picture_gives_the_same_result_again, Counting())


class Hoarding(ToyCodec):
    """Writes a digest, and keeps the picture to itself."""

    def __init__(self) -> None:
        self.seen: dict[bytes, bytes] = {}

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        payload = super().encode(rgb, options)
        digest = zlib.crc32(payload).to_bytes(4, "big")
        self.seen[digest] = payload
        return digest

    def decode(self, data: bytes) -> RgbImage:
        return super().decode(self.seen[data]) if data in self.seen else np.zeros((8, 8, 3), np.uint8)


def test_a_codec_whose_payload_lacks_what_decoding_needs() -> None:
    suite = suite_of(CodecTests, Hoarding)
    told = complaint(suite.test_another_instance_decodes_what_this_one_encoded, Hoarding())
    assert "whatever decoding needs has to be in the payload" in told


class Shared(ToyExtractor):
    """Keeps the picture at hand between two steps, in the instance."""

    def extract(self, rgb: RgbImage) -> SemanticMap:
        self.rgb = rgb
        for _ in range(2000):
            zlib.crc32(self.rgb.tobytes())
        return super().extract(self.rgb)


def test_an_extractor_that_keeps_a_picture_in_the_instance() -> None:
    suite = suite_of(SemanticExtractorTests, Shared)
    assert "four threads at once" in complaint(suite.test_threads_do_not_disturb_each_other, Shared())


class Unpicklable(ToyEnhancer):
    def __init__(self) -> None:
        self.session = lambda: None


def test_an_enhancer_that_worker_processes_cannot_get() -> None:
    suite = suite_of(EnhancerTests, Unpicklable)
    assert "keep sessions and handles out" in complaint(suite.test_it_works_in_a_worker_process, Unpicklable())


class Monotonous(ToyEnhancer):
    """Makes every point at once alike."""

    def enhance_all(self, rgb: RgbImage, semantics: Any, hints: Any, preferences: Any) -> list[RgbImage]:
        return [self.enhance(rgb, semantics, hints, preferences[0]) for _ in preferences]


def test_an_enhancer_whose_points_at_once_are_others_than_one_by_one() -> None:
    suite = suite_of(EnhancerTests, Monotonous)
    told = complaint(suite.test_several_points_at_once_are_as_one_by_one, Monotonous())
    assert "enhance_all differs from enhance at" in told
    with pytest.raises(pytest.skip.Exception):
        suite.test_several_points_at_once_are_as_one_by_one(ToyEnhancer())


class Swapping(ToyCodec):
    def decode(self, data: bytes) -> RgbImage:
        return super().decode(data)[..., ::-1].copy()


def test_a_codec_that_swaps_channels() -> None:
    suite = suite_of(CodecTests, Swapping)
    assert "order of the channels" in complaint(suite.test_a_smooth_picture_comes_back_as_itself, Swapping())


class Even(ToyCodec):
    """Pads to an even size, and forgets to crop."""

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        return super().encode(np.pad(rgb, ((0, rgb.shape[0] % 2), (0, rgb.shape[1] % 2), (0, 0))), options)


def test_a_codec_that_changes_the_size_of_odd_pictures() -> None:
    suite = suite_of(CodecTests, Even)
    said = complaint(suite.test_every_shape_comes_back, Even(), (5, 7))
    assert said.startswith("decode() returned shape (6, 8, 3) for a picture of (5, 7, 3)")


def test_a_codec_that_says_it_needs_larger_pictures_must_refuse_smaller_ones() -> None:
    suite = suite_of(CodecTests, ToyCodec)
    suite.smallest_side = 8
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        suite.test_every_shape_comes_back(ToyCodec(), (5, 7))


class Careless(ToyCodec):
    class Options(BaseModel):
        shift: int = Field(3, ge=0, le=9)

    quality_scale = QualityScale("shift", 0, 7)


def test_a_codec_that_fails_at_the_end_of_an_option_or_scale() -> None:
    suite, codec = suite_of(CodecTests, Careless), Careless()
    assert complaint(suite.test_every_option_works_at_its_extremes, codec).startswith("shift=9: raised OverflowError")
    backwards = complaint(suite.test_more_quality_is_more_bytes_and_less_distortion, codec, codec.quality_scale)
    assert backwards.startswith("more shift gave fewer bytes (0: ")


class Loose(Careless):
    class Options(BaseModel):
        shift: int = 3


def test_a_quality_scale_without_bounds() -> None:
    suite, codec = suite_of(CodecTests, Loose), Loose()
    said = complaint(suite.test_the_quality_scale_is_an_option_with_these_ends, codec, codec.quality_scale)
    assert "bound it by Field(ge=..., le=...)" in said


class Patchy(ToyCodec):
    """Works at the ends of its scale alone."""

    quality_scale = QualityScale("shift", 7, 0)

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        if 0 < options.shift < 7:
            raise ValueError("no table for it")
        return super().encode(rgb, options)


def test_a_quality_scale_on_which_no_rate_can_be_searched_for() -> None:
    suite, codec = suite_of(CodecTests, Patchy), Patchy()
    said = complaint(
        suite.test_a_target_size_between_the_smallest_and_the_largest_file_is_met, codec, codec.quality_scale
    )
    assert "none of at most" in said
    assert "no table for it" in said


class Overruled(ToyCodec):
    """With `exact`, the scale's own option is not looked at."""

    class Options(ToyCodec.Options):
        exact: bool = False

    quality_scale = QualityScale("shift", 7, 0)

    def encode(self, rgb: RgbImage, options: Any) -> bytes:
        return super().encode(rgb, self.Options() if options.exact else options)


def test_an_option_beside_which_the_quality_scale_has_no_effect() -> None:
    suite, codec = suite_of(CodecTests, Overruled), Overruled()
    said = complaint(suite.test_no_option_takes_the_effect_of_the_quality_scale_away, codec, codec.quality_scale)
    assert said.startswith("exact=True: ")
    assert said.endswith("let Options refuse the two together")


class Leaking(ToyCodec):
    """Makes a picture as large as a damaged file says."""

    def decode(self, data: bytes) -> RgbImage:
        raise SystemError("internal\nstate") if len(data) < 40 else CodecError("two\nlines")


def test_an_error_of_several_lines() -> None:
    suite = suite_of(CodecTests, Leaking)
    assert "several lines" in complaint(
        suite.test_a_damaged_payload_is_a_picture_or_an_error_of_bounded_memory, Leaking()
    )


class BadCarrier(PngCarrier):
    """Recognises everything, moves the sidecar behind the picture, and counts metadata as picture."""

    def recognises(self, data: bytes) -> bool:
        return True

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        return payload + sidecar

    def detach(self, data: bytes) -> Detached:
        end = data.index(b"IEND") + 8
        return Detached(data[:end], data[end:])

    def essence(self, payload: bytes) -> bytes:
        return payload


class BadlyCarried(PngCodec):
    carrier = BadCarrier()


class ForgetfulCarrier(PngCarrier):
    def embed(self, payload: bytes, metadata: Metadata) -> bytes:
        return payload if metadata.xmp else super().embed(payload, metadata)


class Forgetful(PngCodec):
    carrier = ForgetfulCarrier()


@pytest.fixture
def carried() -> tuple[Any, bytes]:
    codec = BadlyCarried()
    return codec, codec.encode(np.zeros((8, 8, 3), np.uint8), codec.Options())


def test_what_is_wrong_with_a_carrier(carried: tuple[Any, bytes]) -> None:
    codec, payload = carried
    suite, carrier = suite_of(CodecTests, BadlyCarried), codec.carrier
    assert "for its own" in complaint(suite.test_the_carrier_recognises_its_own_files_only, carrier, payload)
    assert "sidecar in a plain file" in complaint(suite.test_a_plain_file_carries_nothing, carrier, payload)
    assert "changes the essence" in complaint(suite.test_the_essence_is_the_picture_alone, codec, carrier, payload)
    said = complaint(suite.test_a_damaged_file_is_a_typed_error_to_the_carrier, carrier, payload)
    assert "detach() of the carrier raised ValueError" in said


def test_a_carrier_that_loses_metadata() -> None:
    suite, codec = suite_of(CodecTests, Forgetful), Forgetful()
    said = complaint(suite.test_metadata_comes_back_from_a_file_or_is_refused, codec, codec.carrier)
    assert "XMP is lost" in said


class Opaque(PngCodec):
    """Reads files of others without what is transparent in them."""

    def read(self, data: bytes) -> Picture:
        return Picture(self.decode(data))


class Thinning(PngCarrier):
    """Attaches to a picture of its own making."""

    def attach(self, payload: bytes, sidecar: bytes) -> bytes:
        codec = PngCodec()
        return super().attach(codec.encode(codec.decode(payload), codec.Options()), sidecar)


class Flattening(PngCodec):
    carrier = Thinning()


def test_a_codec_and_a_carrier_that_lose_the_alpha_of_others_files() -> None:
    for codec, said in ((Opaque(), "give the codec a read()"), (Flattening(), "changes a file with alpha")):
        suite = suite_of(CodecTests, type(codec))
        payload = codec.encode(np.zeros((8, 8, 3), np.uint8), codec.Options())
        check = suite.test_the_alpha_of_a_file_stays_when_a_sidecar_is_attached
        assert said in complaint(check, codec, codec.carrier, payload)


class Wide(ToyExtractor):
    def extract(self, rgb: RgbImage) -> SemanticMap:
        return super().extract(np.repeat(rgb, 2, axis=1))


class Void(ToyExtractor):
    labels = replace(STRANGER, void=255)

    def extract(self, rgb: RgbImage) -> SemanticMap:
        return SemanticMap(np.full(rgb.shape[:2], 255, np.uint8), self.labels)


def test_an_extractor_whose_maps_have_another_size_or_no_class() -> None:
    with pytest.raises(Exception, match=r"a map of \(5, 14\) where a map of \(5, 7\) was due"):
        suite_of(SemanticExtractorTests, Wide).test_every_shape_has_one_class_per_pixel(Wide(), (5, 7))
    assert "beyond the 5 classes" in complaint(
        suite_of(SemanticExtractorTests, Void).test_the_ids_are_classes_or_void, Void()
    )


class MislabelledEnhancer(InvertingEnhancer):
    digest = "v2"


def test_a_digest_that_is_none() -> None:
    suite = suite_of(EnhancerTests, MislabelledEnhancer)
    assert "is no sha256" in complaint(suite.test_the_digest_of_its_weights_is_a_sha256, MislabelledEnhancer())


class UpsideDown:
    name, unit, higher_is_better = "upside-down", "", True

    def measure(self, reference: RgbImage, distorted: RgbImage) -> float:
        return float(np.abs(reference.astype(int) - distorted).mean())


def test_a_metric_with_the_wrong_direction() -> None:
    suite = suite_of(MetricTests, UpsideDown)
    said = complaint(suite.test_more_noise_is_worse_and_nothing_is_better_than_the_same, UpsideDown())
    assert "is higher_is_better = True the right way round?" in said


def test_golden_files_are_written_once_and_held_for_ever(tmp_path: Path) -> None:
    suite = suite_of(CodecTests, ToyCodec)
    type(suite).golden = tmp_path
    type(suite).write_golden()
    assert len(list(tmp_path.glob("*.payload"))) == 3
    suite.test_the_golden_files_give_what_they_always_gave(ToyCodec())
    assert "are not what they always were" in complaint(
        suite.test_the_golden_files_give_what_they_always_gave, Swapping()
    )
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    type(suite).component = Counting
    type(suite).write_golden()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


class Boastful(ToyCodec):
    """Says of every file that it is a good one."""

    quality_scale = QualityScale("shift", 7, 0)

    def quality_of(self, data: bytes) -> float:
        return 1.0 if len(data) > 8 else data[9]


def test_a_codec_that_misreads_the_quality_of_its_files() -> None:
    suite, codec = suite_of(CodecTests, Boastful), Boastful()
    check = suite.test_the_quality_that_is_read_off_a_file_is_the_one_it_was_written_with
    assert "quality_of() tells 1.000" in complaint(check, codec, codec.quality_scale, codec.quality_of)
    check = suite.test_of_a_damaged_file_no_quality_or_one_on_the_scale_is_told
    assert "quality_of() raised IndexError" in complaint(check, codec, codec.quality_of)


def hook_module(**functions: Callable[..., Any]) -> ModuleType:
    module = ModuleType("found_hooks")
    vars(module).update({name: hookimpl(function) for name, function in functions.items()})
    return module


def test_hooks_that_jpadse_does_not_know_or_that_fail() -> None:
    check = HookTests().test_it_has_what_its_interface_asks_for
    assert "unknown hook 'jpadse_encode'" in complaint(check, hook_module(jpadse_encode=lambda picture: None))
    check = HookTests().test_pictures_are_encoded_and_decoded_without_a_complaint
    assert "ZeroDivisionError" in complaint(check, hook_module(jpadse_before_encode=lambda picture: 1 / 0), "png")
    smaller = hook_module(jpadse_before_encode=lambda picture: picture.rgb[::2])
    assert "answered with something else" in complaint(check, smaller, "png")


def test_hooks_that_were_tried_are_not_left_behind() -> None:
    seen: list[str] = []

    def note(codec: str) -> None:
        seen.append(codec)

    module = hook_module(jpadse_sections=note)
    HookTests().test_pictures_are_encoded_and_decoded_without_a_complaint(module, "png")
    assert seen == ["png", "png"]
    HookTests().test_pictures_are_encoded_and_decoded_without_a_complaint(hook_module(), "png")
    assert seen == ["png", "png"]
