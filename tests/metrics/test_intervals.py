"""Intervals against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from isogloss.errors import InputError
from isogloss.metrics.intervals import (
    bootstrap_ratio,
    percentile_interval,
    quantile_interval,
    resample_counts,
    resample_pairs,
    wilson_interval,
)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_a_wilson_interval_are_where_the_normal_test_turns(counts):
    hits, n = counts
    for end in wilson_interval(hits, n):
        distance, spread = (hits / n - end) ** 2, 1.959963984540054**2 * end * (1 - end) / n
        assert distance == pytest.approx(spread, abs=1e-9)
    assert wilson_interval(hits, n).low <= hits / n <= wilson_interval(hits, n).high


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_wilson_refuses_impossible_counts(hits, n):
    with pytest.raises(InputError):
        wilson_interval(hits, n)


def test_counts_sum_to_n_and_repeat():
    blocks = np.concatenate(list(resample_counts(31, draws=20, seed=9)))
    assert blocks.shape == (20, 31)
    assert (blocks.sum(axis=1) == 31).all()
    np.testing.assert_array_equal(
        blocks, np.concatenate(list(resample_counts(31, draws=20, seed=9)))
    )
    assert (blocks != np.concatenate(list(resample_counts(31, draws=20, seed=10)))).any()


def test_items_of_one_pair_are_drawn_together():
    pairs = np.array([7, 5, 7, 9, 5, 3])
    blocks = np.concatenate(list(resample_pairs(pairs, draws=30, seed=9)))
    counts = np.concatenate(list(resample_counts(4, draws=30, seed=9)))
    np.testing.assert_array_equal(blocks, counts[:, [0, 1, 0, 2, 1, 3]])
    part = np.concatenate(list(resample_pairs(pairs[3:], draws=30, seed=9, among=pairs)))
    np.testing.assert_array_equal(part, blocks[:, 3:])
    alone = np.concatenate(list(resample_pairs(np.array([4, 2, 8]), draws=30, seed=9)))
    np.testing.assert_array_equal(alone, np.concatenate(list(resample_counts(3, draws=30, seed=9))))


def test_ratio_draws_equal_a_loop():
    generator = np.random.default_rng(2)
    top, bottom = generator.random(40), generator.random(40) + 1
    draws = []
    for count in np.concatenate(list(resample_counts(40, draws=100, seed=4))):
        taken = np.repeat(np.arange(40), count.astype(int))
        draws.append(top[taken].sum() / bottom[taken].sum())
    expected = np.percentile(draws, [2.5, 97.5])
    assert bootstrap_ratio(top, bottom, draws=100, seed=4) == pytest.approx(tuple(expected))


def test_undefined_draws_are_left_out():
    assert percentile_interval([np.nan, 1.0, np.nan]) == (1.0, 1.0)
    assert percentile_interval([np.nan]) is None


@pytest.mark.parametrize("n", [2, 99, 5000])
def test_quantile_ranks_are_the_binomial_ones(n):
    values = np.random.default_rng(0).permutation(n).astype(float)
    low, high = quantile_interval(values, 0.01)
    ranks = stats.binom.ppf([0.025, 0.975], n, 0.01)
    assert low == max(0, ranks[0] - 1)
    assert high == min(n - 1, ranks[1])
