"""The suite for metrics."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jpadse_core.calling import read_only
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.testing.component import ComponentTests
from jpadse_core.testing.pictures import EXTREMES, SHAPES, extremes, noisier, textured

_SIDE = 192
"""Beyond the smallest picture for which multi-scale measures are defined."""


class MetricTests(ComponentTests):
    """Holds a metric to its contract: see `jpadse_core.interfaces.Metric`."""

    kind = "metric"

    @staticmethod
    def exercise(component: Any, rgb: RgbImage) -> bytes:
        """The value for a noisy copy."""
        return repr(component.measure(rgb, noisier(rgb, 20))).encode()

    def test_it_tells_its_unit_and_direction(self, subject: Metric) -> None:
        assert isinstance(subject.unit, str), "unit is no string; it may be empty"
        assert isinstance(subject.higher_is_better, bool), "higher_is_better is no bool"

    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
    def test_every_shape_has_a_value_or_nan(self, subject: Metric, shape: tuple[int, int]) -> None:
        rgb = textured(*shape)
        assert isinstance(subject.measure(rgb, noisier(rgb, 20)), float), "measure() returned no float"

    @pytest.mark.parametrize("picture", EXTREMES)
    def test_every_extreme_has_a_value_or_nan(self, subject: Metric, picture: str) -> None:
        rgb = extremes()[picture]
        assert isinstance(subject.measure(rgb, rgb.copy()), float), "measure() returned no float"

    def test_it_only_looks_at_the_pictures(self, subject: Metric) -> None:
        rgb = textured(_SIDE, _SIDE)
        subject.measure(read_only(rgb), read_only(noisier(rgb, 20)))

    def test_more_noise_is_worse_and_nothing_is_better_than_the_same(self, subject: Metric) -> None:
        rgb = textured(_SIDE, _SIDE)
        values = [subject.measure(rgb, noisier(rgb, amplitude)) for amplitude in (0, 8, 32, 96)]
        assert not any(math.isnan(value) for value in values), f"nan for a picture of {_SIDE} x {_SIDE}: {values}"
        ordered = sorted(values, reverse=subject.higher_is_better)
        assert values == ordered, (
            f"with growing noise it says {', '.join(f'{value:g}' for value in values)}: "
            f"is higher_is_better = {subject.higher_is_better} the right way round?"
        )
        assert values[0] != values[-1], "the same value for a clean picture and for a ruined one"
