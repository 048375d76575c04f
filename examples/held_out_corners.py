"""The corners of weights that are still in training, on pictures held out from it: what settings are chosen by.

    python examples/held_out_corners.py DATA runs/a/weights.safetensors runs/b/weights.safetensors [--quality 5]

DATA is the data folder of docs/training.md. The last ten CID22 photos and Cityscapes256 from number 2876 are coded as
JPEG and enhanced with and without the built-in extractor's map of them; the tables of photos and of street scenes have
the columns of `examples/corners.py`. No test picture is looked at.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from corners import Table

from jpadse_core import Preference
from jpadse_core.builtin.deeplab import DeepLab
from jpadse_core.builtin.network_enhancer import NetworkEnhancer
from jpadse_core.comparison.report import CORNERS
from jpadse_core.interfaces.label_sets import TEXTURE
from jpadse_core.interfaces.labels import SemanticMap
from jpadse_plugin_train.compression import compress
from jpadse_plugin_train.corpus import Corpus, Sample
from jpadse_plugin_train.enhancer.export import export
from jpadse_plugin_train.enhancer.pairs import quarter
from jpadse_plugin_train.extracted import with_extracted


class Candidate(NetworkEnhancer):
    """The enhancer of a training run, named by its folder."""

    def __init__(self, trained: Path, folder: Path) -> None:
        self.name = trained.parent.name
        self.weights = folder / f"{self.name}.onnx"
        export(trained, self.weights)


def compare(sample: Sample, candidates: list[Candidate], quality: int, table: Table) -> None:
    """Add one picture to a table."""
    height, width = (side // 16 * 16 for side in sample.rgb.shape[:2])
    rgb = np.ascontiguousarray(sample.rgb[:height, :width])
    coded = compress(rgb, "jpeg", {"quality": quality})
    size = round((coded.hints.bits_per_pixel or 0) * height * width / 8)
    table.look_at(sample.name, rgb)
    table.judge("plain", coded.rgb, size)
    assert sample.extracted is not None
    semantics = SemanticMap(quarter(sample.extracted[:height, :width]), TEXTURE)
    for candidate in candidates:
        for suffix, told in (("", semantics), (", no semantics", None)):
            for corner in CORNERS:
                enhanced = candidate.enhance(coded.rgb, told, coded.hints, Preference.of(corner))
                table.judge(f"{candidate.name}: {corner}{suffix}", enhanced, size)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--quality", type=int, default=5)
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--streets", type=int, default=12)
    parser.add_argument("--cache", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    samples = Corpus(arguments.data, arguments.cache / "teacher-maps", validation=True).samples(lambda clean, _: clean)
    streets = [sample for sample in samples if sample.street]
    streets = streets[:: len(streets) // arguments.streets][: arguments.streets]
    photos = [sample for sample in samples if not sample.street][: arguments.photos]
    extractor, networks = DeepLab(), arguments.data / "networks"
    tables = {
        "photos": Table(classifier=networks / "mobilenet_v2.tflite", perception=True),
        "streets": Table(segmenter=networks / "deeplab_cityscapes.tflite"),
    }
    with tempfile.TemporaryDirectory() as folder:
        candidates = [Candidate(trained, Path(folder)) for trained in arguments.weights]
        for title, chosen in (("photos", photos), ("streets", streets)):
            for sample in chosen:
                told = with_extracted(sample, extractor, arguments.cache / "extracted-maps", familiar=False)
                compare(told, candidates, arguments.quality, tables[title])
    for title, table in tables.items():
        print(f"\n{title}\n\n" + "\n".join(table.lines()))


if __name__ == "__main__":
    main()
