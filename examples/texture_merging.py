"""What would a label map save if two of its textures became one, and what would the enhancer lose?

    python examples/texture_merging.py DATA [--quality 5] [--streets 16] [--weights A.onnx]

DATA is the data folder of docs/training.md; only pictures held out from training are looked at. Every picture's map
by the extractor `deeplab`, at a quarter of the resolution, is coded as it is and with each two neighbouring textures
merged: all cells of the rarer one are given to the other. Where that saves a twentieth of the map's bytes, the picture
is enhanced with the merged map. The last row is a map left out. Losses are above 0. The prices are squared error lost
per byte saved, in per cent of what the codec itself would save by that byte (`jpadse_core.map_choice`): below 100 a
saving pays at `semantics_rate=1`, and where a merger's price is above that of leaving the map out, it pays at no rate.
Needs `jpadse-plugin-train` and `jpadse-plugin-evaluate[deep]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from jpadse_core.bitstream.label_map import encode_labels
from jpadse_core.builtin.conditioning import hint_vector
from jpadse_core.builtin.deeplab import DeepLab
from jpadse_core.downsampling import downsample_labels
from jpadse_core.interfaces.labels import TEXTURES
from jpadse_core.map_choice import steepness
from jpadse_plugin_evaluate.measures.deep import StLpips
from jpadse_plugin_train.compression import compress
from jpadse_plugin_train.corpus import Corpus, Sample
from jpadse_plugin_train.enhancer.model import CELL, NO_MAP
from jpadse_plugin_train.enhancer.pairs import to_tensor
from jpadse_plugin_train.enhancer.state import read_network

LEAST_SHARE = 0.05
SHIPPED = Path("jpadse_core/builtin/weights/enhancer.onnx")
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Saving:
    """One simpler map of one picture.

    Attributes:
        change: what was done.
        share: of the map's bytes, saved.
        bytes: saved.
        loss: of the distortion corner, relative to its squared error with the whole map.
        st_lpips: the perception corner's, relative to that with the whole map, less 1.
        worth: what the codec would save with these bytes, as `loss`.
    """

    change: str
    share: float
    bytes: int
    loss: float
    st_lpips: float
    worth: float


def mergers(labels: Labels) -> Iterator[tuple[str, Labels]]:
    """Each pair of neighbouring textures by name, and the map with the rarer one given to the other."""
    counts = np.bincount(labels.ravel(), minlength=len(TEXTURES))
    sides = [(labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])]
    pairs = {tuple(sorted(pair)) for a, b in sides for pair in zip(a[a != b].tolist(), b[a != b].tolist(), strict=True)}
    for first, second in sorted(pairs):
        rare, common = (first, second) if counts[first] < counts[second] else (second, first)
        yield f"{TEXTURES[first]}, {TEXTURES[second]}", np.where(labels == rare, common, labels).astype(np.uint8)


class Merger:
    """The extractor, the network and the judge."""

    def __init__(self, weights: Path) -> None:
        self._extractor = DeepLab()
        self._network = read_network(weights).eval().to(memory_format=torch.channels_last)
        self._st_lpips = StLpips()

    @torch.inference_mode()
    def savings(self, sample: Sample, quality: int) -> Iterator[Saving]:
        """What each simpler map of a picture saves and loses."""
        height, width = (side // 16 * 16 for side in sample.rgb.shape[:2])
        rgb = np.ascontiguousarray(sample.rgb[:height, :width])
        coded = compress(rgb, "jpeg", {"quality": quality})
        labels = downsample_labels(self._extractor.extract(rgb).labels, CELL).astype(np.uint8)
        size = len(encode_labels(labels))
        decoded, original = to_tensor([coded.rgb]), to_tensor([rgb])
        hints = torch.from_numpy(hint_vector(coded.hints.codec, coded.hints.bits_per_pixel, coded.hints.quality))[None]
        reference = self._st_lpips.features(original + 0.5)

        def judged(textures: Labels) -> tuple[float, float]:
            best, perception, _ = self._network(decoded, torch.from_numpy(textures).long()[None], hints)
            features = self._st_lpips.features((best + perception).clamp(-0.5, 0.5) + 0.5)
            error = (best.clamp(-0.5, 0.5) - original).square().mean()
            return float(error), float(self._st_lpips.between(features, reference))

        error, distance = judged(labels)
        rate = (coded.hints.bits_per_pixel or 0) + size * 8 / (height * width)
        changes = [(change, merged, len(encode_labels(merged))) for change, merged in mergers(labels)]
        for change, merged, left in [*changes, ("no map", np.full_like(labels, NO_MAP), 0)]:
            if size - left >= LEAST_SHARE * size:
                lost, farther = judged(merged)
                worth = (size - left) * 8 / (height * width) * steepness(rate)
                saved = size - left
                yield Saving(change, saved / size, saved, lost / error - 1, farther / distance - 1, worth)


def main() -> None:
    """Measure and print a table for photos and one for street scenes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--quality", type=int, default=5)
    parser.add_argument("--streets", type=int, default=16, help="pictures of each street data set")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="safetensors or ONNX")
    parser.add_argument("--cache", type=Path, default=Path("runs/teacher-maps"))
    arguments = parser.parse_args()
    samples = Corpus(arguments.data, arguments.cache, validation=True).samples()
    merger = Merger(arguments.weights)
    for name in ("photos/cid22", "street/cityscapes256", "street/camvid"):
        chosen = [sample for sample in samples if sample.name.startswith(name)]
        if name.startswith("street"):
            chosen = chosen[:: len(chosen) // arguments.streets][: arguments.streets]
        found: dict[str, list[Saving]] = {}
        for sample in chosen:
            for saving in merger.savings(sample, arguments.quality):
                found.setdefault(saving.change, []).append(saving)
        print(f"\n{name}, {len(chosen)} pictures, JPEG q{arguments.quality}\n")
        print("| merged | pictures | bytes saved | of the map, % | D, dB | P, ST-LPIPS % | price of a byte, % |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for change, savings in sorted(found.items(), key=lambda item: (item[0] == "no map", -len(item[1]))):
            share, size, loss, farther, worth = (
                float(np.mean([getattr(saving, field) for saving in savings]))
                for field in ("share", "bytes", "loss", "st_lpips", "worth")
            )
            figures = f"{size:.0f} | {100 * share:.0f} | {10 * np.log10(1 + loss):+.3f} | {100 * farther:+.2f}"
            print(f"| {change} | {len(savings)} | {figures} | {100 * loss / worth:+.0f} |", flush=True)


if __name__ == "__main__":
    main()
