"""Means over folds: the corrected t-test against its formula."""

import math

import numpy as np
import pytest
from scipy import stats

from isogloss.metrics.folds import fold_interval, p_below_zero


def test_two_differences_are_judged_by_a_cauchy_distribution() -> None:
    """Which is Student's t with one degree of freedom: its tail has a closed form."""
    t = -0.025 / math.sqrt((1 / 2 + 1 / 4) * 0.005**2 * 2)
    expected = 0.5 + math.atan(t) / math.pi
    assert p_below_zero([-0.02, -0.03], 5) == pytest.approx(expected)
    assert p_below_zero([0.02, 0.03], 5) == pytest.approx(1 - expected)


def test_the_correction_makes_a_difference_less_sure() -> None:
    differences = [-0.02, -0.01, -0.03, 0.005]
    plain = stats.t.cdf(np.mean(differences) / stats.sem(differences), 3)
    assert p_below_zero(differences, 5) > plain
    assert p_below_zero(differences, 10**9) == pytest.approx(plain)


def test_a_clear_difference_is_seen_after_two_of_three_folds() -> None:
    assert p_below_zero([-0.10, -0.11], 3) < 0.1


@pytest.mark.parametrize(
    ("differences", "expected"),
    [([], 1.0), ([-0.5], 1.0), ([-0.5, -0.5], 0.0), ([0.0, 0.0], 1.0), ([0.5, 0.5], 1.0)],
)
def test_what_has_no_variance(differences: list[float], expected: float) -> None:
    assert p_below_zero(differences, 4) == expected


def test_the_interval_is_wider_than_that_of_independent_values() -> None:
    values = np.array([0.80, 0.83, 0.81, 0.86, 0.82])
    low, high = fold_interval(values, 5) or (0.0, 0.0)
    plain = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert (high - low) / (plain[1] - plain[0]) == pytest.approx(math.sqrt(1 + 5 / 4))
    assert fold_interval([0.8], 5) is None
