"""Regions of a label map: cells of one label that touch along their sides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jpadse_core.interfaces.labels import LabelArray

_Ids = npt.NDArray[np.int64]


def regions(labels: LabelArray) -> _Ids:
    """The region that every cell belongs to.

    Args:
        labels: uint8 or uint16 `[h, w]`.

    Returns:
        int64 `[h, w]`, numbers from 0 in the order in which regions begin.

    Runs of a row are joined with those below them; every round hooks each root to its least neighbour and then makes
    all paths short, as in Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982.
    """
    begins = np.ones(labels.shape, bool)
    begins[:, 1:] = labels[:, 1:] != labels[:, :-1]
    run = begins.ravel().cumsum().reshape(labels.shape) - 1
    alike = labels[1:] == labels[:-1]
    count = run[-1, -1] + 1
    upper, lower = np.divmod(np.unique(run[:-1][alike] * count + run[1:][alike]), count)
    root = np.arange(count)
    while True:
        least = np.minimum(root[upper], root[lower])
        for side in (upper, lower):
            np.minimum.at(root, root[side], least)
        while not np.array_equal(root, root[root]):
            root = root[root]
        if np.array_equal(root[upper], root[lower]):
            break
    numbers: _Ids = np.unique(root, return_inverse=True)[1]
    found: _Ids = numbers[run]
    return found


def merge_small_regions(labels: LabelArray, smallest: int) -> LabelArray:
    """The map without regions of fewer than `smallest` cells.

    A small region goes to that of its larger neighbours with which it shares the longest border, and with it where that
    one goes. Of equally large ones the later counts as larger.

    Args:
        labels: uint8 or uint16 `[h, w]`.
    """
    region = regions(labels)
    sizes = np.bincount(region.ravel())
    left, right = _borders(region)
    order = np.empty(sizes.size, np.int64)
    order[np.lexsort((np.arange(sizes.size), sizes))] = np.arange(sizes.size)
    rising = order[left] < order[right]
    small, large = np.where(rising, left, right), np.where(rising, right, left)
    chosen = sizes[small] < smallest
    keys, lengths = np.unique(small[chosen] * sizes.size + large[chosen], return_counts=True)
    goes_to = np.arange(sizes.size)
    keys = keys[np.argsort(lengths, kind="stable")]  # of several targets of one region the last stays
    goes_to[keys // sizes.size] = keys % sizes.size
    while not np.array_equal(goes_to, goes_to[goes_to]):
        goes_to = goes_to[goes_to]
    label_of = np.empty(sizes.size, labels.dtype)
    label_of[region] = labels
    merged: LabelArray = label_of[goes_to][region]
    return merged


def _borders(region: _Ids) -> tuple[_Ids, _Ids]:
    """The two regions of every side between cells that parts two of them."""
    sides = [(region[:, :-1], region[:, 1:]), (region[:-1], region[1:])]
    first = np.concatenate([a[a != b] for a, b in sides])
    second = np.concatenate([b[a != b] for a, b in sides])
    return first, second
