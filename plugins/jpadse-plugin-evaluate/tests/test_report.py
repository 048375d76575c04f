"""What the report and the figures choose to show."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from jpadse_plugin_evaluate.bjontegaard_deltas import METHODS
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.page import page
from jpadse_plugin_evaluate.report.plots import plot
from jpadse_plugin_evaluate.report.showcase import cheapest
from jpadse_plugin_evaluate.results import Curve, CurvePoint, Delta, Measured, Results
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


def test_a_figure_without_a_point_is_drawn_empty() -> None:
    unreached = Curve(CurveName("jpeg", "plain"), ())
    with Image.open(io.BytesIO(plot(results((unreached,)), PSNR))) as drawn:
        assert drawn.width > 500
