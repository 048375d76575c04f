"""A reader written from `docs/format.md`, which knows no code of JPADSE's, reads what JPADSE writes."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jpadse_core import RgbImage, build_pipeline, read_info
from jpadse_core.bitstream.guide import Guide, read_guide, write_guide
from jpadse_core.bitstream.perception_guide import PerceptionGuide, weave, write_perception_guide

PAGE = Path(__file__).parents[1].joinpath("docs", "format.md").read_text(encoding="utf-8")
DICTIONARY = PAGE.partition("The preset dictionary")[2].split("```")[1].replace("\n", "").encode()


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def sidecar_and_essence(jpeg: bytes) -> tuple[bytes, bytes]:
    parts, essence, at = {}, jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        segment = jpeg[at : at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")]
        at += len(segment)
        if segment[1] == 0xE9 and segment[4:9] == b"JPSE\0":
            parts[segment[9]] = segment[11:]
        elif segment[1] != 0xFE and (segment[1] == 0xEE or not 0xE0 <= segment[1] <= 0xEF):
            essence += segment
    return b"".join(parts[index] for index in range(len(parts))), essence + jpeg[at:]


def head_and_sections(sidecar: bytes) -> tuple[bytes, dict[int, bytes]]:
    if sidecar[0] == 2:
        return sidecar[1:], {}
    assert sidecar[0] == 130
    length, at = varint(sidecar, 1)
    head, at, sections = sidecar[at : at + length], at + length, {}
    while at < len(sidecar):
        size, start = varint(sidecar, at + 1)
        body = sidecar[start + 4 : start + 4 + size]
        assert zlib.crc32(sidecar[at:start] + body) == int.from_bytes(sidecar[start : start + 4], "little")
        sections[sidecar[at]], at = body, start + 4 + size
    return head, sections


def header_and_guide(data: bytes) -> tuple[dict[str, Any], bytes]:
    flags, at, fields = data[0], 1, {"codec": {1: "jpeg"}.get(data[0] & 15), "options": {}}
    if flags & 0x10:
        fields |= {"enhancer": "default", "weights": data[1:5].hex()}
        at = 5
    if flags & 0x40:
        value, at = varint(data, at)
        fields["options"] = {"quality": value if value <= 100 else (value - 101) // 6 / 10 ** ((value - 101) % 6 + 1)}
    if flags & 0x20:
        fields |= {"semantics": "deeplab", "labels": {"name": "texture"}}
    if not flags & 0x80:
        return fields, data[at:]
    inflater = zlib.decompressobj(-15, zdict=DICTIONARY)
    rest = json.loads(inflater.decompress(data[at:]))
    rest["options"] = rest.get("options", {}) | fields["options"]
    return fields | rest, inflater.unused_data


def asking(code: bytes) -> tuple[Callable[[int], bool], Callable[[list[int]], bool]]:
    """The range code's questions: of a given probability, and of a pair of counts, which learns."""
    value, scope, read = int.from_bytes(code[:4].ljust(4, b"\0"), "big"), 2**32 - 1, 4

    def ask(probability: int) -> bool:
        nonlocal value, scope, read
        part = (scope >> 16) * probability
        yes = value < part
        value, scope = (value, part) if yes else (value - part, scope - part)
        while scope < 2**24:
            value, scope, read = value << 8 | int.from_bytes(code[read : read + 1]), scope << 8, read + 1
        return yes

    def learn(pair: list[int]) -> bool:
        yes = ask(min(max(65536 * pair[0] // sum(pair), 1), 65535))
        pair[not yes] += 4
        return yes

    return ask, learn


def pairs_of(*questions: str) -> Iterator[list[list[int]]]:
    for question in questions:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {question} | "))
        yield [[int(count) for count in pair.split(", ")] for pair in row.strip("| ").split(" | ")[1:] if "," in pair]


def levels(code: bytes, height: int, width: int) -> list[list[int]]:
    ask, learn = asking(code)
    side = 64 if ask(65535) else 8 << sum(ask(32768) << bit for bit in range(4))
    half, past, even = pairs_of("level 2", "level 3", "level 1")
    grid = [[0] * -(-width // side) for _ in range(-(-height // side))]
    for y, row in enumerate(grid):
        for x in range(len(row)):
            beside = [row[x - 1] if x else None, grid[y - 1][x] if y else None]
            pair = sum({None: 1, 2: 1, 3: 2}.get(level, 0) for level in beside)
            row[x] = 2 if learn(half[pair]) else 3 if learn(past[pair]) else int(learn(even[0]))
    return grid


def perception_levels(code: bytes, height: int, width: int) -> tuple[int, list[list[int]]]:
    ask, learn = asking(code)
    side = 32 if ask(65535) else 8 << sum(ask(32768) << bit for bit in range(4))
    whole, half = pairs_of("whole share", "half of it")
    grid = [[0] * -(-width // side) for _ in range(-(-height // side))]
    for y, row in enumerate(grid):
        for x in range(len(row)):
            pair = 4 - (row[x - 1] if x else 2) - (grid[y - 1][x] if y else 2)
            row[x] = 2 if learn(whole[pair]) else int(learn(half[pair]))
    return side, grid


def strength(grid: list[list[int]], side: int, y: int, x: int) -> int:
    """s of a pixel."""

    def between(values: Sequence[Fraction | int], place: int) -> Fraction:
        at = min(max(Fraction(2 * place + 1, 2 * side) - Fraction(1, 2), Fraction(0)), Fraction(len(values) - 1))
        low, high = values[math.floor(at)], values[math.ceil(at)]
        return low + (high - low) * (at - math.floor(at))

    columns = [between([row[column] for row in grid], y) for column in range(len(grid[0]))]
    return math.floor(128 * between(columns, x))


def test_a_perception_guide_is_read_and_applied_as_the_page_says() -> None:
    random = np.random.default_rng(3)
    for side in (8, 32, 64):
        height, width = 2 * side + 5, 3 * side - 3
        written = random.integers(0, 3, (3, 3)).astype(np.uint8)
        guide = PerceptionGuide(side.bit_length() - 1, written)
        assert perception_levels(write_perception_guide(guide), height, width) == (side, written.tolist())
        calm, asked = random.integers(0, 256, (2, height, width, 3), np.uint8)
        woven = weave(calm, asked, guide)
        for y, x in random.integers(0, (height, width), (60, 2)).tolist():
            s = strength(written.tolist(), side, y, x)
            expected = calm[y, x] + ((asked[y, x].astype(int) - calm[y, x]) * s + 128) // 256
            assert (woven[y, x] == expected).all()


def test_a_jpeg_file_is_read_as_the_page_says(coffee: RgbImage) -> None:
    data = build_pipeline("jpeg", semantics_rate=0, quality=7, progressive=True).encode(coffee)
    sidecar, essence = sidecar_and_essence(data)
    head, sections = head_and_sections(sidecar)
    fields, guide = header_and_guide(head[4:])
    info = read_info(data)
    size = {section.name: section.bytes for section in info.sections}
    assert int.from_bytes(head[:4], "little") == zlib.crc32(essence + head[4:])
    assert (fields["codec"], fields["options"]) == ("jpeg", {"quality": 7, "progressive": True})
    assert (fields["enhancer"], fields["weights"], fields["divisor"]) == (info.enhancer, info.weights, info.divisor)
    tag_length_and_checksum = 6
    assert (len(guide), len(sections[128]) + tag_length_and_checksum) == (size["guide"], size["label_map"])
    assert levels(guide, *coffee.shape[:2]) == read_guide(guide, coffee.shape[:2]).levels.tolist()


def test_a_guide_is_read_as_the_page_says() -> None:
    for tile in (32, 64, 128):
        written = np.random.default_rng(tile).integers(0, 4, (6, 9)).astype(np.uint8)
        code = write_guide(Guide(tile.bit_length() - 1, written))
        assert levels(code, 6 * tile, 9 * tile) == written.tolist()
