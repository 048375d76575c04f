"""A reader of label maps in wavefronts, written from docs/wavefronts.md: slow, plain, and without code of JPADSE's."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

MODELS = Path(__file__).parents[2] / "jpadse_core" / "bitstream" / "wavefront"
Array = np.ndarray[Any, Any]


class Bytes:
    """Numbers off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        byte = self.byte()
        return byte if byte < 128 else byte - 128 + 128 * self.varint()

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)


class RangeDecoder:
    def __init__(self, code: bytes, little: bool) -> None:
        self.words = np.frombuffer(code + bytes(-len(code) % 4) + bytes(8), "<u4" if little else ">u4").tolist()
        self.value, self.range, self.at = self.words[0] << 32 | self.words[1], 2**64 - 1, 2

    def symbols(self, weights: Array) -> list[int]:
        """One symbol for each row of weights, `[n, k]`."""
        count = weights.shape[1]
        sums = np.add.accumulate(weights, axis=1, dtype=np.float32)
        scales = np.float32(2**24 - count) / sums[:, -1:]
        sums = np.concatenate([np.zeros_like(scales), sums[:, :-1]], axis=1)
        edges = (sums * scales).astype(int) + np.arange(count)
        return [self.symbol([*row, 2**24]) for row in edges.tolist()]

    def symbol(self, edges: list[int]) -> int:
        part = self.range // 2**24
        quotient = self.value // part
        assert quotient < 2**24, "the code is damaged"
        found = bisect_right(edges, quotient) - 1
        self.value -= part * edges[found]
        self.range = part * (edges[found + 1] - edges[found])
        if self.range < 2**32:
            word = self.words[self.at] if self.at < len(self.words) else 0
            self.value, self.range, self.at = self.value << 32 | word, self.range << 32, self.at + 1
        return found


