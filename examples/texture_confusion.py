"""Which textures does the enhancer treat differently? Regions of one texture are told to be another.

    python examples/texture_confusion.py DATA [--quality 5 10] [--crops 10] [--weights A.onnx] [--journal FILE]

DATA is the data folder of docs/training.md; only pictures held out from training are looked at (Cityscapes256 from
number 2876, CamVid's val, the last ten CID22 photos). For every class of a data set, the crop of 128 by 128 pixels with
most of it is enhanced 25 times: told the truth, with that class's cells told to be each other texture, and to have no
map. What is around them stays as it is. In the class's pixels are measured the squared error of each corner and how far
its output moves from that under the true label; over the crop, ST-LPIPS of the perception corner. Needs
`jpadse-plugin-train`, `jpadse-plugin-evaluate[deep]` and scipy.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from scipy.cluster.hierarchy import average, leaves_list
from scipy.spatial.distance import squareform

from jpadse_core.builtin.conditioning import hint_vector
from jpadse_core.interfaces.label_sets import CAMVID_11, CITYSCAPES_19, TEXTURE
from jpadse_core.interfaces.labels import TEXTURES, LabelSet
from jpadse_plugin_evaluate.measures.deep import StLpips
from jpadse_plugin_train.compression import compress
from jpadse_plugin_train.corpus import Corpus, Sample
from jpadse_plugin_train.enhancer.model import CELL, NO_MAP, EnhancerNetwork
from jpadse_plugin_train.enhancer.pairs import quarter, to_tensor
from jpadse_plugin_train.enhancer.state import read_network

SIDE = 128
LEAST_CELLS = 48
"""Of the class in a crop, of 1024: below, its pixels are mostly edge."""
CORNERS = ("distortion", "perception", "accuracy")
DRAWS = 1000
ENOUGH = 4
"""Crops of a texture, below which nothing is said of it."""
TOLERANCE = {"squared error": 0.02, "ST-LPIPS": 1.0}
"""What does not matter: in dB of the distortion corner, and in per cent of the perception corner's distance."""
SETS = {"cityscapes256": CITYSCAPES_19, "camvid": CAMVID_11, "cid22": TEXTURE}
SHIPPED = Path("jpadse_core/builtin/weights/enhancer.onnx")


@dataclass(frozen=True)
class Seen:
    """One class in one crop, told to be each of the textures and nothing.

    Attributes:
        data: the data set.
        label: the class's name there.
        texture: its own.
        picture: the crop's.
        quality: of the JPEG file.
        pixels: of the class.
        error: by corner, squared error in these pixels per texture told, the last for no map.
        bias: by corner, what of this error is one wrong colour all over these pixels.
        moved: by corner, squared distance from the output under the own texture, in the same pixels.
        shift: by corner, what of this distance is one colour all over these pixels.
        st_lpips: of the perception corner's crop.
    """

    data: str
    label: str
    texture: str
    picture: str
    quality: int
    pixels: int
    error: dict[str, list[float]]
    bias: dict[str, list[float]]
    moved: dict[str, list[float]]
    shift: dict[str, list[float]]
    st_lpips: list[float]


