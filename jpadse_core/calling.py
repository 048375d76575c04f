"""Calling a component: it gets copies of picture and map, which it may write into; what it raises or returns wrongly
becomes this project's error with the component's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from jpadse_core.errors import CodecError, EnhancerError, JpadseError, PluginError, SemanticsError
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.enhancer import DialEnhancer, Enhancer, Hints, Preference
from jpadse_core.interfaces.labels import LabelSet, SemanticMap
from jpadse_core.interfaces.picture import RgbImage, is_rgb_image
from jpadse_core.interfaces.semantics import FileExtractor, SemanticExtractor

_Array = TypeVar("_Array", bound=npt.NDArray[Any])


def encode_with(codec: Codec, rgb: RgbImage, options: Any) -> tuple[bytes, RgbImage]:
    """The codec's bytes of a picture, and the picture that it makes of them.

    Raises:
        CodecError: it failed, or the picture has another shape.
    """
    who = f'codec "{codec.name}"'
    with failing_as(CodecError, who):
        payload = bytes(codec.encode(rgb.copy(), options))
        base = codec.decode(payload)
    return payload, _checked(base, rgb, CodecError, who)


def extract_with(extractor: SemanticExtractor, rgb: RgbImage, file: Path | None = None) -> SemanticMap:
    """The extractor's map of a picture.

    Args:
        extractor, rgb: who makes the map, and of what.
        file: where the picture was read from, for an extractor that asks for it.

    Raises:
        SemanticsError: it failed, or the map has another height or width, or an id that is neither one of the declared
            classes nor the declared void.
    """
    who = f'extractor "{extractor.name}"'
    with failing_as(SemanticsError, who):
        if isinstance(extractor, FileExtractor):
            semantics = extractor.extract_from(rgb.copy(), file)
        else:
            semantics = extractor.extract(rgb.copy())
    if not isinstance(semantics, SemanticMap) or semantics.labels.shape != rgb.shape[:2]:
        found = f"a map of {semantics.labels.shape}" if isinstance(semantics, SemanticMap) else repr(type(semantics))
        raise SemanticsError(f"{who} returned {found} where a map of {rgb.shape[:2]} was due")
    if semantics.label_set != extractor.labels:
        raise SemanticsError(f'{who} returned a map in "{semantics.label_set.name}", not in the label set it declares')
    _refuse_strange_ids(semantics, extractor.labels, who)
    return replace(semantics, labels=semantics.labels.copy())


def _copy_of(semantics: SemanticMap | None) -> SemanticMap | None:
    return None if semantics is None else replace(semantics, labels=semantics.labels.copy())


def _refuse_strange_ids(semantics: SemanticMap, declared: LabelSet, who: str) -> None:
    """To the enhancer they would look like "other", where most often the label set is not the network's own."""
    strange = semantics.labels >= len(declared.classes)
    if declared.void is not None:
        strange &= semantics.labels != declared.void
    if strange.any():
        found = int(semantics.labels[strange][0])
        void = "no void" if declared.void is None else f"void {declared.void}"
        raise SemanticsError(
            f'{who} returned the id {found}, and "{declared.name}" has classes 0 to {len(declared.classes) - 1} and '
            f"{void}: choose the label set of its network, or declare it with void={found}"
        )


def enhance_with(
    enhancer: Enhancer, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference
) -> RgbImage:
    """The enhancer's picture.

    Raises:
        EnhancerError: it failed, or the picture has another shape.
    """
    who = f'enhancer "{enhancer.name}"'
    with failing_as(EnhancerError, who):
        enhanced = enhancer.enhance(rgb.copy(), _copy_of(semantics), hints, preference)
    return _checked(enhanced, rgb, EnhancerError, who)


def enhance_all_with(
    enhancer: Enhancer, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preferences: Sequence[Preference]
) -> list[RgbImage]:
    """The enhancer's pictures, one for each preference.

    Raises:
        EnhancerError: it failed, or a picture has another shape, or there are more or fewer of them.
    """
    if len(preferences) == 1 or not isinstance(enhancer, DialEnhancer):
        return [enhance_with(enhancer, rgb, semantics, hints, preference).copy() for preference in preferences]
    who = f'enhancer "{enhancer.name}"'
    with failing_as(EnhancerError, who):
        enhanced = list(enhancer.enhance_all(rgb.copy(), _copy_of(semantics), hints, tuple(preferences)))
    if len(enhanced) != len(preferences):
        raise EnhancerError(f"{who} returned {len(enhanced)} pictures where {len(preferences)} were due")
    return [_checked(picture, rgb, EnhancerError, who) for picture in enhanced]


def digest_of(part: object) -> str:
    """The sha256 of a component's weights in hex; empty where it does not tell."""
    with failing_as(PluginError, type(part).__name__):
        digest = getattr(part, "digest", None)
    return digest if isinstance(digest, str) else ""


def read_only(array: _Array) -> _Array:
    """A view of the same samples, for who may look and not write."""
    view = array.view()
    view.flags.writeable = False
    return view


@contextmanager
def failing_as(kind: type[JpadseError], who: str) -> Iterator[None]:
    """Whatever is raised inside, save memory errors, as `kind` with the component's name."""
    try:
        yield
    except (JpadseError, MemoryError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise kind(f"{who} failed: {type(error).__name__}: {error}") from error


def _checked(output: Any, reference: RgbImage, kind: type[JpadseError], who: str) -> RgbImage:
    if not is_rgb_image(output) or output.shape != reference.shape:
        found = f"{output.dtype} {output.shape}" if isinstance(output, np.ndarray) else type(output).__name__
        raise kind(f"{who} returned {found} where uint8 {reference.shape} was due")
    return np.require(output, requirements=("C", "W"))
