"""A reader written from `docs/wavefronts.md`, which knows no code of JPADSE's, reads what JPADSE writes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from independent import wavefront_reader
from independent.wavefront_reader import MODELS, RangeDecoder, read_map
from test_instances import crowd
from test_wavefront import regions

from jpadse_core import decode_instances, decode_label_map, encode_label_map
from jpadse_core.bitstream.label_codes import Method
from jpadse_core.bitstream.label_ids import write_packed_ids
from jpadse_core.bitstream.wavefront.coder import encode_ranks
from jpadse_core.bitstream.wavefront.network import load_model

PAGE = Path(__file__).parents[1].joinpath("docs", "wavefronts.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden"
WAVES = (Method.WAVEFRONT, Method.REPEATED, Method.WAVEFRONT_2, Method.WAVEFRONT_3, Method.SMALL_WAVEFRONT_3)
MAPS = [path for path in sorted(GOLDEN.glob("v*/*.labels")) if path.read_bytes()[0] in WAVES]
INSTANCES = [path for path in sorted(GOLDEN.glob("v*/*.instances")) if path.name != "crowd.instances"]
"""The label map of the one left out is not in waves."""


def called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def small_block(ranks: np.ndarray, count: int) -> bytes:
    """Method 10 of a map, also where another method would be shorter."""
    head = bytes([Method.SMALL_WAVEFRONT_3, ranks.shape[1] - 1, ranks.shape[0] - 1])
    return head + write_packed_ids(np.arange(count)) + encode_ranks(ranks, count, load_model(3))


def test_the_reader_imports_no_code_of_jpadse() -> None:
    source = Path(wavefront_reader.__file__).read_text(encoding="utf-8")
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE))
    assert imported == {"__future__", "bisect", "collections", "numpy", "pathlib", "typing", "zlib"}


def test_every_method_with_waves_has_a_golden_map() -> None:
    assert {path.read_bytes()[0] for path in MAPS} == set(WAVES)


@pytest.mark.parametrize("path", MAPS, ids=called)
def test_golden_maps_are_read_as_the_page_says(path: Path) -> None:
    labels, colours = read_map(path.read_bytes())
    assert np.array_equal(labels, decode_label_map(path.read_bytes()))
    assert colours is None


@pytest.mark.parametrize("path", INSTANCES, ids=called)
def test_golden_instances_are_read_as_the_page_says(path: Path) -> None:
    labels, colours = read_map(path.read_bytes())
    assert np.array_equal(labels, decode_label_map(path.read_bytes()))
    assert np.array_equal(colours, decode_instances(path.read_bytes()))


@pytest.mark.parametrize("model", [2, 3])
def test_instances_of_later_models_are_read_as_the_page_says(model: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jpadse_core.bitstream.instances.MODEL", model)
    labels, instances = (whole[10:50, :90] for whole in crowd())
    data = encode_label_map(labels, instances)
    assert np.array_equal(read_map(data)[1], decode_instances(data))


@pytest.mark.parametrize(
    ("ranks", "count"),
    [
        (regions(3, 50, 70, 12), 12),
        (regions(4, 1, 120, 5), 5),
        (regions(5, 120, 1, 5), 5),
        (np.random.default_rng(6).integers(0, 3, (30, 40)).astype(np.uint8), 3),
        (np.random.default_rng(7).integers(0, 200, (20, 40)).astype(np.uint8), 200),
    ],
    ids=["several classes", "one row", "one column", "noise", "more escapes than are remembered"],
)
def test_maps_made_now_are_read_as_the_page_says(ranks: np.ndarray, count: int) -> None:
    data = small_block(ranks, count)
    assert np.array_equal(read_map(data)[0], ranks)
    assert np.array_equal(decode_label_map(data), ranks)


def test_the_example_of_the_page_is_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    example = PAGE.partition("## An example")[2].partition("\n## ")[0]
    told = [
        line.strip("| ").split(" | ")[1:] for line in example.splitlines() if re.match(r"\| .* \| [0-9a-f]+ \|", line)
    ]
    happened = []
    decode = RangeDecoder.symbols

    def symbols(decoder: RangeDecoder, weights: np.ndarray) -> list[int]:
        before = f"{decoder.value:x}", f"{decoder.range:x}"
        found = decode(decoder, weights)
        happened.append([", ".join(str(int(weight)) for weight in weights[0]), *before, str(found[0])])
        return found

    monkeypatch.setattr(RangeDecoder, "symbols", symbols)
    data = bytes.fromhex(example.split("```")[1])
    assert data == (GOLDEN / "v2" / "one-row.labels").read_bytes()
    labels, _ = read_map(data)
    assert labels[0, :5].tolist() == [1, 1, 2, 2, 0]
    assert len(told) > 5
    assert happened[: len(told)] == told


def test_the_page_names_all_that_the_model_holds() -> None:
    model = np.load(MODELS / "model_3.npy")
    table = PAGE.partition("## The model")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", table)) == set(model.dtype.names)
