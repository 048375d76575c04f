"""What is measured of a decoded picture beside its original, and how many pictures' values make one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.statistics import Draws

Axis = Literal["distortion", "perception", "accuracy"]
Evidence = Any
"""What is kept of one picture, as JSON: a number, or what a figure over many pictures is made of."""


@dataclass(frozen=True, eq=False)
class Case:
    """One decoded picture to be measured.

    Attributes:
        original, decoded: uint8 `[H, W, 3]`, sRGB, of one shape.
        digest: names the original's content, so that what is derived from it can be kept.
        labels: the file of its true labels, where there are any.
    """

    original: RgbImage
    decoded: RgbImage
    digest: str
    labels: Path | None = None


def mean(values: Sequence[Evidence]) -> float:
    """The mean of numbers; `nan` where one is."""
    return math.fsum(values) / len(values) if values else math.nan


@dataclass(frozen=True)
class Figure:
    """One column of the results.

    Attributes:
        name, unit: as printed.
        higher_is_better: the direction.
        axis: which corner of the triangle it speaks of.
        summary: the figure over many pictures, from the evidence of each.
        per_picture: whether the summary of a single picture's evidence means anything.
        resampled: the summaries of drawn pictures, from the evidence of all and the draws, where there is a faster or a
            better way than one by one; none at all where it would take too long.
        digits: behind the point, as printed.
        note: what a reader has to know, printed below the tables.
    """

    name: str
    unit: str
    higher_is_better: bool
    axis: Axis
    summary: Callable[[Sequence[Evidence]], float] = mean
    per_picture: bool = True
    digits: int = 2
    note: str = ""
    resampled: Callable[[Sequence[Evidence], Draws], npt.NDArray[np.float64]] | None = None


class Measure(Protocol):
    """Takes evidence for one or more figures.

    Attributes:
        identity: what determines its values: name, versions, weights. Part of the journal's key.
        figures: what it yields.

    It may also have `packages: tuple[str, ...]`, the distributions beside JPADSE's own requirements that it stands on.
    """

    identity: str

    @property
    def figures(self) -> tuple[Figure, ...]:
        """See the class."""

    def measure(self, case: Case) -> Mapping[str, Evidence]:
        """Evidence by figure's name."""
