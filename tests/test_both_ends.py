"""Encoder and decoder tell an enhancer the same, and nobody changes what is not his."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Site
from pydantic import BaseModel, Field
from toys import STRANGER, InvertingEnhancer, ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import (
    CodecError,
    EnhancementChanged,
    EnhancementLost,
    Hints,
    LabelSet,
    PluginBroken,
    PluginNotFound,
    Preference,
    RgbImage,
    SemanticMap,
    TargetMetric,
    build_pipeline,
    decode,
    read_info,
)
from jpadse_core.builtin.jpeg import JpegCodec
from jpadse_core.distortion import psnr
from jpadse_core.parts import Parts

ROOMY = LabelSet("roomy", tuple(f"class-{number}" for number in range(40)), ("sky", *["other"] * 39), void=255)


class RoomyExtractor:
    """Uses three of forty classes, and void."""

    name = "roomy"
    labels = ROOMY

    def extract(self, rgb: RgbImage) -> SemanticMap:
        labels = (rgb[..., 0] // 90).astype(np.uint8)
        labels[:8] = 255
        return SemanticMap(labels, ROOMY)


class SetReader:
    """Enhances by what the label set says of itself."""

    name = "set-reader"

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        assert semantics is not None
        known = semantics.label_set.void is None and len(semantics.label_set.classes) == 3
        return ToyEnhancer().enhance(rgb, None, hints, preference) if known else 255 - rgb


def test_the_encoder_shows_the_enhancer_the_label_set_that_the_decoder_will(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", RoomyExtractor(), SetReader(), quality=10, semantics_rate=0)
    file = pipeline.encode(coffee)
    assert file.enhanced_psnr == pytest.approx(psnr(coffee, pipeline.decode(file)))
    assert file.base_psnr is not None
    assert file.enhanced_psnr > file.base_psnr


@dataclass
class Vandal:
    """Writes into everything that it is given."""

    name: str = "vandal"

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        made = ToyEnhancer().enhance(rgb, semantics, hints, preference)
        rgb[:] = 0
        if semantics is not None:
            semantics.labels[:] = 4
        with pytest.raises(AttributeError):
            hints.options.pop("quality")  # type: ignore[attr-defined]
        return made


def test_an_enhancer_that_writes_into_what_it_is_given_changes_no_file(coffee: RgbImage) -> None:
    honest, vandal = (
        build_pipeline("jpeg", ToyExtractor(), enhancer, quality=10, semantics_rate=0).encode(coffee)
        for enhancer in (ToyEnhancer(), Vandal("toy-blur"))
    )
    assert vandal.label_map is not None
    assert honest.label_map is not None
    assert np.array_equal(vandal.label_map.labels, honest.label_map.labels)
    assert vandal.sections["label_map"] == honest.sections["label_map"]
    assert vandal.sections["guide"] == honest.sections["guide"]
    assert vandal.options == {"quality": 10}
    assert read_info(vandal).options == {"quality": 10}


class OneBuffer(ToyEnhancer):
    """Gives the same array at every call."""

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        self.buffer = getattr(self, "buffer", np.empty_like(rgb))
        self.buffer[:] = super().enhance(rgb, semantics, hints, preference)
        return self.buffer


def test_an_enhancer_may_give_the_same_array_at_every_call(coffee: RgbImage) -> None:
    ours, theirs = (build_pipeline("jpeg", None, enhancer, quality=10) for enhancer in (ToyEnhancer(), OneBuffer()))
    file = ours.encode(coffee)
    assert theirs.encode(coffee) == file
    assert np.array_equal(theirs.decode(file, "perception"), ours.decode(file, "perception"))


def test_a_codecs_read_only_picture_becomes_one_that_the_caller_may_write_into(coffee: RgbImage) -> None:
    class Frozen(ToyCodec):
        def decode(self, data: bytes) -> RgbImage:
            made = super().decode(data)
            made.flags.writeable = False
            return made

    pipeline = build_pipeline(Frozen(), None, None)
    shown = pipeline.decode(pipeline.encode(coffee))
    shown[:] = 0


def test_a_metric_cannot_change_what_it_judges(coffee: RgbImage, site: Site) -> None:
    source = """
class Halving:
    name, unit, higher_is_better = "halving", "", True

    def measure(self, original, picture):
        original //= 2
        return 1.0
