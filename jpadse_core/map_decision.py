"""What an encoder decided about a file's label map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

SemanticsSource: TypeAlias = Literal["transmitted", "derived", "none"]
Decision: TypeAlias = Literal["full", "simplified", "skipped"]


@dataclass(frozen=True)
class MapCost:
    """A file that was weighed: its bytes, the squared error of its distortion corner over all samples, and the sum of
    both in the unit of the error."""

    bytes: int
    squared_error: int
    cost: float


@dataclass(frozen=True)
class MapChoice:
    """What an encoder decided about the label map.

    Attributes:
        decision: `"full"`, `"simplified"` or `"skipped"`.
        reason: in words.
        weighed: the files that it chose from, by decision; empty where nothing was weighed.
    """

    decision: Decision
    reason: str
    weighed: Mapping[Decision, MapCost] = field(default_factory=dict)
