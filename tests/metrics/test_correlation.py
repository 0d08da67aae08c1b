"""Correlations against scipy, draws against a loop, edges that have no value."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from isogloss.errors import InputError
from isogloss.metrics.correlation import (
    bootstrap_draws,
    fisher_mean,
    pearson,
    spearman,
)
from isogloss.metrics.intervals import resample_counts
from isogloss.metrics.sts import estimate_correlation, estimate_retention


def graded(n: int, seed: int = 0, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, 26, n) / 5
    return np.tanh((gold + noise * generator.normal(size=n)) / 5), gold


pairs = st.integers(3, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-4, 4), min_size=n, max_size=n)] * 2)
)


@given(pairs)
@settings(max_examples=200, deadline=None)
def test_equal_to_scipy_with_many_ties(sides):
    x, y = (np.array(side, dtype=float) / 4 for side in sides)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert spearman(x, y) is None
        assert pearson(x, y) is None
    else:
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("statistic", ["spearman", "pearson"])
@pytest.mark.parametrize("ties", [True, False])
def test_draws_equal_the_definition_in_a_loop(statistic, ties):
    cosines, gold = graded(23)
    if ties:
        cosines = np.round(cosines, 1)
    draws = bootstrap_draws(cosines, gold, statistic=statistic, draws=40, seed=3)
    counts = np.concatenate(list(resample_counts(23, draws=40, seed=3)))
    scipys = {"spearman": stats.spearmanr, "pearson": stats.pearsonr}[statistic]
    for draw, count in zip(draws, counts, strict=True):
        taken = np.repeat(np.arange(23), count.astype(int))
        assert draw == pytest.approx(scipys(cosines[taken], gold[taken]).statistic, abs=1e-10)


@pytest.mark.parametrize("statistic", ["spearman", "pearson"])
def test_draws_of_pairs_equal_the_definition_in_a_loop(statistic):
    cosines, gold = graded(23)
    pairs = np.arange(23) % 9  # some stand in three languages, others in two
    draws = bootstrap_draws(cosines, gold, statistic=statistic, draws=40, seed=3, pairs=pairs)
    counts = np.concatenate(list(resample_counts(9, draws=40, seed=3)))
    scipys = {"spearman": stats.spearmanr, "pearson": stats.pearsonr}[statistic]
    for draw, count in zip(draws, counts, strict=True):
        taken = np.concatenate(
            [np.flatnonzero(pairs == p) for p in np.repeat(range(9), count.astype(int))]
        )
        assert draw == pytest.approx(scipys(cosines[taken], gold[taken]).statistic, abs=1e-10)


def test_draws_do_not_depend_on_the_chunk(monkeypatch):
    cosines, gold = graded(50)
    whole = bootstrap_draws(cosines, gold, draws=64, seed=1)
    monkeypatch.setattr("isogloss.metrics.intervals._CHUNK_ITEMS", 7 * 50)
    np.testing.assert_allclose(bootstrap_draws(cosines, gold, draws=64, seed=1), whole, atol=1e-12)


def test_the_interval_covers_the_value_about_95_times_in_100():
    truth = spearman(*graded(200_000, seed=1))
    covered = 0
    for seed in range(60):
        found = estimate_correlation(*graded(150, seed=seed + 100), draws=300, seed=seed).interval
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 50 <= covered <= 60


def test_a_benchmark_sized_set_is_fast():
    cosines, gold = graded(1379)
    start = time.process_time()
    found = estimate_correlation(cosines, gold, draws=1000, seed=12345)
    assert time.process_time() - start < 2.0  # 0.1 s on an idle core
    assert found.interval is not None
    assert found.interval.low < spearman(cosines, gold) < found.interval.high


@pytest.mark.parametrize(
    ("cosines", "gold", "reason"),
    [
        ([0.5], [3.0], "1 pairs"),
        ([0.1, 0.2], [1.0, 2.0], "2 pairs"),
        ([0.5, 0.5, 0.5], [1.0, 2.0, 3.0], "same cosine"),
        ([0.1, 0.2, 0.3], [2.0, 2.0, 2.0], "same gold"),
    ],
)
def test_no_value_has_a_reason_and_is_never_zero(cosines, gold, reason):
    estimate = estimate_correlation(cosines, gold)
    assert estimate.value is None
    assert estimate.interval is None
    assert reason in estimate.reason


def test_a_tiny_spread_is_still_a_spread():
    assert pearson([0.0, 1e-200, 2e-200], [1.0, 2.0, 3.0]) == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [[0.1, np.nan, 0.3], [0.1, np.inf, 0.3], [0.1, 0.2], [[0.1] * 3]])
def test_unusable_numbers_are_refused(bad):
    with pytest.raises(InputError, match="expected"):
        spearman(bad, [1.0, 2.0, 3.0])


def test_retention_of_the_teacher_itself_is_exactly_one():
    cosines, gold = graded(100)
    estimate = estimate_retention(cosines, cosines, gold, draws=50)
    assert estimate.value == 1.0
    assert estimate.interval == pytest.approx((1.0, 1.0))


def test_retention_is_a_ratio_on_the_same_draws():
    teacher, gold = graded(400, noise=0.5)
    student, _ = graded(400, noise=0.5)
    student = student + np.random.default_rng(5).normal(size=400) / 5
    estimate = estimate_retention(student, teacher, gold, draws=200)
    assert estimate.value == pytest.approx(spearman(student, gold) / spearman(teacher, gold))
    assert estimate.interval.low < estimate.value < estimate.interval.high < 1


def test_retention_against_a_useless_teacher_has_no_value():
    gold = np.arange(10.0)
    estimate = estimate_retention(gold, -gold, gold)
    assert estimate.value is None
    assert estimate.reason == "the teacher's own correlation is -1.000, not above 0"


def test_fisher_mean():
    values = [0.2, 0.8, 0.9]
    assert fisher_mean(values) == pytest.approx(np.tanh(np.mean(np.arctanh(values))))
    assert fisher_mean([1.0, 1.0]) == pytest.approx(1 - 1e-7)
    assert fisher_mean([]) is None
    with pytest.raises(InputError, match="multiply by 100"):
        fisher_mean([78.0])
    with pytest.raises(InputError):
        fisher_mean([0.5, np.nan])
