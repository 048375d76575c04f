"""What encoding returns: the file's bytes, which also know what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.map_decision import MapChoice, SemanticsSource


class Encoded(bytes):
    """The bytes of a file, with the story of their making.

    Attributes:
        sections: bytes of every part of the file by name; they sum to `len(self)`.
        bits_per_pixel: rate of the whole file.
        label_map: the semantic map as it was sent or derived, at its own resolution; None where none was.
        semantics_source: where the decoder has it from; `"transmitted"` where it was left out, too.
        map_choice: what was decided about a map to be transmitted, and why; None without one.
        timings: seconds of wall time by stage; of all trials, where a target was searched for.
        options: the codec's that differ from its defaults.
        base_psnr, enhanced_psnr: dB of the plain picture and of the distortion corner; None without enhancer.
    """

    sections: Mapping[str, int]
    bits_per_pixel: float
    label_map: SemanticMap | None
    semantics_source: SemanticsSource
    map_choice: MapChoice | None
    timings: Mapping[str, float]
    options: Mapping[str, Any]
    base_psnr: float | None
    enhanced_psnr: float | None

    def __new__(
        cls,
        data: bytes,
        *,
        sections: Mapping[str, int],
        bits_per_pixel: float,
        label_map: SemanticMap | None,
        timings: Mapping[str, float],
        options: Mapping[str, Any],
        semantics_source: SemanticsSource = "none",
        map_choice: MapChoice | None = None,
        base_psnr: float | None = None,
        enhanced_psnr: float | None = None,
    ) -> Encoded:
        self = super().__new__(cls, data)
        self.sections = dict(sections)
        self.bits_per_pixel = bits_per_pixel
        self.label_map = label_map
        self.semantics_source = semantics_source
        self.map_choice = map_choice
        self.timings = dict(timings)
        self.options = dict(options)
        self.base_psnr = base_psnr
        self.enhanced_psnr = enhanced_psnr
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (bytes(self), self.__dict__)


def _rebuild(data: bytes, state: dict[str, Any]) -> Encoded:
    return Encoded(data, **state)
