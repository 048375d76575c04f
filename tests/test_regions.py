"""Regions of label maps: found as a flood fill finds them, and merged without losing a cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from jpadse_core.regions import merge_small_regions, regions

MAPS = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 2))


def sizes(labels: np.ndarray) -> np.ndarray:
    return np.bincount(regions(labels).ravel())


@given(MAPS)
def test_regions_are_those_of_a_flood_fill(labels: np.ndarray) -> None:
    flood = label(labels, background=-1, connectivity=1)
    found = regions(labels)
    pairs = set(zip(found.ravel().tolist(), flood.ravel().tolist(), strict=True))
    assert len(pairs) == found.max() + 1 == flood.max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (300, 300)])
def test_spirals_combs_and_noise_are_found_too(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 2, shape, np.uint8)
    comb = np.zeros(shape, np.uint8)
    comb[:-1, ::2] = 1
    for labels in (noise, comb, comb.T.copy(), 1 - comb):
        assert regions(labels).max() + 1 == label(labels, background=-1, connectivity=1).max()


def test_a_small_region_goes_to_the_neighbour_of_the_longest_border() -> None:
    labels = np.full((8, 8), 7, np.uint8)
    labels[:, 5:] = 9
    labels[2:4, 4:6] = 1
    labels[2, 6] = 1  # five cells: four sides to 7, six to 9
    expected = np.where(labels == 1, 9, labels)
    assert np.array_equal(merge_small_regions(labels, 6), expected)
    assert np.array_equal(merge_small_regions(labels, 5), labels)


def test_small_regions_inside_small_ones_go_where_those_go() -> None:
    labels = np.zeros((20, 20), np.uint16)
    labels[5:10, 5:10] = 300
    labels[7, 7] = 5
    assert not merge_small_regions(labels, 30).any()
    assert set(np.unique(merge_small_regions(labels, 10))) == {0, 300}


@given(MAPS, st.integers(1, 30))
def test_merging_leaves_large_regions_as_they_are_and_invents_no_label(labels: np.ndarray, smallest: int) -> None:
    merged = merge_small_regions(labels, smallest)
    assert merged.dtype == labels.dtype
    assert set(np.unique(merged)) <= set(np.unique(labels))
    found = regions(labels)
    kept = sizes(labels)[found] >= smallest
    assert np.array_equal(merged[kept], labels[kept])
    if kept.any():
        assert sizes(merged).min() >= smallest


@given(MAPS)
def test_no_region_is_smaller_than_one_cell(labels: np.ndarray) -> None:
    assert np.array_equal(merge_small_regions(labels, 1), labels)
