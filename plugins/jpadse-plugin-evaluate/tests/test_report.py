"""What the report and the figures choose to show."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.bjontegaard_deltas import METHODS
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.charts import chart, log_ticks, value_range
from jpadse_plugin_evaluate.report.page import page
from jpadse_plugin_evaluate.report.plots import plot
from jpadse_plugin_evaluate.report.showcase import CROP, cheapest, telling_crops
from jpadse_plugin_evaluate.report.tables import Quoted, deltas_explained, quoted
from jpadse_plugin_evaluate.results import Curve, CurvePoint, Delta, Measured, PictureInfo, Results
from jpadse_plugin_evaluate.settings import Coding, CurveName, Point, Variant
from jpadse_plugin_evaluate.statistics import Interval

PSNR = Figure("psnr", "dB", True, "distortion")


def results(curves: tuple[Curve, ...] = (), measured: tuple[Measured, ...] = ()) -> Results:
    return Results("jpadse evaluate", {}, {}, (), (PSNR,), measured, curves, ())


@pytest.mark.parametrize(("preferences", "panels"), [(1, 1), (4, 3)])
def test_more_curves_than_can_be_told_apart_have_a_panel_for_every_codec(preferences: int, panels: int) -> None:
    curves = tuple(
        Curve(
            CurveName(codec, "deeplab", f"0,{index},1"),
            tuple(
                CurvePoint(f"q{rate}", Interval(rate), {}, 0.1, 0.1, {"psnr": Interval(30 + rate)})
                for rate in (0.1, 0.2, 0.4)
            ),
        )
        for codec in ("jpeg", "webp", "avif")
        for index in range(preferences)
    )
    with Image.open(io.BytesIO(plot(results(curves), PSNR))) as drawn:
        assert (drawn.width > 1000) is (panels > 1)


def test_a_picture_is_shown_at_its_smallest_file_whichever_end_of_the_scale_that_is() -> None:
    name = CurveName("jpegxl", "deeplab", "distortion")
    points = tuple(Point("quality", distance) for distance in (3, 6, 15))
    measured = tuple(
        Measured("a", name, str(point), point.value, size, 0.1, {}, 0.1, 0.1, {})
        for point, size in zip(points, (900, 500, 200), strict=True)
    )
    coding = Coding("jpegxl", Variant("default", "deeplab"), points, ("distortion",))
    assert cheapest(results(measured=measured), coding, name, "a") == points[-1]


def test_the_share_of_pictures_that_got_worse_is_there_to_be_read_without_a_pointer() -> None:
    plain, made = CurveName("jpeg", "plain"), CurveName("jpeg", "deeplab", "distortion")
    rates: dict[str, float | str] = {"a": -10.0, "b": -8.0, "c": 2.0, "d": -4.0}
    deltas = tuple(
        Delta(made, plain, "psnr", method, Interval(-5, -9, 1), Interval(1), -5, 1, rates) for method in METHODS
    )
    shown = page(replace(results(), deltas=deltas, measures={"psnr": "psnr 1<2"}), [])
    assert "<small>25% worse</small>" in shown
    assert "psnr: psnr 1&lt;2" in shown


TOP_1 = Figure("top-1", "%", True, "accuracy")
DISTANCE = Figure("distance", "", False, "perception", digits=4)


def constant(value: float) -> list[CurvePoint]:
    return [CurvePoint("q", Interval(rate), {}, 0.1, 0.1, {"x": Interval(value)}) for rate in (0.1, 0.2)]


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [("%", 0.0, (0, 100)), ("%", 100.0, (0, 100)), ("dB", 30.0, (27, 33)), ("", 0.0, (-0.01, 0.01))],
)
def test_the_axis_of_a_constant_figure_shows_it_amid_values_of_its_size(
    unit: str, value: float, expected: tuple[float, float]
) -> None:
    assert value_range(constant(value), Figure("x", unit, True, "accuracy")) == pytest.approx(expected)


def test_per_cent_are_never_drawn_below_0_or_above_100() -> None:
    assert value_range([*constant(0), *constant(99)], Figure("x", "%", True, "accuracy")) == (0, 100)


def test_a_point_has_a_bar_over_its_interval_and_tells_its_values() -> None:
    points = tuple(
        CurvePoint("q5", Interval(rate), {}, 0.1, 0.1, {"psnr": Interval(value, value - 1, value + 3)})
        for rate, value in ((0.1, 20.0), (0.4, 30.0))
    )
    drawn = chart(results((Curve(CurveName("jpeg", "plain"), points),)), PSNR)
    centres = [float(y) for y in re.findall(r'<circle cx="[0-9.]+" cy="([0-9.]+)"', drawn)]
    bars = [
        (float(low), float(high)) for low, high in re.findall(r'class="bar" d="M[0-9.]+ ([0-9.]+)V([0-9.]+)"', drawn)
    ]
    decibel = (centres[0] - centres[1]) / 10
    assert decibel > 10
    for centre, (low, high) in zip(centres, bars, strict=True):
        assert (low - centre, centre - high) == (pytest.approx(decibel, abs=0.2), pytest.approx(3 * decibel, abs=0.2))
    assert 'data-tip="jpeg plain, q5|0.1000 bpp|psnr 20.00 [19.00, 23.00] dB"' in drawn


def test_crops_are_of_the_places_that_differ_most(astronaut: RgbImage) -> None:
    """Only the upper left of the plain picture is damaged, only the lower right of the enhanced one."""
    wide = np.tile(astronaut, (2, 2, 1))
    flat = np.full((CROP, CROP, 3), 128, np.uint8)
    plain, enhanced = wide.copy(), wide.copy()
    plain[:CROP, :CROP] = flat
    enhanced[-CROP:, -CROP:] = flat
    ahead, _, behind = telling_crops(wide, plain, enhanced)
    for crop, is_behind in ((ahead, False), (behind, True)):
        shown = [np.asarray(Image.open(io.BytesIO(data))) for data in (crop.plain, crop.enhanced)]
        flatness = [float((picture == 128).all(axis=2).mean()) for picture in shown]
        assert crop.loss is is_behind
        assert flatness[is_behind] > 0.9
        assert flatness[not is_behind] < 0.1


@pytest.mark.parametrize("rate", [0.1, 0.13, 0.6, 0.87])
def test_curves_of_one_rate_have_ticks_beside_it(rate: float) -> None:
    assert len(log_ticks(rate / 1.12, rate * 1.12)) >= 2


def refused(figure: Figure, gain: float | str) -> Delta:
    plain, made = CurveName("jpeg", "plain"), CurveName("jpeg", "deeplab", "accuracy")
    rates: dict[str, float | str] = {"a": "not monotone"}
    metric = Interval(gain if isinstance(gain, float) else float("nan"))
    return Delta(
        made, plain, figure.name, "pchip", Interval(float("nan")), metric, "not monotone", gain, rates, {"a": gain}
    )


def test_where_there_is_no_bd_rate_the_gain_at_equal_bytes_is_quoted() -> None:
    assert quoted(refused(TOP_1, 3.1), TOP_1) == Quoted("Δ+3.10", better=True)
    assert quoted(refused(DISTANCE, 0.02), DISTANCE) == Quoted("Δ+0.0200", better=False)
    assert quoted(refused(TOP_1, 0.0), TOP_1).better is None
    assert quoted(refused(TOP_1, "no overlap"), TOP_1) == Quoted("not monotone")


def test_a_single_picture_has_no_intervals_and_the_report_does_not_speak_of_them() -> None:
    one, two = (PictureInfo(name, 8, 8, "0") for name in "ab")
    shown = [page(replace(results(), pictures=pictures), []) for pictures in ((one,), (one, two))]
    assert ["bootstrap" in text for text in shown] == [False, True]
    assert "1 picture. " in shown[0]
    assert ["interval" in " ".join(deltas_explained(replace(results(), pictures=p))) for p in ((one,), (one, two))] == [
        False,
        True,
    ]


def test_a_figure_without_a_point_is_drawn_empty() -> None:
    unreached = Curve(CurveName("jpeg", "plain"), ())
    with Image.open(io.BytesIO(plot(results((unreached,)), PSNR))) as drawn:
        assert drawn.width > 500
