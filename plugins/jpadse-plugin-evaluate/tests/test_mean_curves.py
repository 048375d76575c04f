"""Deltas of the curves over all pictures, and their intervals over pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from jpadse_plugin_evaluate.gathering import Taken, curves_of, deltas_of
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.tables import delta_table, deltas_as_csv
from jpadse_plugin_evaluate.results import Delta, Measured, Results
from jpadse_plugin_evaluate.settings import CurveName, Point, Settings


def total(values: Sequence[float]) -> float:
    return math.fsum(values)


SET = Figure("set", "", True, "accuracy", summary=total, per_picture=False)
SINGLE = Figure("single", "", True, "distortion")
QUALITIES = (10.0, 20.0, 40.0, 80.0)
SETTINGS = Settings(("jpeg",), {"jpeg": tuple(Point("quality", q) for q in QUALITIES)}, semantics=("none",))
PLAIN, ENHANCED = CurveName("jpeg", "plain"), CurveName("jpeg", "none-semantics", "distortion")


def taken(name: CurveName, picture: int, quality: float, share: float, *, whole: bool = True) -> Taken:
    """A file of `share` of the plain one's bytes, with the same values."""
    rate, value = share * 0.01 * (picture + 3) * quality, math.log(quality) + 0.1 * picture
    measured = Measured(str(picture), name, f"q{quality:g}", quality, 1, rate, {"payload": 1}, 0, 0, {"single": value})
    return Taken(measured, {"single": value} | ({"set": value} if whole else {}))


def deltas(shares: Sequence[float], *, lacking: int | None = None) -> tuple[Delta, Delta, Results]:
    """Of `single` and of `set`, by PCHIP, and all results: picture by picture the share of the plain codec's bytes."""
    everything = [
        taken(name, picture, quality, share if name == ENHANCED else 1, whole=picture != lacking)
        for name in (PLAIN, ENHANCED)
        for picture, share in enumerate(shares)
        for quality in QUALITIES
    ]
    curves = curves_of(SETTINGS, (SINGLE, SET), everything, len(shares))
    found = deltas_of(curves, ("plain",), (SINGLE, SET), everything)
    results = Results("", {}, {}, (), (SINGLE, SET), (), tuple(curves), tuple(found))
    single, whole = (delta for delta in found if delta.method == "pchip")
    return single, whole, results


def test_a_delta_that_every_picture_shares_has_an_interval_of_no_width() -> None:
    _, whole, results = deltas([0.9] * 6)
    assert whole.headline == pytest.approx(-10)
    assert (whole.interval.low, whole.interval.high) == (pytest.approx(-10), pytest.approx(-10))
    assert delta_table(results, intervals=True)[1][3] == "-10.0* [-10.0, -10.0]"
    line = next(line for line in deltas_as_csv(results).decode().splitlines() if ",set,pchip,mean curves," in line)
    assert [float(cell) for cell in line.split(",")[10:13]] == pytest.approx([-10, -10, -10])


def test_the_interval_of_mean_curves_tells_how_pictures_differ() -> None:
    single, whole, _ = deltas([0.7, 0.9, 0.8, 1.0, 0.95, 0.75])
    assert isinstance(whole.of_means_rate, float)
    assert -30 < whole.interval.low < whole.of_means_rate - 2
    assert whole.of_means_rate + 2 < whole.interval.high < 0
    assert single.interval == single.rate


def test_there_is_none_where_rates_and_values_are_of_different_pictures() -> None:
    _, whole, results = deltas([0.7, 0.9, 0.8, 1.0], lacking=2)
    assert isinstance(whole.of_means_rate, float)
    assert math.isnan(whole.interval.low)
    assert delta_table(results, intervals=True)[1][3] == f"{whole.of_means_rate:+.1f}*"


def test_pictures_that_a_curve_lacks_count_among_those_without_a_bd_rate() -> None:
    """As where a codec reaches none of the rates on them: the mean of the few others is not that of all."""
    everything = [
        taken(name, picture, quality, 0.8 if name == ENHANCED else 1)
        for name in (PLAIN, ENHANCED)
        for picture in range(3)
        for quality in QUALITIES
        if name == ENHANCED or picture == 0
    ]
    curves = curves_of(SETTINGS, (SINGLE,), everything, 3)
    delta = deltas_of(curves, ("plain",), (SINGLE,), everything)[0]
    assert delta.refused == {"fewer than 3 points": 2}
    assert delta.headline == "fewer than 3 points"
