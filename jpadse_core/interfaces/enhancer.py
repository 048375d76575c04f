"""What the author of an enhancer implements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from jpadse_core.errors import EnhancerError
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.interfaces.picture import RgbImage


@dataclass(frozen=True)
class Preference:
    """A point of the triangle: three shares, each 0 to 1, that sum to 1."""

    perception: float
    accuracy: float
    distortion: float

    def __post_init__(self) -> None:
        shares = (self.perception, self.accuracy, self.distortion)
        if not all(math.isfinite(share) and 0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > 1e-3:
            raise EnhancerError(f"preference {shares}: wants three shares from 0 to 1 that sum to 1")

    @classmethod
    def of(cls, value: AnyPreference) -> Preference:
        """A preference from a corner's name, or from (perception, accuracy, distortion).

        Raises:
            EnhancerError: neither a corner's name nor a point of the triangle.
        """
        if isinstance(value, Preference):
            return value
        if isinstance(value, str):
            if value in _CORNERS:
                return _CORNERS[value]
            raise EnhancerError(f'preference "{value}": choose from {", ".join(_CORNERS)}, or give three shares')
        try:
            perception, accuracy, distortion = (float(share) for share in value)
        except (TypeError, ValueError) as error:
            raise EnhancerError(f"preference {value!r}: wants (perception, accuracy, distortion)") from error
        return cls(perception, accuracy, distortion)

    @property
    def calm(self) -> Preference:
        """With perception's share given to distortion: without texture that is woven in."""
        return Preference(0.0, self.accuracy, min(self.perception + self.distortion, 1.0))


AnyPreference: TypeAlias = Preference | str | Sequence[float]

_CORNERS = {
    "perception": Preference(1, 0, 0),
    "accuracy": Preference(0, 1, 0),
    "distortion": Preference(0, 0, 1),
}


@dataclass(frozen=True)
class Hints:
    """What the decoder knows anyway.

    Attributes:
        codec: the codec's name, or None.
        bits_per_pixel: rate of the coded picture without metadata and sidecar, or None.
        quality: position on the codec's quality scale, 0 (lowest) to 1, or None.
        options: the codec's options where they are known.
    """

    codec: str | None = None
    bits_per_pixel: float | None = None
    quality: float | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@runtime_checkable
class Enhancer(Protocol):
    """Turns a decoded picture, a label map and hints into a better picture.

    Attributes:
        name: as in files and on the command line.

    An enhancer may also have `digest: str`, the sha256 of its weights in hex; files then name the weights that their
    guide was measured with. And it may have `check_weights()`, which downloads nothing, and raises `WeightsMissing` or
    `WeightsChecksum` where its weights are not there or not the right ones.

    It may have `why_needless(semantics: SemanticMap) -> str`: in words, why a map of this content is not worth its
    bytes to this enhancer, or "" where it is. By default the encoder leaves a needless map out.

    One that makes several points of the triangle for little more than one is a `DialEnhancer`.

    A class may have `Options`, a pydantic model, whose instance its constructor takes; files do not hold it, so what it
    changes in the pictures belongs into `digest`.
    """

    name: str

    def enhance(self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preference: Preference) -> RgbImage:
        """Enhance uint8 `[H, W, 3]` to the same shape. Works without semantics and on a codec it has never seen."""


@runtime_checkable
class DialEnhancer(Enhancer, Protocol):
    """An enhancer that makes several points of the triangle at once; JPADSE then calls its `enhance_all` where it needs
    more than one."""

    def enhance_all(
        self, rgb: RgbImage, semantics: SemanticMap | None, hints: Hints, preferences: Sequence[Preference]
    ) -> list[RgbImage]:
        """What `enhance` makes for each preference, within a rounding."""
