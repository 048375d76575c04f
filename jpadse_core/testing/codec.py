"""The suite for codecs."""

from __future__ import annotations

import multiprocessing
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpadse_core.decoding import decode_picture
from jpadse_core.distortion import psnr
from jpadse_core.errors import CodecError, JpadseError
from jpadse_core.interfaces.codec import Codec, QualityScale, quality_scale_of
from jpadse_core.interfaces.picture import RgbImage, is_rgb_image
from jpadse_core.opening import open_file
from jpadse_core.parts import Parts, codec_options
from jpadse_core.pipeline import build_pipeline
from jpadse_core.rate_control import TargetSize
from jpadse_core.testing.carrier import CarrierTests
from jpadse_core.testing.component import WORKER_SECONDS, ComponentTests
from jpadse_core.testing.damage import damaged
from jpadse_core.testing.option_values import extreme_values
from jpadse_core.testing.pictures import EXTREMES, SHAPES, extremes, textured
from jpadse_core.testing.stand_ins import BandExtractor, BlurEnhancer

_STEPS = 5
_SLACK = 0.95
_QUALITY_SLACK = 0.1
_LARGEST_GROWTH_MB = 1024


class CodecTests(CarrierTests, ComponentTests):
    """Holds a codec to its contract: see `jpadse_core.interfaces.Codec`.

    Attributes:
        smallest_side: pixels; a picture with a shorter side must be refused with `CodecError`.
        least_psnr: dB that a smooth picture keeps at the default options, which finds swapped channels; 0 for a codec
            without trained weights.
        damaged_files: how many damaged files are tried; fewer for a slow codec.
    """

    kind = "codec"
    smallest_side = 1
    least_psnr = 15.0

    @staticmethod
    def exercise(component: Any, rgb: RgbImage) -> bytes:
        """The payload, then the decoded samples."""
        payload = bytes(component.encode(rgb, codec_options(component)))
        return payload + np.ascontiguousarray(component.decode(payload)).tobytes()

    def golden_inputs(self, component: Any) -> Iterator[tuple[str, bytes]]:
        """Pictures of three shapes at the default options, and a file with map and guide."""
        for height, width in ((64, 48), (17, 31), (self.smallest_side, self.smallest_side)):
            payload = bytes(component.encode(textured(height, width), codec_options(component)))
            yield f"{component.name}-{height}x{width}.payload", payload
        side = max(self.smallest_side, 48)
        file = build_pipeline(component, BandExtractor(), BlurEnhancer()).encode(textured(side, side + 16))
        yield f"{component.name}.file", bytes(file)

    def golden_outcome(self, component: Any, path: Path) -> RgbImage:
        """The plain picture; of a file, one whose sidecar is whole."""
        if path.suffix == ".file":
            damage = open_file(path.read_bytes(), Parts(("codec", component))).damage
            assert not damage, f"{path}: {damage}"
            return decode_picture(path, enhance=False, parts=Parts(("codec", component))).rgb
        return np.asarray(component.decode(path.read_bytes()), np.uint8)

    def _round_trip(self, codec: Codec, rgb: RgbImage, **options: Any) -> RgbImage:
        payload = codec.encode(rgb.copy(), codec_options(codec, options))
        assert isinstance(payload, bytes | bytearray | memoryview), f"encode() returned {type(payload).__name__}"
        decoded = codec.decode(bytes(payload))
        assert is_rgb_image(decoded), f"decode() returned {_told(decoded)}, not uint8 [H, W, 3]"
        assert decoded.shape == rgb.shape, f"decode() returned shape {decoded.shape} for a picture of {rgb.shape}"
        return decoded

    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
    def test_every_shape_comes_back(self, subject: Codec, shape: tuple[int, int]) -> None:
        if min(shape) < self.smallest_side:
            with pytest.raises(CodecError):
                subject.encode(textured(*shape), codec_options(subject))
        else:
            self._round_trip(subject, textured(*shape))

    @pytest.mark.parametrize("picture", EXTREMES)
    def test_every_extreme_comes_back(self, subject: Codec, picture: str) -> None:
        side = max(self.smallest_side, 24)
        self._round_trip(subject, extremes(side, side + 16)[picture])

    def test_a_smooth_picture_comes_back_as_itself(self, subject: Codec) -> None:
        rows, columns = np.mgrid[:96, :128]
        smooth = np.stack([80 + rows, 40 + columns, 200 - rows], axis=2).astype(np.uint8)
        found = psnr(smooth, self._round_trip(subject, smooth))
        assert found >= self.least_psnr, (
            f"a smooth picture keeps {found:.1f} dB at the default options: is the order of the channels right?"
        )

    def test_the_options_have_defaults_a_schema_and_survive_the_header(self, subject: Codec) -> None:
        defaults = subject.Options()
        assert subject.Options.model_json_schema(), "Options has no JSON schema"
        recorded = defaults.model_dump(mode="json")
        assert subject.Options.model_validate(recorded) == defaults, "Options cannot be read back from their JSON"

    def test_unknown_options_are_refused(self, subject: Codec) -> None:
        with pytest.raises(CodecError):
            codec_options(subject, {"no_such_option_at_all": 1})

    def test_every_option_works_at_its_extremes(self, subject: Codec) -> None:
        side = max(self.smallest_side, 32)
        rgb = textured(side, side + 8)
        for name, value in extreme_values(subject.Options):
            try:
                chosen = codec_options(subject, {name: value})
                decoded = subject.decode(bytes(subject.encode(rgb.copy(), chosen)))
            except CodecError:
                continue
            except Exception as error:
                pytest.fail(
                    f"{name}={value!r}: raised {type(error).__name__}: {error}; bound the option, or raise CodecError"
                )
            assert is_rgb_image(decoded), f"{name}={value!r}: decode() returned {_told(decoded)}"
            assert decoded.shape == rgb.shape, f"{name}={value!r}: decode() returned shape {decoded.shape}"

    @pytest.fixture
    def scale(self, subject: Codec) -> QualityScale:
        """The codec's quality scale."""
        if getattr(subject, "quality_scale", None) is None:
            pytest.skip("this codec has no quality scale, so no rate can be searched for")
        scale = quality_scale_of(subject)
        assert scale is not None, "quality_scale is no jpadse_core.QualityScale"
        return scale

    def test_the_quality_scale_is_an_option_with_these_ends(self, subject: Codec, scale: QualityScale) -> None:
        assert scale.option in subject.Options.model_fields, f'Options has no field "{scale.option}"'
        for value in (scale.lowest, scale.highest):
            codec_options(subject, {scale.option: value})
        beyond = 2 * scale.highest - scale.lowest + 1
        with pytest.raises(CodecError):
            codec_options(subject, {scale.option: beyond})
            pytest.fail(f"{scale.option}={beyond} is accepted: bound it by Field(ge=..., le=...)")

    def test_more_quality_is_more_bytes_and_less_distortion(self, subject: Codec, scale: QualityScale) -> None:
        rgb = textured(96, 128)
        points = [scale.value(step / (_STEPS - 1)) for step in range(_STEPS)]
        sizes, distortions = [], []
        for point in points:
            value = round(point) if scale.integer else point
            payload = bytes(subject.encode(rgb.copy(), codec_options(subject, {scale.option: value})))
            sizes.append(len(payload))
            distortions.append(psnr(rgb, subject.decode(payload)))
        table = ", ".join(f"{point:g}: {size} bytes" for point, size in zip(points, sizes, strict=True))
        for before, after in pairwise(sizes):
            assert after >= _SLACK * before, f"more {scale.option} gave fewer bytes ({table})"
        assert sizes[-1] > sizes[0], f"the ends of the quality scale give the same size ({table})"
        assert distortions[-1] > distortions[0], f"PSNR {distortions[0]:.1f} at the lowest, {distortions[-1]:.1f} above"

    def test_a_target_size_between_the_smallest_and_the_largest_file_is_met(
        self, subject: Codec, scale: QualityScale
    ) -> None:
        rgb = textured(max(self.smallest_side, 48), max(self.smallest_side, 64))
        pipeline = build_pipeline(subject, BandExtractor(), BlurEnhancer())
        options = [codec_options(subject, {scale.option: end}) for end in (scale.lowest, scale.highest)]
        ends = [len(pipeline.encode(rgb, chosen)) for chosen in options]
        most = sum(ends) // 2
        try:
            found = len(pipeline.encode(rgb, target=TargetSize(most)))
        except JpadseError as error:
            pytest.fail(f"files have {ends[0]} to {ends[1]} bytes, and none of at most {most} was found: {error}")
        assert found <= most, f"a file of at most {most} bytes was asked for, and has {found}"

    def test_no_option_takes_the_effect_of_the_quality_scale_away(self, subject: Codec, scale: QualityScale) -> None:
        side = max(self.smallest_side, 32)
        rgb = textured(side, side + 8)
        for name, value in extreme_values(subject.Options):
            if name == scale.option:
                continue
            try:
                lowest, highest = (
                    bytes(subject.encode(rgb.copy(), codec_options(subject, {name: value, scale.option: end})))
                    for end in (scale.lowest, scale.highest)
                )
            except JpadseError:
                continue
            assert lowest != highest, (
                f"{name}={value!r}: {scale.option} has no effect beside it, and a target would be missed in silence: "
                "let Options refuse the two together"
            )

    @pytest.fixture
    def quality_of(self, subject: Codec) -> Callable[[bytes], float | None]:
        """The codec's reader of a file's quality."""
        read_off: Callable[[bytes], float | None] | None = getattr(subject, "quality_of", None)
        if read_off is None:
            pytest.skip("this codec has no quality_of, which reads a file's quality off it")
        return read_off

    def test_the_quality_that_is_read_off_a_file_is_the_one_it_was_written_with(
        self, subject: Codec, scale: QualityScale, quality_of: Callable[[bytes], float | None]
    ) -> None:
        rgb = textured(max(self.smallest_side, 48), max(self.smallest_side, 64))
        for step in range(_STEPS):
            point = scale.value(step / (_STEPS - 1))
            value = round(point) if scale.integer else point
            found = quality_of(bytes(subject.encode(rgb.copy(), codec_options(subject, {scale.option: value}))))
            written = scale.position(value)
            if found is not None and written is not None:
                assert abs(found - written) <= _QUALITY_SLACK, (
                    f"quality_of() tells {found:.3f} of a file with {scale.option}={value}, which lies at {written:.3f}"
                )

    def test_of_a_damaged_file_no_quality_or_one_on_the_scale_is_told(
        self, subject: Codec, quality_of: Callable[[bytes], float | None]
    ) -> None:
        side = max(self.smallest_side, 48)
        payload = bytes(subject.encode(textured(side, side + 16), codec_options(subject)))
        for how, data in damaged(payload, 4 * self.damaged_files):
            try:
                found = quality_of(data)
            except JpadseError:
                continue
            except Exception as error:
                pytest.fail(f"{how}: quality_of() raised {type(error).__name__}: {error}; return None")
            assert found is None or 0 <= found <= 1, f"{how}: quality_of() told {found}, and the scale is 0 to 1"

    def test_a_damaged_payload_is_a_picture_or_an_error_of_bounded_memory(self, subject: Codec) -> None:
        side = max(self.smallest_side, 48)
        payload = bytes(subject.encode(textured(side, side + 16), codec_options(subject)))
        before = _peak_megabytes()
        for how, data in damaged(payload, self.damaged_files):
            _picture_or_error(lambda data=data: subject.decode(data), how)
        growth = _peak_megabytes() - before
        assert growth < _LARGEST_GROWTH_MB, f"damaged payloads of {len(payload)} bytes took {growth} MB of memory"

    def test_a_damaged_file_is_a_picture_or_a_typed_error(self, subject: Codec) -> None:
        side = max(self.smallest_side, 48)
        pipeline = build_pipeline(subject, BandExtractor(), BlurEnhancer())
        file = pipeline.encode(textured(side, side + 16))
        for how, data in damaged(bytes(file), self.damaged_files):
            _picture_or_error(lambda data=data: pipeline.decode(data), how, only_typed=True)

    def test_another_instance_decodes_what_this_one_encoded(self, subject: Codec) -> None:
        for payload, due in self._decoded_at_once(subject):
            assert np.array_equal(self.make().decode(payload), due), (
                "another instance decodes another picture: whatever decoding needs has to be in the payload"
            )

    def test_another_process_decodes_what_this_one_encoded(self, subject: Codec) -> None:
        self.importable_home(subject)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            for payload, due in self._decoded_at_once(subject):
                there = pool.submit(_decoded, self.make(), payload).result(timeout=WORKER_SECONDS)
                assert np.array_equal(there, due), (
                    "another process decodes another picture: whatever decoding needs has to be in the payload"
                )

    def _decoded_at_once(self, codec: Codec) -> Iterator[tuple[bytes, RgbImage]]:
        """Payloads at the lowest quality and at the default options, and what the encoding instance makes of them."""
        side = max(self.smallest_side, 40)
        rgb = textured(side, side + 16)
        scale = quality_scale_of(codec)
        for options in ({scale.option: scale.lowest} if scale is not None else {}, {}):
            payload = bytes(codec.encode(rgb.copy(), codec_options(codec, options)))
            yield payload, np.array(codec.decode(payload))

    def test_a_file_holds_the_plain_codecs_picture(self, subject: Codec) -> None:
        rgb = textured(max(self.smallest_side, 64), max(self.smallest_side, 80))
        pipeline = build_pipeline(subject, BandExtractor(), BlurEnhancer())
        plain = subject.decode(bytes(subject.encode(rgb.copy(), codec_options(subject))))
        file = pipeline.encode(rgb)
        assert np.array_equal(pipeline.decode(file, enhance=False), plain), "a file does not hold the codec's picture"
        assert sum(file.sections.values()) == len(file), "the sections do not sum to the file"


def _decoded(codec: Codec, payload: bytes) -> RgbImage:
    return codec.decode(payload)


def _told(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _peak_megabytes() -> int:
    """The most memory that this process ever had; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _picture_or_error(attempt: Any, how: str, *, only_typed: bool = False) -> None:
    """JPADSE turns any error of `decode` into `BitstreamCorrupt`, so a codec's own may be of any kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = attempt()
        except JpadseError as error:
            assert "\n" not in str(error), f"{how}: the error's message has several lines: {error}"
            return
        except Exception as error:
            if not only_typed:
                return
            pytest.fail(f"{how}: {type(error).__name__}: {error}; only errors of jpadse_core may come out of a file")
    assert is_rgb_image(picture), f"{how}: gave {_told(picture)}"
