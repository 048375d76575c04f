"""Options of extractors and enhancers, the file that an extractor may look at, and textures nobody declared."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished, Site
from PIL import Image
from toys import ToyEnhancer, ToyExtractor

from jpadse_core import (
    CodecError,
    EnhancementLost,
    EnhancerError,
    JpadseError,
    LabelSet,
    PluginBroken,
    RgbImage,
    SemanticMap,
    SemanticsError,
    TextureUndeclared,
    build_pipeline,
    decode,
)
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover

SOURCE = """
import numpy as np
from pydantic import BaseModel, Field
from jpadse_core import LabelSet, SemanticMap
from toys import ToyEnhancer

class OneClass:
    name = "one-class"
    labels: LabelSet

    class Options(BaseModel):
        label: int = Field(ge=0, le=4, description="the class that everything is")

    def __init__(self, options):
        self.options = options
        self.labels = LabelSet("five", tuple("abcde"), ("sky",) * 5)

    def extract(self, rgb):
        return SemanticMap(np.full(rgb.shape[:2], self.options.label, np.uint8), self.labels)

class Tuned(ToyEnhancer):
    name = "tuned"

    class Options(BaseModel):
        strength: float = Field(1, ge=0)

    def __init__(self, options):
        self.options = options

class Forgetful:
    name = "forgetful"
    labels: LabelSet
    Options = OneClass.Options
