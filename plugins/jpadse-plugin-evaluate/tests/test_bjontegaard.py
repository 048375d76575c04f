"""Bjøntegaard deltas: published examples, known answers, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from jpadse_plugin_evaluate.bjontegaard_deltas import METHODS, RateCurve, Refused, bd_metric, bd_rate


def curve(*points: tuple[float, float], higher_is_better: bool = True) -> RateCurve:
    rates, values = zip(*points, strict=True)
    return RateCurve(rates, values, higher_is_better)


@pytest.mark.parametrize(
    ("anchor", "test", "published"),
    [
        (
            curve((108048.8736, 43.6471), (61279.976, 40.3953), (33905.6656, 37.247), (18883.6928, 34.2911)),
            curve((108061.2784, 43.6768), (61299.9936, 40.4232), (33928.7472, 37.2761), (18910.912, 34.3147)),
            -0.465215420752807,
        ),
        (
            curve((40433.8848, 37.5761), (7622.7456, 35.3756), (2394.488, 33.8977), (1017.6184, 32.0603)),
            curve((40370.12, 37.5982), (7587.0024, 35.4025), (2390.0944, 33.9194), (1017.0984, 32.0822)),
            -1.8779823450567612,
        ),
    ],
)
def test_pchip_gives_what_jct_vcs_spreadsheet_gives(anchor: RateCurve, test: RateCurve, published: float) -> None:
    """Examples and results of JCT-VC's common test conditions, as Netflix's vmaf keeps them in its own tests."""
    assert bd_rate(anchor, test) == pytest.approx(published, abs=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_a_tenth_fewer_bytes_everywhere_is_minus_ten_per_cent(method: str) -> None:
    anchor = curve((0.1, 25.0), (0.2, 28.0), (0.4, 31.5), (0.8, 34.0))
    test = RateCurve([0.9 * rate for rate in anchor.rates], anchor.values)
    assert bd_rate(anchor, test, method) == pytest.approx(-10, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_two_units_more_everywhere_is_two_units_and_less_is_better_where_it_is(method: str) -> None:
    anchor = curve((0.1, 25.0), (0.2, 28.0), (0.4, 31.5), (0.8, 34.0))
    above = RateCurve(anchor.rates, [value + 2 for value in anchor.values])
    assert bd_metric(anchor, above, method) == pytest.approx(2, abs=1e-9)
    distance = RateCurve(anchor.rates, [0.9, 0.6, 0.4, 0.3], higher_is_better=False)
    closer = RateCurve(anchor.rates, [0.8, 0.5, 0.3, 0.2], higher_is_better=False)
    assert bd_metric(distance, closer, method) == pytest.approx(-0.1, abs=1e-9)
    assert bd_rate(distance, closer, method) < 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((25.0, 28.0, 27.9, 34.0), "not monotone"),
        ((40.0, 42.0, 44.0, 46.0), "no overlap"),
        ((33.5, 40.0, 44.0, 46.0), "overlap below"),
        ((25.0, np.inf, 31.0, 34.0), "not finite"),
    ],
)
def test_curves_that_allow_no_delta_are_refused_with_the_reason(values: tuple[float, ...], reason: str) -> None:
    anchor = curve((0.1, 25.0), (0.2, 28.0), (0.4, 31.5), (0.8, 34.0))
    with pytest.raises(Refused, match=reason):
        bd_rate(anchor, RateCurve(anchor.rates, values))


def test_too_few_points_are_refused() -> None:
    pair = curve((0.1, 25.0), (0.2, 28.0))
    with pytest.raises(Refused, match="fewer than 3"):
        bd_rate(pair, pair)


@pytest.mark.parametrize("method", METHODS)
def test_the_average_over_rates_needs_no_monotone_values(method: str) -> None:
    anchor = curve((0.1, 25.0), (0.2, 28.0), (0.4, 27.0), (0.8, 27.5))
    above = RateCurve(anchor.rates, [value + 2 for value in anchor.values])
    with pytest.raises(Refused, match="not monotone"):
        bd_rate(anchor, above, method)
    assert bd_metric(anchor, above, method) == pytest.approx(2, abs=1e-9)
    with pytest.raises(Refused, match="not monotone"):
        bd_metric(anchor, RateCurve([0.1, 0.1, 0.4, 0.8], above.values), method)