"""
    site.install("halving", {"jpadse.metrics": {"halving": "halving:Halving"}}, {"halving": source})
    before = coffee.copy()
    with pytest.raises(Exception, match=r'metric "halving" failed.*read-only'):
        build_pipeline("jpeg", None, None).encode(coffee, target=TargetMetric("halving", 0.5))
    assert np.array_equal(coffee, before)


def test_a_file_is_not_read_by_another_distributions_component_of_the_same_name(
    coffee: RgbImage, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"jpadse.enhancers": {"toy-blur": "toys:ToyEnhancer"}, "jpadse.codecs": {"toy": "toys:ToyCodec"}}
    site.install("acme", made)
    jpeg, container = (
        build_pipeline(codec, None, ToyEnhancer(), options=options).encode(coffee)
        for codec, options in (("jpeg", {"quality": 10}), ("toy", {}))
    )
    assert read_info(jpeg).enhancer == "toy-blur"
    other = Site(tmp_path / "other")
    other.install("other", made)
    monkeypatch.setattr(
        sys, "path", [str(other.folder), *(folder for folder in sys.path if folder != str(site.folder))]
    )
    with pytest.warns(EnhancementLost, match="of acme is not installed, and that of other is another"):
        decode(jpeg)
    with pytest.raises(PluginNotFound, match='codec "toy" of acme is not installed, and that of other is another'):
        decode(container)


def test_what_a_package_offers_of_its_modules_is_still_its_own(
    coffee: RgbImage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = site.folder / "wrapped"
    package.mkdir()
    (package / "__init__.py").write_text("from wrapped.parts import Wrapped\n")
    (package / "parts.py").write_text(
        "from toys import ToyEnhancer\nclass Wrapped(ToyEnhancer):\n    name = 'wrapped'\n"
    )
    site.modules += ["wrapped", "wrapped.parts"]
    site.install("wrapping-paper", {"jpadse.enhancers": {"wrapped": "wrapped:Wrapped"}})
    file = build_pipeline("jpeg", None, "wrapped", quality=10).encode(coffee)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != str(site.folder)])
    with pytest.warns(EnhancementLost, match="pip install --upgrade wrapping-paper"):
        decode(file)


def test_derived_semantics_in_another_label_set_are_told(coffee: RgbImage) -> None:
    class Renamed(ToyExtractor):
        labels = replace(STRANGER, name="renamed")

        def extract(self, rgb: RgbImage) -> SemanticMap:
            return replace(super().extract(rgb), label_set=self.labels)

    file = build_pipeline("jpeg", ToyExtractor(), ToyEnhancer(), quality=10, semantics_source="derived").encode(coffee)
    other = build_pipeline("jpeg", Renamed(), ToyEnhancer(), semantics_source="derived")
    with pytest.warns(EnhancementChanged, match='in "renamed".*measured with one in "stranger-5"'):
        other.decode(file)


class Failing(ToyEnhancer):
    """Breaks whenever it is asked."""

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        raise RuntimeError("no weights today")


def test_an_enhancer_that_fails_costs_the_enhancement_and_not_the_picture(coffee: RgbImage) -> None:
    file = build_pipeline("jpeg", None, ToyEnhancer(), quality=10).encode(coffee)
    with pytest.warns(EnhancementLost, match="no weights today"):
        shown = build_pipeline("jpeg", None, Failing()).decode(file)
    assert np.array_equal(shown, decode(file, enhance=False))


def test_a_rival_of_the_default_enhancer_does_not_keep_plain_files_from_it(coffee: RgbImage, site: Site) -> None:
    plain = build_pipeline("jpeg", None, None, quality=10).encode(coffee)
    expected = decode(plain)
    site.install("rival", {"jpadse.enhancers": {"default": "toys:InvertingEnhancer"}})
    assert np.array_equal(decode(plain), expected)
    assert not np.array_equal(expected, InvertingEnhancer().enhance(decode(plain, enhance=False), None, None, None))  # type: ignore[arg-type]


class Carrying:
    """JPEG's carrier, less what a test takes away."""

    def __init__(self, **other: Any) -> None:
        self.other = other

    def __getattr__(self, name: str) -> Any:
        return self.other.get(name) or getattr(JpegCodec().carrier, name)


def _codec(carrier: Any) -> JpegCodec:
    codec = JpegCodec()
    codec.carrier = carrier
    return codec


def test_what_a_carrier_raises_names_its_codec(coffee: RgbImage) -> None:
    def torn(*_: Any) -> Any:
        raise IndexError("off the end")

    for method in ("recognises", "attach", "detach", "essence"):
        with pytest.raises(CodecError, match='the carrier of codec "jpeg" failed: IndexError: off the end'):
            build_pipeline(_codec(Carrying(**{method: torn})), None, ToyEnhancer()).encode(coffee)


def test_a_carrier_that_forgets_the_sidecar_is_refused(coffee: RgbImage) -> None:
    codec = _codec(Carrying(attach=lambda payload, sidecar: payload))
    with pytest.raises(CodecError, match="does not bring the sidecar back: it is not there"):
        build_pipeline(codec, None, ToyEnhancer()).encode(coffee)


class TakenOptions(BaseModel):
    """Of names that `encode` takes itself."""

    target: int = 3
    source: int = 1


class AliasedOptions(BaseModel):
    """By other names than the fields'."""

    quality: int = Field(75, alias="q")


class BytesOptions(BaseModel):
    """That JSON cannot hold."""

    key: bytes = b""


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Options": TakenOptions}, "options of other names than source, target"),
        ({"Options": AliasedOptions}, "options without an alias: quality"),
        ({"carrier": type(JpegCodec().carrier)}, "a carrier that is an instance"),
    ],
)
def test_codecs_that_could_not_be_used_are_refused_at_once(changes: dict[str, Any], problem: str) -> None:
    codec = type("Odd", (ToyCodec,), changes)()
    with pytest.raises(PluginBroken, match=problem):
        build_pipeline(codec, None, None)


def test_options_that_no_file_can_hold_are_the_codecs_error(coffee: RgbImage) -> None:
    codec = type("Odd", (ToyCodec,), {"Options": BytesOptions})()
    with pytest.raises(CodecError, match='codec "toy": what its options are in a file failed'):
        build_pipeline(codec, None, None, key=b"\xff\xfe").encode(coffee)


def test_a_name_with_a_space_is_broken_when_it_is_loaded(site: Site) -> None:
    source = "from toys import ToyCodec\nclass Spaced(ToyCodec):\n    name = 'sp aced'\n"
    site.install("spaced", {"jpadse.codecs": {"sp aced": "spaced:Spaced"}}, {"spaced": source})
    with pytest.raises(PluginBroken, match="is no name for files and command lines"):
        Parts().find("codec", "sp aced")
