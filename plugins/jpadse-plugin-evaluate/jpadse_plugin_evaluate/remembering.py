"""An enhancer that does not do the same work twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jpadse_core import DialEnhancer, Enhancer, Hints, RgbImage, SemanticMap
from jpadse_core.calling import enhance_all_with
from jpadse_core.interfaces import Preference


@dataclass(frozen=True, eq=False)
class _Given:
    """What an enhancer was given beside the points of the triangle."""

    rgb: RgbImage
    semantics: SemanticMap | None
    hints: Hints

    def same_as(self, other: _Given) -> bool:
        """Whether the answers are the same."""
        if self.hints != other.hints:
            return False
        return np.array_equal(self.rgb, other.rgb) and _same(self.semantics, other.semantics)


def _same(first: SemanticMap | None, second: SemanticMap | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.label_set == second.label_set and np.array_equal(first.labels, second.labels)


class RememberingEnhancer:
    """An enhancer with the last picture's answers at hand: encoding a file asks for points of the triangle, and
    decoding it then asks for the same. Files name the enhancer inside.

    Attributes:
        spared: seconds that answers which were at hand had taken when they were made, added up.
    """

    def __init__(self, enhancer: Enhancer) -> None:
        self._enhancer = enhancer
        self.__module__ = type(enhancer).__module__
        self.spared = 0.0
        self._given: _Given | None = None
        self._answers: dict[tuple[Preference, ...], tuple[list[RgbImage], float]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._enhancer, name)

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        """See `Enhancer.enhance`."""
        return self.enhance_all(rgb, semantics, hints, (preference,))[0]

    def enhance_all(
        self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preferences: Sequence[Preference]
    ) -> list[RgbImage]:
        """See `DialEnhancer.enhance_all`; answers to the very same points are at hand."""
        if len(preferences) > 1 and not isinstance(self._enhancer, DialEnhancer):
            return [self.enhance(rgb, semantics, hints, preference) for preference in preferences]
        given, points = _Given(rgb.copy(), semantics, hints), tuple(preferences)
        if self._given is None or not self._given.same_as(given):
            self._given, self._answers = given, {}
        if points in self._answers:
            pictures, seconds = self._answers[points]
            self.spared += seconds
        else:
            start = time.perf_counter()
            pictures = enhance_all_with(self._enhancer, rgb, semantics, hints, points)
            self._answers[points] = pictures, time.perf_counter() - start
        return [picture.copy() for picture in pictures]
