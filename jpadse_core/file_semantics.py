"""Where the semantics of a file come from, and what of them it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias, get_args

import numpy as np

from jpadse_core.bitstream.header import LabelSetReference, reference_to
from jpadse_core.bitstream.label_map import encode_labels
from jpadse_core.errors import SemanticsError
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_core.map_decision import SemanticsSource

Divisor: TypeAlias = Literal[1, 2, 4, 8]


@dataclass(frozen=True)
class MapPolicy:
    """What a pipeline does about semantics.

    Attributes:
        source: `"transmitted"`: the file holds the map; `"derived"`: both sides make it of the plain decoded picture;
            `"none"`.
        divisor: the map has the picture's resolution divided by this.
        rate: weight of the bytes of a transmitted map against what it saves in squared error; 0 sends it as it is, None
            where it shows what the enhancer has a use for.
    """

    source: SemanticsSource = "transmitted"
    divisor: Divisor = 8
    rate: float | None = None

    def __post_init__(self) -> None:
        if type(self.divisor) is not int or self.divisor not in get_args(Divisor):
            raise SemanticsError(f"divisor {self.divisor!r}: choose from 1, 2, 4, 8")
        if self.source not in get_args(SemanticsSource):
            choices = ", ".join(get_args(SemanticsSource))
            raise SemanticsError(f'semantics source "{self.source}": choose from {choices}')
        number = isinstance(self.rate, int | float) and not isinstance(self.rate, bool)
        if self.rate is not None and not (number and 0 <= self.rate < math.inf):
            raise SemanticsError(f"semantics rate {self.rate!r}: give a number from 0 on")
        if self.rate and self.source != "transmitted":
            raise SemanticsError(f"semantics rate {self.rate:g}: {self.source} semantics cost no bytes: leave it out")


@dataclass(frozen=True, eq=False)
class FileSemantics:
    """What an enhancer is told of a picture's content, and how the file says it.

    Attributes:
        label_map: what was seen in the picture; None for nothing.
        divisor: its resolution is the picture's divided by this.
        source: only a transmitted map is in the file; a file without one that is called transmitted had one left out.
        smallest_region: of a simplified map, in cells, 1 or more: smaller ones went to their neighbours. 0 for a map as
            it was made.
    """

    label_map: SemanticMap | None = None
    divisor: int = 4
    source: SemanticsSource = "transmitted"
    smallest_region: int = 0

    @cached_property
    def reference(self) -> LabelSetReference | None:
        """How the file names the label set of a transmitted map; None where the file has none."""
        if self.label_map is None or self.source != "transmitted":
            return None
        return reference_to(self.label_map.label_set, np.unique(self.label_map.labels).tolist())

    @property
    def as_read(self) -> SemanticMap | None:
        """The map that the enhancer gets, at either end: a transmitted one in the label set that a reader makes of the
        file, which knows only the classes that occur and no void."""
        if self.label_map is None or self.reference is None:
            return self.label_map
        return replace(self.label_map, label_set=self.reference.resolve())

    @cached_property
    def body(self) -> bytes | None:
        """The label map section's; None where the file has none."""
        if self.label_map is None or self.source != "transmitted":
            return None
        return encode_labels(self.label_map.labels)