"""


@pytest.fixture
def optioned(site: Site) -> Site:
    site.install(
        "jpadse-plugin-optioned",
        {
            "jpadse.semantics": {"one-class": "optioned_parts:OneClass", "forgetful": "optioned_parts:Forgetful"},
            "jpadse.enhancers": {"tuned": "optioned_parts:Tuned"},
        },
        {"optioned_parts": SOURCE},
    )
    return site


@pytest.mark.usefixtures("optioned")
def test_an_extractor_is_made_with_the_options_given(coffee: RgbImage) -> None:
    pipeline = build_pipeline("jpeg", "one-class", ToyEnhancer(), semantics_options={"label": 3})
    label_map = pipeline.encode(coffee, quality=20).label_map
    assert label_map is not None
    assert np.unique(label_map.labels).tolist() == [3]


@pytest.mark.usefixtures("optioned")
def test_an_enhancer_is_made_with_the_options_given() -> None:
    pipeline = build_pipeline("jpeg", None, "tuned", enhancer_options={"strength": "0.5"})
    assert pipeline.enhancer.options.strength == 0.5  # type: ignore[union-attr]


@pytest.mark.usefixtures("optioned")
@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"semantics": "one-class"}, SemanticsError, 'extractor "one-class": option label is missing'),
        (
            {"semantics": "one-class", "semantics_options": {"label": 9}},
            SemanticsError,
            "label=9: .*less than or equal",
        ),
        (
            {"semantics": "one-class", "semantics_options": {"label": 1, "speed": 2}},
            SemanticsError,
            "has no option speed: choose from label",
        ),
        ({"enhancer": "tuned", "enhancer_options": {"strength": -1}}, EnhancerError, "strength=-1"),
        ({"enhancer": "tuned", "enhancer_options": {"strength": True}}, EnhancerError, "strength=True: .* a number"),
        ({"semantics": "one-class", "semantics_options": {"label": True}}, SemanticsError, "label=True: .* a number"),
        ({"codec": "jpeg", "options": {"quality": True}}, CodecError, "quality=True: .* a number"),
        (
            {"semantics": "deeplab", "semantics_options": {"model": "x"}},
            SemanticsError,
            '"deeplab" has no option model: choose from scales, flip',
        ),
        ({"enhancer": "default", "enhancer_options": {"model": "x"}}, EnhancerError, '"default" takes no options'),
        ({"semantics": ToyExtractor(), "semantics_options": {"model": "x"}}, SemanticsError, "is an instance"),
        ({"semantics": None, "semantics_options": {"model": "x"}}, SemanticsError, "leave its options out"),
    ],
)
def test_wrong_options_are_typed_errors_that_name_the_field(
    arguments: dict[str, object], kind: type[JpadseError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        build_pipeline(**{"semantics": None, "enhancer": None, **arguments})  # type: ignore[arg-type]


@pytest.mark.usefixtures("optioned")
def test_the_command_line_fills_the_options(jpadse: Callable[..., Finished], tmp_path: Path, coffee: RgbImage) -> None:
    Image.fromarray(coffee).save(tmp_path / "in.png")
    encode = ("encode", tmp_path / "in.png", "-o", tmp_path / "out.jpg", "--semantics", "one-class")
    assert jpadse(*encode, "--semantics-option", "label=2").code == 0
    refused = jpadse(*encode, "--semantics-option", "label=much")
    assert (refused.code, "label='much'" in refused.err) == (1, True)
    assert "wants KEY=VALUE" in jpadse(*encode, "--semantics-option", "label").err


@pytest.mark.usefixtures("optioned")
def test_checking_accepts_a_class_that_cannot_be_made_without_options() -> None:
    own = [part for part in discover("semantics") if part.distribution == "jpadse-plugin-optioned"]
    status = {part.name: checked(part).status for part in own}
    assert status == {"one-class": "ok", "forgetful": "broken"}


def test_a_file_whose_enhancer_wants_options_costs_the_enhancement(site: Site, coffee: RgbImage) -> None:
    demanding = SOURCE.replace("Field(1, ge=0)", "Field(ge=0)")
    site.install(
        "jpadse-plugin-tuned", {"jpadse.enhancers": {"tuned": "tuned_parts:Tuned"}}, {"tuned_parts": demanding}
    )
    data = build_pipeline("jpeg", None, "tuned", enhancer_options={"strength": 1}).encode(coffee, quality=20)
    with pytest.warns(EnhancementLost, match="option strength is missing"):
        assert np.array_equal(decode(data), decode(data, enhance=False))


class Curious(ToyExtractor):
    """Remembers the files that it was told of."""

    def __init__(self) -> None:
        self.files: list[Path | None] = []

    def extract_from(self, rgb: RgbImage, file: Path | None) -> SemanticMap:
        self.files.append(file)
        return self.extract(rgb)


def test_an_extractor_that_asks_is_told_the_pictures_file(tmp_path: Path, coffee: RgbImage) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(coffee).save(path)
    curious = Curious()
    pipeline = build_pipeline("jpeg", curious, ToyEnhancer(), quality=20)
    from_file, from_memory = pipeline.encode(str(path)), pipeline.encode(coffee)
    assert curious.files == [path, None]
    assert bytes(from_file) == bytes(from_memory)


def test_undeclared_textures_are_told_of_once_when_the_pipeline_is_built(coffee: RgbImage) -> None:
    class Vague(ToyExtractor):
        labels = LabelSet.mapped("vague-5", ("a", "b", "c", "d", "e"), {"a": "sky", "b": "other"})

        def extract(self, rgb: RgbImage) -> SemanticMap:
            return SemanticMap(super().extract(rgb).labels, self.labels)

    with pytest.warns(TextureUndeclared, match=r'extractor "toy-bands": no texture is declared for c, d, e: ') as told:
        pipeline = build_pipeline("jpeg", Vague(), ToyEnhancer(), quality=20)
    assert [warning.filename for warning in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline.encode(coffee)
        pipeline.encode(coffee)


def test_labels_that_are_no_label_set_are_refused() -> None:
    class Loose(ToyExtractor):
        labels = ("a", "b")  # type: ignore[assignment]

    with pytest.raises(PluginBroken, match="its labels are tuple, not a LabelSet"):
        build_pipeline("jpeg", Loose(), ToyEnhancer())


def test_options_that_are_no_mapping_are_refused(coffee: RgbImage) -> None:
    with pytest.raises(CodecError, match=r"a mapping or its Options, not 5"):
        build_pipeline("jpeg", None, None).encode(coffee, 5)  # type: ignore[arg-type]
