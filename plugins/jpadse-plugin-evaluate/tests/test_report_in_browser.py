"""The report in a real browser: what a pointer finds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import PROGRAM, Page
from PIL import Image

from jpadse_core import RgbImage
from jpadse_plugin_evaluate.gathering import deltas_of
from jpadse_plugin_evaluate.measures import Figure
from jpadse_plugin_evaluate.report.page import page
from jpadse_plugin_evaluate.report.showcase import Exhibit
from jpadse_plugin_evaluate.results import Curve, CurvePoint, PictureInfo, Results
from jpadse_plugin_evaluate.settings import CurveName
from jpadse_plugin_evaluate.statistics import Interval

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on the path: apt-get install chromium")

PSNR = Figure("psnr", "dB", True, "distortion")
PLAIN, ENHANCED = CurveName("jpeg", "plain"), CurveName("jpeg", "deeplab", "distortion")


def curve(name: CurveName, above: float) -> Curve:
    points = [(0.1, 24.0), (0.3, 28.0), (0.8, 33.0)]
    return Curve(
        name,
        tuple(
            CurvePoint(f"q{value:g}", Interval(rate), {"payload": 900.0}, 0.1, 0.2, {"psnr": Interval(value + above)})
            for rate, value in points
        ),
    )


def webp(rgb: RgbImage) -> bytes:
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "WEBP", lossless=True)
    return target.getvalue()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, coffee: RgbImage) -> Iterator[Page]:
    """A report of two curves that nearly meet, and of one picture: black as plain, white as enhanced."""
    folder = tmp_path_factory.mktemp("report")
    curves = (curve(PLAIN, 0.0), curve(ENHANCED, 0.02))
    black, white = np.zeros_like(coffee), np.full_like(coffee, 255)
    exhibit = Exhibit(
        "gained most", "coffee", ENHANCED, "q24", coffee.shape[1], 1000, 990, webp(coffee), webp(black), webp(white),
        {"psnr": (24.0, 24.02)}, (),
    )  # fmt: skip
    results = Results(
        "jpadse evaluate", {}, {}, (PictureInfo("coffee", 184, 168, "0" * 64),), (PSNR,), (), curves,
        tuple(deltas_of(curves, ["plain"], [PSNR], [])),
    )  # fmt: skip
    path = folder / "report.html"
    path.write_text(page(results, [exhibit]))
    opened = Page(path, folder / "profile")
    yield opened
    opened.close()


def colour(shown: Page, share: float, folder: Path) -> list[int]:
    """Of the picture in the slider, near its top, at a share of its width."""
    box = shown.run("(b => [b.left, b.top, b.width])(document.querySelector('.slider').getBoundingClientRect())")
    shown.screenshot(folder / "shot.png")
    with Image.open(folder / "shot.png") as image:
        return list(image.convert("RGB").getpixel((int(box[0] + share * box[2]), int(box[1] + 12))))


def test_hovering_a_point_tells_the_values_of_every_curve_there(shown: Page) -> None:
    shown.move(shown.place(".curve circle"))
    told = shown.run("tip.style.display == 'block' ? tip.textContent : ''")
    assert told.splitlines() == [
        "jpeg plain, q24, 0.1000 bpp, psnr 24.00 dB",
        "jpeg deeplab distortion, q24, 0.1000 bpp, psnr 24.02 dB",
    ]
    shown.move(shown.place("h1"))
    assert shown.run("tip.style.display") == "none"


def test_a_curve_that_is_switched_off_is_neither_drawn_nor_told(shown: Page) -> None:
    for gone in (True, False):
        shown.click(shown.place('.legend button[data-curve="1"]'))
        assert (
            shown.run("getComputedStyle(document.querySelector('.curve[data-curve=\"1\"]')).display") == "none"
        ) is gone
        shown.move(shown.place('.curve[data-curve="0"] circle'))
        assert ("deeplab" not in shown.run("tip.textContent")) is gone
    drawn = "document.querySelectorAll('.charts .curve:not(.off)').length"
    for which, count in (("false", 0), ("true", 2)):
        shown.click(shown.place(f'.legend button[data-all="{which}"]'))
        assert shown.run(drawn) == count


def test_a_cell_of_the_table_tells_its_delta(shown: Page) -> None:
    shown.move(shown.place("td[data-tip]"))
    assert "jpeg deeplab distortion against plain, psnr" in shown.run("tip.textContent")


def test_the_slider_and_the_pointer_move_the_edge_between_plain_and_enhanced(shown: Page, tmp_path: Path) -> None:
    shown.move(shown.place(".slider", 0.25))
    assert colour(shown, 0.1, tmp_path) == [0, 0, 0]
    assert colour(shown, 0.5, tmp_path) == [255, 255, 255]
    shown.click(shown.place(".controls input", 0.8))
    assert colour(shown, 0.5, tmp_path) == [0, 0, 0]
    assert colour(shown, 0.95, tmp_path) == [255, 255, 255]


def test_the_original_is_shown_alone_while_its_button_is_pressed(shown: Page, tmp_path: Path) -> None:
    visible = "[...document.querySelectorAll('.slider .tag')].filter(e => e.offsetParent).map(e => e.textContent)"
    assert shown.run(visible) == ["plain", "enhanced"]
    shown.click(shown.place(".controls button"))
    assert shown.run(visible) == ["original"]
    assert colour(shown, 0.5, tmp_path) not in ([0, 0, 0], [255, 255, 255])
    shown.click(shown.place(".controls button"))
    assert shown.run(visible) == ["plain", "enhanced"]


def darkest(shown: Page, folder: Path) -> int:
    """Of the samples beside the right edge of the first table, between its lines of text."""
    box = shown.run(
        "(e => { const b = e.getBoundingClientRect(); return [b.right, b.top, b.bottom] })"
        "(document.querySelector('.scroll'))"
    )
    shown.screenshot(folder / "shot.png")
    with Image.open(folder / "shot.png") as image:
        edge = np.asarray(image.convert("L"))[int(box[1]) + 2 : int(box[2]) - 2, int(box[0]) - 3]
    return int(np.median(edge))


def test_a_table_that_goes_on_beyond_the_edge_has_a_shade_there_until_it_is_scrolled_to_its_end(
    shown: Page, tmp_path: Path
) -> None:
    shown.place(".scroll")
    assert darkest(shown, tmp_path) > 250
    shown.run("document.querySelector('.scroll').style.width = '200px'")
    assert darkest(shown, tmp_path) < 240
    shown.run("document.querySelector('.scroll').scrollLeft = 9999")
    assert darkest(shown, tmp_path) > 250
    shown.run("document.querySelector('.scroll').style.width = ''")
