"""JPADSE's own label-map coder: exact on every map, the same on every machine, and smaller than general coders."""

from __future__ import annotations

import io
import lzma
import os
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from jpadse_core import BitstreamCorrupt, BitstreamUnsupported, decode_label_map, encode_label_map
from jpadse_core.bitstream.label_codes import Method, decode_method
from jpadse_core.bitstream.label_map import decode_labels, encode_labels
from jpadse_core.bitstream.varint import Reader, write_varint
from jpadse_core.bitstream.wavefront.coder import decode_ranks, encode_ranks
from jpadse_core.bitstream.wavefront.geometry import Canvas
from jpadse_core.bitstream.wavefront.network import load_model

MODEL = load_model(3)
MODELS = pytest.mark.parametrize("number", [1, 2, 3])
STREET = Path(__file__).parents[2] / "shared" / "data" / "street"
needs_street = pytest.mark.skipif(not STREET.is_dir(), reason="wants the street scenes of ../shared/data")


def regions(seed: int, height: int, width: int, count: int) -> np.ndarray:
    """A map of regions around random points."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    points = random.uniform(0, 1, (count * 3, 2)) * (height, width)
    distances = [(y - row) ** 2 + (x - column) ** 2 for row, column in points]
    return (np.argmin(distances, axis=0) % count).astype(np.uint8)


def survives(ranks: np.ndarray, count: int, number: int) -> bool:
    model = load_model(number)
    data = encode_ranks(ranks, count, model)
    first = None if model.learns else int(ranks[0, 0])
    return np.array_equal(decode_ranks(data, ranks.shape, count, model, first=first), ranks)


@MODELS
@settings(max_examples=25, deadline=None)
@given(ranks=arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 5)))
def test_every_map_survives_the_waves(number: int, ranks: np.ndarray) -> None:
    assert survives(ranks, 6, number)


@MODELS
@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (2, 2), (40, 200), (200, 40)])
def test_maps_narrower_than_the_neighbourhood_survive(number: int, shape: tuple[int, int]) -> None:
    assert survives(regions(1, *shape, 4), 4, number)


@MODELS
def test_all_256_labels_can_be_coded(number: int) -> None:
    assert survives(np.arange(256, dtype=np.uint8).repeat(16).reshape(64, 64), 256, number)


@MODELS
def test_a_large_map_survives(number: int) -> None:
    assert survives(regions(11, 300, 260, 14), 14, number)


@MODELS
def test_a_map_with_more_escapes_than_are_remembered_survives(number: int) -> None:
    assert survives(np.random.default_rng(6).integers(0, 200, (40, 50)).astype(np.uint8), 200, number)


def test_waves_cover_every_pixel_once_and_only_look_back() -> None:
    canvas = Canvas(7, 23, MODEL.skew, MODEL.margin, MODEL.reach)
    order = np.full(canvas.size, -1)
    for number in range(canvas.waves):
        wave = canvas.wave(number)
        assert (order[wave] == -1).all()
        order[wave] = number
    assert (canvas.inner(order) >= 0).all()  # type: ignore[arg-type]
    outside, repeated, _ = canvas.border()
    order[outside] = order[repeated]
    pixels = np.flatnonzero(order >= 0).reshape(-1)
    inner = np.setdiff1d(pixels, outside)
    neighbours = order[inner[:, None] + MODEL.positions(canvas.stride)]
    later = order[inner] > 0
    assert (neighbours[later] < order[inner][later, None]).all()


@MODELS
def test_every_sum_is_exact_in_float32(number: int) -> None:
    largest = 1.0
    for layer in load_model(number).layers:
        unit = max(2.0**-power for power in range(8) if not np.any(layer * 2.0**power % 1))
        sums = largest * np.abs(layer[:-1]).sum(axis=0) + np.abs(layer[-1])
        assert sums.max() / unit < 1 << 24
        largest = 255.0


def test_labels_are_coded_the_same_by_any_number_of_threads_and_any_instructions(tmp_path: Path) -> None:
    labels = regions(5, 90, 120, 7)
    np.save(tmp_path / "labels.npy", labels)
    code = (
        "import sys, numpy as np; from jpadse_core import encode_label_map;"
        "sys.stdout.buffer.write(encode_label_map(np.load(sys.argv[1])))"
    )
    seen = {encode_label_map(labels)}
    for setting in (
        {"OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_CORETYPE": "Prescott"},
        {"OPENBLAS_CORETYPE": "Sandybridge"},
    ):
        command = [sys.executable, "-c", code, str(tmp_path / "labels.npy")]
        seen.add(subprocess.run(command, env=os.environ | setting, capture_output=True, check=True).stdout)
    assert len(seen) == 1


def test_class_ids_do_not_matter() -> None:
    labels = regions(3, 60, 80, 5)
    other = np.array([900, 40_000, 3, 77, 12], np.uint16)[labels]
    assert abs(len(encode_labels(labels)) - len(encode_labels(other))) <= 13
    assert np.array_equal(decode_labels(encode_labels(other)), other)


@pytest.mark.parametrize("damage", [lambda code: code[:-7], lambda code: code + b"\1\2\3\4\5\6\7\10\11"])
def test_damaged_code_is_found_out(damage: object) -> None:
    data = encode_labels(regions(2, 90, 120, 6))
    with pytest.raises(BitstreamCorrupt, match="damaged"):
        decode_labels(damage(data))  # type: ignore[operator]


def test_a_hostile_size_is_refused_before_it_is_decoded() -> None:
    sizes = b"".join(map(write_varint, (1 << 14, 1 << 13, 2, 0, 2)))
    with pytest.raises(BitstreamCorrupt, match="larger than its method allows"):
        decode_labels(b"\3" + sizes + b"\1\0" + bytes(40))


def test_an_unknown_model_asks_for_a_newer_version() -> None:
    with pytest.raises(BitstreamUnsupported, match="model 250: pip install --upgrade jpadse"):
        decode_method(Method.WAVEFRONT, Reader(b"\xfa\0" + bytes(20), "label map"), (90, 120), 6)


def patterns() -> dict[str, np.ndarray]:
    y, x = np.mgrid[:120, :160]
    random = np.random.default_rng(0)
    return {
        "noise": random.integers(0, 2, (96, 96)).astype(np.uint8),
        "noise of many classes": random.integers(0, 65535, (48, 48)).astype(np.uint16),
        "horizontal stripes": (y // 3 % 5).astype(np.uint8),
        "vertical stripes": (x // 3 % 5).astype(np.uint8),
        "diagonal stripes": ((x + 2 * y) // 7 % 4).astype(np.uint8),
        "checkerboard": ((x + y) % 2).astype(np.uint8),
        "coarse checkerboard": ((x // 8 + y // 8) % 2).astype(np.uint8),
        "one class": np.full((120, 160), 7, np.uint8),
        "one pixel": np.array([[200]], np.uint8),
        "65535 classes": (np.arange(1 << 16) % 65535).reshape(256, 256).astype(np.uint16),
        "rings": (np.hypot(x - 80, y - 60) // 9 % 6).astype(np.uint8),
        "regions": regions(4, 120, 160, 9),
        "a tile over and over": np.tile(regions(3, 24, 32, 5), (4, 4)),
        "dots": ((x % 32 - 16) ** 2 + (y % 32 - 16) ** 2 < 150).astype(np.uint8),
    }


def general_coders(labels: np.ndarray) -> dict[str, int]:
    """Bytes that each of the usual lossless coders needs."""
    png = io.BytesIO()
    Image.fromarray(labels).save(png, "PNG", optimize=True)
    packed = lzma.compress(labels.tobytes(), lzma.FORMAT_ALONE, preset=9 | lzma.PRESET_EXTREME)
    sizes = {
        "PNG": png.tell(),
        "LZMA": len(packed),
        "JPEG XL": len(imagecodecs.jpegxl_encode(labels, lossless=True, effort=9, numthreads=1)),
    }
    if labels.dtype == np.uint8:
        grey = np.repeat(labels[..., None], 3, axis=2)
        sizes["WebP"] = len(imagecodecs.webp_encode(grey, lossless=True, level=6))
    return sizes


@pytest.mark.parametrize("name", patterns())
def test_no_pattern_costs_more_than_the_best_general_coder_and_eight_bytes(name: str) -> None:
    labels = patterns()[name]
    data = encode_label_map(labels)
    sizes = general_coders(labels)
    assert len(data) <= min(sizes.values()) + 8, sizes
    assert np.array_equal(decode_label_map(data), labels)


def test_an_enlarged_map_costs_little_more_than_before() -> None:
    labels = regions(8, 60, 90, 8)
    assert len(encode_labels(labels.repeat(6, 0).repeat(6, 1))) < len(encode_labels(labels)) + 40


@needs_street
@pytest.mark.parametrize(("step", "maps"), [(2, 1), (8, 8)])
def test_unseen_street_maps_take_half_of_jpeg_xl(step: int, maps: int) -> None:
    ours = general = 0
    for path in sorted((STREET / "cityscapes" / "labels").glob("*.png"))[:maps]:
        labels = np.ascontiguousarray(np.asarray(Image.open(path))[step // 2 :: step, step // 2 :: step])
        data = encode_label_map(labels)
        assert np.array_equal(decode_label_map(data), labels)
        ours += len(data)
        general += len(imagecodecs.jpegxl_encode(labels, lossless=True, effort=9, numthreads=1))
    assert ours <= general / 2
