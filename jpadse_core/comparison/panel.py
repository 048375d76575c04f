"""Pictures side by side, with a crop enlarged below each."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from jpadse_core.interfaces.labels import TEXTURES, SemanticMap
from jpadse_core.interfaces.picture import RgbImage

_COLUMN = 560
_CROP = 112
_GAP = 12
_CAPTION = 46
_FONT = 18
_INK, _PAPER, _FRAME = (25, 25, 25), (255, 255, 255), (230, 60, 40)


@dataclass(frozen=True, eq=False)
class Column:
    """A captioned picture, uint8 `[H, W, 3]`; all columns of a panel have one shape."""

    caption: str
    detail: str
    picture: RgbImage


def texture_colours() -> npt.NDArray[np.uint8]:
    """A colour for every texture, uint8 `[len(TEXTURES), 3]`; "other" is grey."""
    golden = 0.618034
    colours = [(110, 110, 110)]
    for index in range(1, len(TEXTURES)):
        red, green, blue = colorsys.hsv_to_rgb(index * golden % 1, 0.55 + 0.3 * (index % 2), 0.95 - 0.2 * (index % 3))
        colours.append((round(red * 255), round(green * 255), round(blue * 255)))
    return np.array(colours, np.uint8)


def paint(semantics: SemanticMap, shape: tuple[int, int]) -> RgbImage:
    """A label map in colours, with its classes named inside their regions.

    Args:
        semantics: at any resolution.
        shape: height and width of the result.
    """
    textures = semantics.textures()
    image = Image.fromarray(texture_colours()[textures]).resize(shape[::-1], Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(image)
    scale_y, scale_x = shape[0] / textures.shape[0], shape[1] / textures.shape[1]
    for texture in np.unique(textures):
        rows, columns = np.nonzero(textures == texture)
        if rows.size < textures.size * 0.02:
            continue
        nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
        position = (columns[nearest] * scale_x, rows[nearest] * scale_y)
        size = max(12, shape[1] // 32)
        draw.text(
            position, TEXTURES[texture], fill=_INK, font=ImageFont.load_default(size), anchor="mm",
            stroke_width=2, stroke_fill=_PAPER,
        )  # fmt: skip
    return np.asarray(image)


def most_telling(original: RgbImage, worse: RgbImage, better: RgbImage) -> tuple[int, int]:
    """Top and left of the crop in which `better` is ahead of `worse` by most, judged by edges and texture."""
    side = min(_CROP, *original.shape[:2])
    gain = _edge_error(original, worse) - _edge_error(original, better)
    total = np.pad(gain.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    top, left = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(top), int(left)


def _edge_error(reference: RgbImage, distorted: RgbImage) -> npt.NDArray[np.float64]:
    """Squared error of the luminance gradient at every pixel, `[H, W]`."""
    difference = (reference.astype(np.float64) - distorted).mean(axis=2)
    down = np.diff(difference, axis=0, append=difference[-1:])
    right = np.diff(difference, axis=1, append=difference[:, -1:])
    return np.asarray(np.square(down) + np.square(right))


def draw_panel(columns: list[Column], corner: tuple[int, int]) -> Image.Image:
    """The panel.

    Args:
        columns: from left to right.
        corner: top and left of the crop that is enlarged.
    """
    height, width = columns[0].picture.shape[:2]
    whole = (_COLUMN, max(round(height * _COLUMN / width), 1))
    side = min(_CROP, height, width)
    size = (
        len(columns) * (_COLUMN + _GAP) + _GAP,
        _CAPTION + whole[1] + _GAP + _COLUMN + _GAP,
    )
    panel = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(panel)
    font, small = ImageFont.load_default(_FONT), ImageFont.load_default(_FONT - 4)
    for index, column in enumerate(columns):
        left = _GAP + index * (_COLUMN + _GAP)
        draw.text((left, 4), column.caption, fill=_INK, font=font)
        draw.text((left, 26), column.detail, fill=_INK, font=small)
        image = Image.fromarray(column.picture)
        panel.paste(image.resize(whole, Image.Resampling.LANCZOS), (left, _CAPTION))
        box = (corner[1], corner[0], corner[1] + side, corner[0] + side)
        scale = _COLUMN / width
        frame = [edge * scale for edge in box]
        draw.rectangle(
            (left + frame[0], _CAPTION + frame[1], left + frame[2], _CAPTION + frame[3]), outline=_FRAME, width=2
        )
        crop = image.crop(box).resize((_COLUMN, _COLUMN), Image.Resampling.NEAREST)
        panel.paste(crop, (left, _CAPTION + whole[1] + _GAP))
    return panel