def classes_of(sample: Sample, data: Path) -> tuple[str, npt.NDArray[np.uint8]]:
    """Data set and class ids, uint8 `[H/4, W/4]` with 255 for void; of photos, the teachers' textures."""
    name = sample.name.split("/")[1]
    full = sample.textures
    if name == "cityscapes256":
        full = np.asarray(Image.open(data / sample.name.replace("photos/", "labels/").replace(".jpg", ".png")))
    elif name == "camvid":
        full = np.asarray(Image.open((data / sample.name).with_suffix(".png")))
    return name, full[CELL // 2 :: CELL, CELL // 2 :: CELL]


def fullest(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int]:
    """Cells of the class in the crop with most of them, and its top and left in cells; crops lie on blocks of 16."""
    side, step = SIDE // CELL, 16 // CELL
    tops, lefts = (range(0, length // step * step - side + 1, step) for length in mask.shape)
    return max((int(mask[y : y + side, x : x + side].sum()), y, x) for y in tops for x in lefts)


def chosen(
    samples: list[Sample], data: Path, sets: list[str], most: int
) -> Iterator[tuple[Sample, str, int, int, int]]:
    """Sample, data set, class id, top and left of every crop; of a class in too many pictures, some at random."""
    crops: dict[tuple[str, int], list[tuple[Sample, int, int]]] = {}
    for sample in samples:
        name, ids = classes_of(sample, data)
        if name not in sets:
            continue
        for number in range(len(SETS[name].classes)):
            cells, top, left = fullest(ids == number)
            if cells >= LEAST_CELLS:
                crops.setdefault((name, number), []).append((sample, top, left))
    for (name, number), found in sorted(crops.items(), key=lambda item: item[0]):
        Random(0).shuffle(found)
        for sample, top, left in found[:most]:
            yield sample, name, number, top, left


class Confuser:
    """The network, told the wrong things."""

    def __init__(self, weights: Path, data: Path) -> None:
        self._network: EnhancerNetwork = read_network(weights).eval().to(memory_format=torch.channels_last)
        self._data = data
        self._st_lpips = StLpips()

    @torch.inference_mode()
    def look(self, sample: Sample, name: str, number: int, top: int, left: int, quality: int) -> Seen:
        """Measure one class in one crop; `top` and `left` in cells."""
        label_set: LabelSet = SETS[name]
        own = int(label_set.texture_ids[number])
        height, width = (side // 16 * 16 for side in sample.rgb.shape[:2])
        coded = compress(np.ascontiguousarray(sample.rgb[:height, :width]), "jpeg", {"quality": quality})
        pixels = np.s_[top * CELL : top * CELL + SIDE, left * CELL : left * CELL + SIDE]
        cells = np.s_[top : top + SIDE // CELL, left : left + SIDE // CELL]
        mask = classes_of(sample, self._data)[1][cells] == number
        told = np.repeat(quarter(sample.textures)[cells][None], NO_MAP + 1, 0)
        for texture in range(NO_MAP):
            told[texture][mask] = texture
        told[NO_MAP] = NO_MAP
        decoded, original = to_tensor([coded.rgb[pixels]]), to_tensor([sample.rgb[pixels]])
        hints = torch.from_numpy(hint_vector(coded.hints.codec, coded.hints.bits_per_pixel, coded.hints.quality))[None]
        best, perception, accuracy = self._network(
            decoded.repeat(NO_MAP + 1, 1, 1, 1).contiguous(memory_format=torch.channels_last),
            torch.from_numpy(told).long(),
            hints.expand(NO_MAP + 1, -1),
        )
        inside = torch.from_numpy(mask.repeat(CELL, 0).repeat(CELL, 1))
        error, bias, moved, shift = {}, {}, {}, {}
        for corner, output in zip(CORNERS, (best, best + perception, best + accuracy), strict=True):
            shown = output.clamp(-0.5, 0.5)[:, :, inside] * 255
            error[corner], bias[corner] = _squares(shown - original[:, :, inside] * 255)
            moved[corner], shift[corner] = _squares(shown - shown[own])
        reference = self._st_lpips.features(original + 0.5)
        features = self._st_lpips.features((best + perception).clamp(-0.5, 0.5) + 0.5)
        distances = [
            float(self._st_lpips.between([layer[told : told + 1] for layer in features], reference))
            for told in range(NO_MAP + 1)
        ]
        return Seen(
            name,
            label_set.classes[number],
            TEXTURES[own],
            sample.name,
            quality,
            int(inside.sum()),
            error,
            bias,
            moved,
            shift,
            distances,
        )


def _squares(difference: torch.Tensor) -> tuple[list[float], list[float]]:
    """Sum of squares of `[labels, 3, pixels]`, and the part of it that is the mean over the pixels."""
    alike = difference.mean(2).square().sum(1) * difference.shape[2]
    return difference.square().sum((1, 2)).tolist(), alike.tolist()


def measured(journal: Path, arguments: argparse.Namespace) -> list[Seen]:
    """What the journal holds, after what it lacked was measured."""
    samples = Corpus(arguments.data, arguments.cache, validation=True).samples()
    confuser = Confuser(arguments.weights, arguments.data)
    found = [Seen(**json.loads(line)) for line in journal.read_text().splitlines()] if journal.exists() else []
    done = {(seen.data, seen.label, seen.picture, seen.quality) for seen in found}
    with journal.open("a") as file:
        for quality in arguments.quality:
            for sample, name, number, top, left in chosen(samples, arguments.data, arguments.sets, arguments.crops):
                if (name, SETS[name].classes[number], sample.name, quality) not in done:
                    found.append(confuser.look(sample, name, number, top, left, quality))
                    file.write(json.dumps(asdict(found[-1])) + "\n")
                    file.flush()
    return found


@dataclass(frozen=True)
class Cost:
    """What telling one label for another costs, with its limits in all but one of a hundred draws of the crops.

    Attributes:
        value, low, high: in the figure's unit; below 0 is better than the truth.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.2f} ({self.low:+.2f}, {self.high:+.2f})"


ERROR, COLOURLESS, ST_LPIPS = "squared error", "the same but for one colour all over", "ST-LPIPS"
"""Squared error of the distortion corner, dB, with and without its bias; the perception corner's ST-LPIPS, per cent."""


class Crops:
    """Crops of one texture, or of one class."""

    def __init__(self, seen: list[Seen]) -> None:
        self.seen = seen
        self.own = TEXTURES.index(seen[0].texture)
        self.others = np.delete(np.arange(NO_MAP), self.own)
        self._draws = np.random.default_rng(0).multinomial(len(seen), np.full(len(seen), 1 / len(seen)), DRAWS)
        error = np.array([crop.error["distortion"] for crop in seen])
        self._figures = {
            ERROR: error,
            COLOURLESS: error - np.array([crop.bias["distortion"] for crop in seen]),
            ST_LPIPS: np.array([crop.st_lpips for crop in seen]),
        }

    def cost(self, figure: str, told: npt.NDArray[np.int64] | int) -> Cost:
        """Of a label in place of the own one; of several, on average."""
        figures = self._figures[figure]
        value, draws = (
            _increase(figure, totals[..., np.atleast_1d(told)].mean(-1), totals[..., self.own])
            for totals in (figures.sum(0), self._draws @ figures)
        )
        low, high = np.percentile(draws, [0.5, 99.5])
        return Cost(float(value), float(low), float(high))

    def rival(self, figure: str) -> str:
        """The best label but its own, and the cost where each crop is told the one that is best for the rest."""
        figures = self._figures[figure]
        total = figures.sum(0)
        rest = total - figures if len(figures) > 1 else figures
        told = self.others[rest[:, self.others].argmin(1)]
        cost = _increase(figure, figures[np.arange(len(figures)), told].sum(), total[self.own])
        return f"{TEXTURES[self.others[total[self.others].argmin()]]} {cost:+.2f}"

    def moved(self, corner: str, told: npt.NDArray[np.int64] | int) -> float:
        """Root of the mean squared distance between the outputs under the own label and others, in 255ths."""
        squares = sum(np.mean(np.array(crop.moved[corner])[told]) for crop in self.seen)
        return float(np.sqrt(squares / (3 * sum(crop.pixels for crop in self.seen))))

    def colour(self, corner: str) -> float:
        """Per cent of that squared distance which is one colour all over the class's pixels."""
        moved, shift = (
            sum(np.mean(np.array(part[corner])[self.others]) for part in parts)
            for parts in ([crop.moved for crop in self.seen], [crop.shift for crop in self.seen])
        )
        return float(100 * shift / moved)


def _increase(figure: str, told: npt.NDArray[np.float64], own: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 100 * (told / own - 1) if figure == ST_LPIPS else 10 * np.log10(told / own)


def by_texture(seen: list[Seen]) -> dict[str, Crops]:
    """The crops of every texture that has any, in the taxonomy's order."""
    found = {texture: [crop for crop in seen if crop.texture == texture] for texture in TEXTURES}
    return {texture: Crops(crops) for texture, crops in found.items() if crops}


def by_class(seen: list[Seen]) -> dict[str, Crops]:
    """The crops of every class."""
    found: dict[str, list[Seen]] = {}
    for crop in seen:
        found.setdefault(f"{crop.data} | {crop.label}", []).append(crop)
    return {name: Crops(crops) for name, crops in found.items()}


def row(*cells: object) -> str:
    """Of a markdown table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def rows_of_costs(groups: dict[str, Crops], first: str) -> list[str]:
    """What no map and another label cost, how far another label moves the corners, and the best other label."""
    heads = [first, "crops", "no map: D, dB", "P, ST-LPIPS %"]
    heads += ["another label: D, dB", "colour aside, dB", "P, ST-LPIPS %", "D moves", "P moves", "A moves"]
    heads += ["best other label: D, dB", "P, ST-LPIPS %"]
    lines = [row(*heads), row(*("---" for _ in range(len(heads) + first.count("|"))))]
    for name, crops in groups.items():
        costs = [crops.cost(figure, NO_MAP) for figure in (ERROR, ST_LPIPS)]
        costs += [crops.cost(figure, crops.others) for figure in (ERROR, COLOURLESS, ST_LPIPS)]
        moves = [f"{crops.moved(corner, crops.others):.1f} ({crops.colour(corner):.0f} %)" for corner in CORNERS]
        lines.append(row(name, len(crops.seen), *costs, *moves, crops.rival(ERROR), crops.rival(ST_LPIPS)))
    return lines


def matrix(groups: dict[str, Crops], corner: str) -> npt.NDArray[np.float64]:
    """How far the outputs under two textures are apart in the regions of both: root mean square, in 255ths."""
    ids = [crops.own for crops in groups.values()]
    one_way = np.array([[crops.moved(corner, told) for told in ids] for crops in groups.values()])
    return np.sqrt((one_way**2 + one_way.T**2) / 2)


def verdict(first: Crops, second: Crops) -> str:
    """Whether it matters which of two textures is told: "distinct", "alike" or "unknown"."""
    ways = ((first, second.own), (second, first.own))
    costs = {figure: [crops.cost(figure, told) for crops, told in ways] for figure in TOLERANCE}
    if any(cost.low > 0 and cost.value > TOLERANCE[figure] for figure, both in costs.items() for cost in both):
        return "distinct"
    enough = min(len(first.seen), len(second.seen)) >= ENOUGH
    alike = all(cost.high < TOLERANCE[figure] for figure, both in costs.items() for cost in both)
    return "alike" if enough and alike else "unknown"


def rows_of_pairs(groups: dict[str, Crops]) -> list[str]:
    """Above the diagonal how far the perception corner's outputs are apart, below it the verdict; then what is alike.

    Textures are in the order of a hierarchical clustering by these distances (average linkage).
    """
    groups = {texture: crops for texture, crops in groups.items() if len(crops.seen) >= ENOUGH}
    apart = matrix(groups, "perception")
    order = leaves_list(average(squareform(apart, checks=False)))
    names = [list(groups)[index] for index in order]
    sign = {"distinct": "x", "alike": "=", "unknown": "?"}
    lines = [row("", *names), row("---", *("---" for _ in names))]
    pairs = {}
    for i, first in enumerate(names):
        cells = []
        for j, second in enumerate(names):
            pairs[first, second] = verdict(groups[first], groups[second]) if i > j else ""
            cells.append(f"{apart[order[i], order[j]]:.1f}" if i < j else sign.get(pairs[first, second], ""))
        lines.append(row(first, *cells))
    alike = [" and ".join(pair) for pair, found in pairs.items() if found == "alike"]
    return [*lines, "", f"Alike: {', '.join(alike) or 'none'}."]


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--quality", type=int, nargs="+", default=[5, 10])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--crops", type=int, default=10, help="at most, of a class")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="safetensors or ONNX")
    parser.add_argument("--cache", type=Path, default=Path("runs/teacher-maps"))
    parser.add_argument("--journal", type=Path, default=Path("runs/texture-confusion.jsonl"))
    arguments = parser.parse_args()
    everything = measured(arguments.journal, arguments)
    for quality in arguments.quality:
        seen = [crop for crop in everything if crop.quality == quality and crop.data in arguments.sets]
        textures = by_texture(seen)
        print(f"\n## JPEG q{quality}, {len(seen)} crops\n")
        print("\n".join(rows_of_costs(textures, "texture")) + "\n")
        print("\n".join(rows_of_costs(by_class(seen), "data | class")) + "\n")
        print("\n".join(rows_of_pairs(textures)))


if __name__ == "__main__":
    main()
