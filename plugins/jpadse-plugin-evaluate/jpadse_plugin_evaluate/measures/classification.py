"""Top-1 and top-5 agreement of a frozen classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.measures import Case, Figure
from jpadse_plugin_evaluate.measures.tflite import TfliteNetwork

_MANY = 5


class Classification:
    """Whether the classifier's most likely class on the original is the first, or among the first five, on the decoded
    picture; in per cent over pictures.

    Args:
        network: a `.tflite` file whose first output is scores `[1, classes]`. Ties go to the lower class.

    Raises:
        JpadseError: the network is not usable.
    """

    def __init__(self, network: str) -> None:
        self._judge = TfliteNetwork(Path(network))
        self.packages = self._judge.packages
        self.identity = f"classification {self._judge.identity}"
        note = f"against the answer of {Path(network).name} on the original"
        self.figures = (
            Figure("top-1", "%", True, "accuracy", note=note),
            Figure("top-5", "%", True, "accuracy", note=note),
        )
        self._last: tuple[str, int] = ("", 0)

    def measure(self, case: Case) -> dict[str, float]:
        """See `Measure.measure`."""
        if self._last[0] != case.digest:
            self._last = case.digest, int(self._ranking(case.original)[0])
        ranking = self._ranking(case.decoded)
        place = ranking.tolist().index(self._last[1])
        return {"top-1": 100.0 * (place < 1), "top-5": 100.0 * (place < _MANY)}

    def _ranking(self, rgb: RgbImage) -> np.ndarray:
        scores = self._judge.answers(rgb)[0].ravel().astype(np.float64)
        return np.argsort(-scores, kind="stable")