def powers() -> Array:
    power, found = 2**64, []
    for _ in range(2049):
        found.append(power // 2**64)
        power += power // 64
    return np.array(found, np.float32)


def nearness() -> list[int]:
    number, found = 2**20, []
    for _ in range(127):
        found.append(number // 2**10)
        number = 15 * number // 16
    return found


class Waves:
    """A map that is decoded wave by wave.

    Args:
        number: the model's.
        classes: the class of every label; all 0 where no class is known beforehand.
        known: the class of every pixel, `[height, width]`.
    """

    def __init__(self, number: int, classes: list[int], known: Array) -> None:
        model = np.load(MODELS / f"model_{number}.np{'y' if number == 3 else 'z'}")
        self.number, (self.height, self.width), count = number, known.shape, len(classes)
        self.classes, self.known = np.array(classes), known
        self.skew, self.band = int(model["skew"]), int(model["band"]) if number == 3 else 16
        self.dx, self.dy = model["offsets"].astype(int).T
        self.watched = model["watched"].astype(int)
        # Whole numbers are exact in double too, in which numpy multiplies faster.
        self.layers = [
            (model[f"weights{layer}"].astype(float), model[f"biases{layer}"], divisor)
            for layer, divisor in zip((1, 2, 3), (*model["shifts"].tolist(), 16), strict=True)
        ]
        self.table = powers() if number > 1 else model["falls"].astype(np.float32)
        self.near = nearness()
        if number == 1:
            self.tiers, self.priors = np.minimum(np.arange(self.watched.size), 1), np.array([1])
            self.changes, self.pixels = np.full(count, 2), np.full(count, 1600)
        else:
            of_large = "_of_large" if number == 2 and known.size > 65536 else ""
            self.tiers, self.priors = model[f"tiers{of_large}"], 2**22 // model[f"rarity{of_large}"]
            self.changes, self.pixels = np.full(count, 4), np.full(count, 4 * 2**22)
        self.gaps, self.rooms, self.habits = np.zeros((3, count, count, 4), int)
        self.seen = np.full((count, count), 1 if number == 1 else 16)
        self.escapes: deque[tuple[int, int, int, int]] = deque(maxlen=256)
        self.coded = (np.bincount(self.classes) > 1)[known]
        self.labels = np.searchsorted(self.classes, known)

    def decode(self, code: bytes, first: int | None) -> Array:
        """All labels, `[height, width]`; the first is given in model 1 alone."""
        decoder = RangeDecoder(code, little=self.number == 1)
        if first is None:
            first = decoder.symbols((self.classes == self.known[0, 0])[None])[0]
        self.labels[0, 0] = first
        lessons = []
        for wave in range(1, self.width + self.skew * (self.height - 1)):
            ys = np.arange(self.height)
            xs = wave - self.skew * ys
            inside = (xs >= 0) & (xs < self.width)
            inside[inside] = self.coded[ys[inside], xs[inside]]
            if inside.any():
                lessons.append(self.decode_wave(decoder, xs[inside], ys[inside]))
            if wave % self.band == 0:
                for lesson in lessons:
                    self.learn(*lesson)
                lessons = []
        return self.labels

    def decode_wave(self, decoder: RangeDecoder, xs: Array, ys: Array) -> tuple[Array, ...]:
        around = self.around(xs, ys)
        tiers = self.tiers[(around[:, self.watched] != around[:, :1]).argmax(axis=1)]
        candidates = around[:, [0, 0, 0]]
        weights = np.zeros((xs.size, 4), np.float32)
        busy = tiers == self.priors.size
        if not busy.all():
            weights[~busy] = self.quiet_weights(tiers[~busy], around[~busy, 0])
        if busy.any():
            candidates[busy], weights[busy] = self.busy_weights(around[busy])
        weights[:, :3] *= self.classes[candidates] == self.known[ys, xs, None]
        symbols = np.array(decoder.symbols(weights))
        self.labels[ys, xs] = np.column_stack([candidates, candidates[:, 0]])[np.arange(xs.size), symbols]
        for place in (symbols == 3).nonzero()[0]:
            self.decode_escape(decoder, int(xs[place]), int(ys[place]), candidates[place])
        return tiers, candidates, weights, symbols

    def decode_escape(self, decoder: RangeDecoder, x: int, y: int, candidates: Array) -> None:
        first = int(candidates[0])
        weights = self.seen[first].copy()
        for column, row, before, label in self.escapes if self.number > 1 else ():
            distance = abs(x - column) + abs(y - row)
            if distance < 127:
                weights[label] += self.near[distance] * (3 if before == first else 1)
        weights = np.minimum(weights, 2**20) * (self.classes == self.known[y, x])
        weights[candidates] = 0
        label = decoder.symbols((weights if weights.any() else np.ones_like(weights))[None])[0]
        self.labels[y, x] = label
        self.seen[:, label] += 8 if self.number > 1 else 1
        self.seen[first, label] += 32 if self.number > 1 else 8
        self.escapes.append((x, y, first, label))

    def around(self, x: Array, y: Array) -> Array:
        """The labels of all neighbours of some pixels, nearest first, `[n, N]`."""
        xs, ys = x[:, None] + self.dx, y[:, None] + self.dy
        rows = np.clip(ys, 0, self.height - 1)
        columns = xs + self.skew * (ys - rows)
        rows = np.where(columns < 0, np.maximum(rows - 1 - max(self.dy.max(), 0), 0), rows)
        return self.labels[rows, np.clip(columns, 0, self.width - 1)]

    def quiet_weights(self, tiers: Array, firsts: Array) -> Array:
        changes, pixels = self.changes[firsts], self.pixels[firsts]
        if self.number == 1:
            change = changes * 2**22 // pixels
        else:
            factors = np.minimum(changes * 2**22 // (pixels // 2**10), 2**20)
            change = np.minimum(self.priors[tiers] * factors // 2**10, 2**21)
        change = np.maximum(change, 1)
        return np.stack([2**22 - change, 0 * change, 0 * change, change], axis=1)

    def busy_weights(self, around: Array) -> tuple[Array, Array]:
        """The candidates `[n, 3]` and the weights `[n, 4]`."""
        pixels, first = np.arange(len(around)), around[:, 0]
        second = around[pixels, (around != first[:, None]).argmax(axis=1)]
        is_second = around == second[:, None]
        is_other = (around != first[:, None]) & ~is_second
        third = around[pixels, is_other.argmax(axis=1)]
        values = np.concatenate([is_second, is_other], axis=1).astype(float)
        for weights, biases, divisor in self.layers[:2]:
            values = np.clip((values @ weights + biases) // divisor, 0, 255)
        weights, biases, divisor = self.layers[2]
        logits = ((values @ weights + biases) // divisor).astype(int)
        if self.number == 1:
            found = self.table[np.minimum(logits.max(axis=1, keepdims=True) - logits, 1023)]
            found[:, 2] *= third != first
        else:
            found = self.table[np.clip(1024 + logits + self.habits[first, second], 0, 2048)]
        return np.stack([first, second, third], axis=1), found

    def learn(self, tiers: Array, candidates: Array, weights: Array, symbols: Array) -> None:
        busy = tiers == self.priors.size
        firsts = candidates[~busy, 0]
        np.add.at(self.pixels, firsts, self.priors[tiers[~busy]])
        np.add.at(self.changes, firsts, symbols[~busy] != 0)
        if self.number == 1:
            return
        for place in busy.nonzero()[0]:
            first, second = candidates[place, :2]
            exact = weights[place].astype(np.float64)
            share = np.floor(exact * (4096 / exact.sum())).astype(int)
            gap, room = self.gaps[first, second], self.rooms[first, second]
            gap += 4096 * (np.arange(4) == symbols[place]) - share
            room += share * (4096 - share) // 4096
            self.habits[first, second] = np.clip(64 * gap // (room + 8 * 4096), -128, 128)


def decode_waves(code: bytes, number: int, classes: list[int], known: Array, first: int | None = None) -> Array:
    """The labels of one code, its two bytes of check ahead of it."""
    check, code = code[:2], code[2:]
    labels = Waves(number, classes, known).decode(code, first)
    covered = labels.astype(np.uint8).tobytes() + (len(code).to_bytes(4, "little") if number > 1 else b"")
    assert check == (zlib.crc32(covered) & 0xFFFF).to_bytes(2, "little"), "the check differs"
    return labels


def runs_or_bits(reader: Bytes, form: int) -> list[int]:
    if form % 2:
        return np.flatnonzero(np.unpackbits(np.frombuffer(reader.take(form // 2), np.uint8))).tolist()
    ids: list[int] = []
    end = 0
    for _ in range(form // 2):
        begin = end + reader.varint()
        end = begin + reader.varint()
        ids += range(begin, end)
    return ids


def read_labels(data: bytes) -> Array:
    """A block of method 0, 3, 7, 9 or 10, or of method 4 around one of them, as docs/format.md has it."""
    reader = Bytes(data)
    method = reader.byte()
    width, height = [reader.byte() + 1 if method == 10 else reader.varint() + (method in (7, 9)) for _ in range(2)]
    if method == 0:
        reader.varint()
        return np.full((height, width), reader.varint())
    form = reader.varint()
    if method not in (9, 10):
        ids = runs_or_bits(reader, form)
    else:
        ids = [each for each in range(62) if form >> each + 1 & 1] if form % 2 else runs_or_bits(reader, form // 2)
    repeats = None
    if method == 4:
        repeats = [read_lengths(reader) for _ in range(2)]
        height, width = map(len, repeats)
        method = reader.byte()
    number = {3: 1, 7: 2, 9: 3, 10: 3}[method]
    assert number > 1 or reader.byte() == 1, "an unknown model"
    first = reader.byte() if number == 1 else None
    ranks = decode_waves(reader.rest(), number, [0] * len(ids), np.zeros((height, width), int), first)
    if repeats is not None:
        ranks = ranks.repeat(repeats[0], axis=0).repeat(repeats[1], axis=1)
    return np.array(ids)[ranks]


def read_lengths(reader: Bytes) -> list[int]:
    count = reader.varint()
    numbers = Bytes(zlib.decompress(reader.take(reader.varint())))
    return [numbers.varint() for _ in range(count)]


def read_colours(layer: bytes, labels: Array) -> Array:
    """The layer of instances."""
    reader = Bytes(layer)
    if reader.byte() == 0:
        return read_labels(reader.rest())
    number = reader.byte()
    first = reader.byte() if number == 1 else None
    ids, ranks = np.unique(labels, return_inverse=True)
    ranks = ranks.reshape(labels.shape)
    counts = [reader.varint() for _ in ids]
    begins = np.cumsum([0, *counts])[:-1]
    classes = np.repeat(np.arange(len(counts)), counts).tolist()
    start = None if first is None else int(begins[ranks[0, 0]]) + first
    return decode_waves(reader.rest(), number, classes, ranks, start) - begins[ranks]


def read_map(data: bytes) -> tuple[Array, Array | None]:
    """The labels and, where there are any, the colours of instances."""
    if data[0] != 0x80:
        return read_labels(data), None
    reader = Bytes(data[1:])
    labels = read_labels(reader.take(reader.varint()))
    return labels, read_colours(reader.rest(), labels)
