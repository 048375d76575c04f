"""The bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jpadse_plugin_evaluate.statistics import bootstrap_mean, resample


def test_the_interval_of_a_mean_is_that_of_scipy_within_its_own_noise() -> None:
    from scipy import stats

    values = np.random.default_rng(1).gamma(2, 3, 40)
    expected = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", random_state=0)
    found = bootstrap_mean(values.tolist())
    spread = expected.confidence_interval.high - expected.confidence_interval.low
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=0.08 * spread)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=0.08 * spread)


def test_the_general_bootstrap_agrees_with_the_one_of_means_and_repeats_itself() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
    general = resample(23 / 6, 6, lambda draws: np.array([np.mean([values[i] for i in draw]) for draw in draws]))
    assert general.interval().low == pytest.approx(bootstrap_mean(values).low)
    assert bootstrap_mean(values) == bootstrap_mean(values)


def test_fewer_draws_are_the_first_of_more() -> None:
    few, many = (resample(1.0, 7, lambda draws: draws.sum(axis=1).astype(float), count).drawn for count in (9, 90))
    assert np.array_equal(few, many[:9])


def test_one_picture_has_no_interval() -> None:
    assert math.isnan(bootstrap_mean([7.0]).low)
    assert bootstrap_mean([7.0]).value == 7
