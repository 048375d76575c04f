"""What becomes of a label map to be transmitted: it is sent whole, simplified, or not at all.

By default the enhancer says for what content a map is worth its bytes to it. Given a weight, these are measured: a map
is worth its bytes where the codec itself, given these bytes, would not save more. What it saves is measured: the
encoder enhances with the whole map, without one, and with the simplification that promises most. The three files are
compared by `D + weight * lambda * R`, D the squared error of the distortion corner and R all bits of the file, with
lambda the codec's own slope -dD/dR at the whole map's file:

    lambda = D / pixels * max(2 ln 2, 1.1 / bits per pixel)

The first term is the slope of the high-rate law `D ~ 2^(-2R)` (Gray and Neuhoff, "Quantization", IEEE Trans. Inf.
Theory 44, 1998); the second that of `D ~ R^-1.1`, which photographs follow at low rates (decision 0016).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from jpadse_core.calling import failing_as
from jpadse_core.distortion import squared_error
from jpadse_core.downsampling import downsample_labels
from jpadse_core.errors import EnhancerError
from jpadse_core.file_semantics import FileSemantics
from jpadse_core.interfaces.enhancer import Enhancer
from jpadse_core.interfaces.label_sets import TEXTURE
from jpadse_core.interfaces.labels import LabelArray, SemanticMap
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.map_decision import Decision, MapChoice, MapCost
from jpadse_core.rate_control import Trial
from jpadse_core.regions import merge_small_regions

_LOW_RATE_EXPONENT = 1.1
_SMALLEST_REGIONS = (1, 4, 16, 64)
"""In cells of the map: 16 at a quarter of the resolution are 16 by 16 pixels."""
_COARSER = (4, 8)
AS_IT_IS = MapChoice("full", "sent as it is: its bytes were given no weight")
_MEANING: dict[Decision, str] = {
    "full": "the whole map pays for its bytes",
    "simplified": "a simpler map saves more bytes than it costs in squared error",
    "skipped": "the map does not pay for its bytes",
}


@dataclass(frozen=True, eq=False)
class Seen:
    """What an encoder knows of a picture's content before it encodes.

    Attributes:
        whole: what the file holds where nothing is left out.
        full: the extractor's map at the picture's resolution, where it is to be weighed.
        choice: what is decided about a map to be transmitted, where it is not.
    """

    whole: FileSemantics
    full: SemanticMap | None = None
    choice: MapChoice | None = None


def as_the_enhancer_asks(enhancer: Enhancer, label_map: SemanticMap) -> MapChoice:
    """Whether to send a map: an enhancer that does not say wants every one.

    Raises:
        EnhancerError: the enhancer failed.
    """
    who = f'enhancer "{enhancer.name}"'
    why_needless = getattr(enhancer, "why_needless", None)
    if why_needless is None:
        return AS_IT_IS
    with failing_as(EnhancerError, who):
        reason = why_needless(label_map)
    if reason:
        return MapChoice("skipped", f"{who} needs none here: {reason}; semantics_rate 0 sends it all the same")
    return MapChoice("full", f"{who} has a use for it")


def choose_map(
    full: SemanticMap,
    whole: FileSemantics,
    weight: float,
    original: RgbImage,
    render: Callable[[FileSemantics], Trial],
) -> Trial:
    """The file of least cost among those with the whole map, with a simpler one, and without.

    Args:
        full: the extractor's map, at the picture's resolution.
        whole: the map as it would be sent.
        weight: of the rate, above 0; 1 for the codec's own slope.
        original: uint8 `[H, W, 3]`.
        render: encodes with these semantics, enhancement included; asked at most three times.
    """
    trials: dict[Decision, Trial] = {"full": render(whole), "skipped": render(replace(whole, label_map=None))}
    per_byte = 8 * weight * codec_slope(original, trials["full"])
    simpler = _most_promising(full, whole, original, trials, per_byte)
    if simpler is not None:
        trials["simplified"] = render(simpler)
    weighed = {decision: _weigh(original, trial, per_byte) for decision, trial in trials.items()}
    decision = min(weighed, key=lambda key: (weighed[key].cost, weighed[key].bytes))
    return replace(trials[decision], choice=MapChoice(decision, _reason(decision, weighed), weighed))


def codec_slope(original: RgbImage, trial: Trial) -> float:
    """Squared error that a bit more would save, by the module's law.

    Args:
        original: uint8 `[H, W, 3]`.
        trial: the file whose rate and error are the point on the curve.
    """
    pixels: int = original.shape[0] * original.shape[1]
    return squared_error(original, trial.shown) / pixels * steepness(len(trial.data) * 8 / pixels)


def steepness(bits_per_pixel: float) -> float:
    """The codec's slope over its squared error per pixel, `-dD/dR / D`, by the module's law; per bit and pixel."""
    return max(2 * math.log(2), _LOW_RATE_EXPONENT / bits_per_pixel)


def _weigh(original: RgbImage, trial: Trial, per_byte: float) -> MapCost:
    error = squared_error(original, trial.shown)
    return MapCost(len(trial.data), error, error + per_byte * len(trial.data))


def _most_promising(
    full: SemanticMap,
    whole: FileSemantics,
    original: RgbImage,
    trials: dict[Decision, Trial],
    per_byte: float,
) -> FileSemantics | None:
    """The simplification of least estimated cost; None where the whole map promises no less.

    The estimate: where a cell's texture changes, what the map saved there is lost; bytes go with the length of borders.
    """
    saved = _errors_by_cell(original, trials["skipped"].shown, whole.divisor)
    saved -= _errors_by_cell(original, trials["full"].shown, whole.divisor)
    textures = _textures(whole)
    borders = _border_length(textures)
    per_side = per_byte * len(whole.body or b"") / max(borders, 1)
    best, least = None, per_side * borders
    for candidate in _simplifications(full, whole):
        changed = _textures(candidate).repeat(candidate.divisor // whole.divisor, 0)
        changed = changed.repeat(candidate.divisor // whole.divisor, 1)[: textures.shape[0], : textures.shape[1]]
        cost = int(saved[changed != textures].sum()) + per_side * _border_length(_textures(candidate))
        if cost < least:
            best, least = candidate, cost
    return best


def _simplifications(full: SemanticMap, whole: FileSemantics) -> Iterator[FileSemantics]:
    """Maps of textures, coarser or with fewer regions, none of them twice."""
    coarser = [
        (divisor, downsample_labels(full.textures(), divisor)) for divisor in _COARSER if divisor > whole.divisor
    ]
    for divisor, labels in [(whole.divisor, _textures(whole)), *coarser]:
        seen: list[LabelArray] = []
        for smallest in _SMALLEST_REGIONS:
            merged = merge_small_regions(labels, smallest)
            if not any(np.array_equal(merged, other) for other in seen):
                seen.append(merged)
                yield FileSemantics(SemanticMap(merged, TEXTURE), divisor, smallest_region=smallest)


def _textures(semantics: FileSemantics) -> npt.NDArray[np.uint8]:
    return cast(SemanticMap, semantics.label_map).textures()


def _border_length(textures: npt.NDArray[np.uint8]) -> int:
    """Sides of cells between two textures."""
    return int(np.count_nonzero(np.diff(textures, axis=0)) + np.count_nonzero(np.diff(textures, axis=1)))


def _errors_by_cell(original: RgbImage, picture: RgbImage, side: int) -> npt.NDArray[np.int64]:
    """Squared error of every cell of `side` by `side` pixels, `[ceil(H / side), ceil(W / side)]`."""
    columns = np.arange(0, original.shape[1], side)
    rows = []
    for top in range(0, original.shape[0], side):
        strip = slice(top, top + side)
        difference = original[strip].astype(np.int32) - picture[strip]
        rows.append(np.add.reduceat(np.square(difference).sum(axis=(0, 2), dtype=np.int64), columns))
    return np.stack(rows)


def _reason(decision: Decision, weighed: dict[Decision, MapCost]) -> str:
    full = weighed["full"]
    others = []
    for other, cost in weighed.items():
        if other != "full":
            error = cost.squared_error / full.squared_error - 1 if full.squared_error else 0.0
            others.append(f"{other} {cost.bytes - full.bytes:+,} bytes and {error:+.2%} squared error")
    return f"{_MEANING[decision]}: against the whole map, {', '.join(others)}"
