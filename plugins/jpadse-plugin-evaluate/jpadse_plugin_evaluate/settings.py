"""What is to be measured: codecs, points, ways to make a file, preferences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

PLAIN = "plain"
NO_SEMANTICS = "none-semantics"
Size: TypeAlias = tuple[int, int] | int
"""What pictures are resized to first: width and height, or the most that the longer side may have."""


Given: TypeAlias = tuple[tuple[str, str], ...]
"""Options that a component is made or called with, as they were typed."""


def in_words(given: Given) -> str:
    """Options as they were typed."""
    return " ".join(f"{key}={value}" for key, value in given)


def shares_of(preference: str) -> str | tuple[float, ...]:
    """A preference as the pipeline takes it: a corner's name, or shares out of `P,A,D`.

    Raises:
        ValueError: a share is no number.
    """
    return tuple(float(share) for share in preference.split(",")) if "," in preference else preference


@dataclass(frozen=True)
class Point:
    """Where on a codec's rate-distortion curve a file is made.

    Attributes:
        kind: `"quality"`, on the codec's own scale, or `"bpp"`: at most so many bits per pixel, the sidecar included.
        value: the quality or the rate.
    """

    kind: Literal["quality", "bpp"]
    value: float

    def __str__(self) -> str:
        return f"{'q' if self.kind == 'quality' else ''}{self.value:g}{'' if self.kind == 'quality' else ' bpp'}"


@dataclass(frozen=True)
class Variant:
    """One way to make a file with a codec: plain (neither is given), or enhanced, with or without a label map; the
    options are the extractor's, and the rate is `build_pipeline`'s."""

    enhancer: str | None = None
    semantics: str | None = None
    options: Given = ()
    semantics_rate: float | None = None

    @property
    def name(self) -> str:
        """As in tables and for `--baseline`: `plain`, `none-semantics`, or the extractor's name."""
        if self.enhancer is None:
            return PLAIN
        made = self.semantics or NO_SEMANTICS
        return made if self.enhancer == "default" else f"{made} ({self.enhancer})"


@dataclass(frozen=True)
class CurveName:
    """A codec, a way to make its file, and the preference it is decoded for (empty for the plain codec)."""

    codec: str
    variant: str
    preference: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.codec, self.variant, self.preference) if part)


@dataclass(frozen=True)
class Coding:
    """A codec with the way to make its files, and the points and preferences wanted of it; the options are the codec's
    own, beside its quality."""

    codec: str
    variant: Variant
    points: tuple[Point, ...]
    preferences: tuple[str, ...]
    options: Given = ()

    def curves(self) -> Iterator[CurveName]:
        """The curves that it yields, in order."""
        for preference in self.preferences:
            yield CurveName(self.codec, self.variant.name, preference)


@dataclass(frozen=True)
class Settings:
    """All that is measured of every picture.

    Attributes:
        codecs, semantics, enhancers, preferences: names of components and preferences; `"none"` among the semantics is
            the enhanced file without a label map.
        points: of every codec.
        size: pictures are resized to it first; None leaves them as they are.
        options: of extractors that are made with some, by name.
        semantics_rate: what a map's bytes weigh, as for `build_pipeline`.
        codec_options: of codecs, beside their quality, by name.
    """

    codecs: tuple[str, ...]
    points: dict[str, tuple[Point, ...]]
    semantics: tuple[str, ...] = ("deeplab", "none")
    enhancers: tuple[str, ...] = ("default",)
    preferences: tuple[str, ...] = ("distortion",)
    size: Size | None = None
    options: Mapping[str, Given] = field(default_factory=dict)
    codec_options: Mapping[str, Given] = field(default_factory=dict)
    semantics_rate: float | None = None

    def variants(self) -> Iterator[Variant]:
        """Every enhancer with every extractor."""
        for enhancer in self.enhancers:
            for semantics in self.semantics:
                if semantics == "none":
                    yield Variant(enhancer)
                else:
                    yield Variant(enhancer, semantics, self.options.get(semantics, ()), self.semantics_rate)

    def codings(self) -> Iterator[Coding]:
        """Every codec plain, then every enhancer with every extractor."""
        for codec in self.codecs:
            options = self.codec_options.get(codec, ())
            yield Coding(codec, Variant(), self.points[codec], ("",), options)
            for variant in self.variants():
                yield Coding(codec, variant, self.points[codec], self.preferences, options)
