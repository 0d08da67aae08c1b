"""Aggregates of subsets against scipy and numpy; undefined subsets are left out, never 0."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from isogloss.errors import InputError
from isogloss.metrics.aggregates import (
    AGGREGATES,
    aggregate,
    fisher,
    joined,
    mean,
    subset_draws,
    weighted,
)
from isogloss.metrics.intervals import resample_counts
from isogloss.metrics.items import ItemValues


def subset(n, seed, shift=0.0) -> ItemValues:
    generator = np.random.default_rng(seed)
    gold = np.round(generator.random(n) * 5, 1)
    cosines = gold / 10 + generator.normal(size=n) * 0.15 + shift
    return ItemValues(cosines.astype(np.float32), gold)


SUBSETS = {"de-de": subset(80, 0), "en-de": subset(50, 1, 0.2), "en-en": subset(120, 2, 0.1)}
CONSTANT = ItemValues(np.ones(5), np.arange(5.0))
TINY = ItemValues(np.ones(2), np.arange(2.0))


@pytest.mark.parametrize(("statistic", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr)])
def test_all_aggregates_are_scipys_numbers(statistic, oracle):
    found = aggregate(SUBSETS, statistic=statistic, draws=300)
    own = [oracle(s.values.astype(float), s.gold)[0] for s in SUBSETS.values()]
    n = [len(s) for s in SUBSETS.values()]
    cosines = np.concatenate([s.values for s in SUBSETS.values()]).astype(float)
    gold = np.concatenate([s.gold for s in SUBSETS.values()])
    expected = {
        "mean": np.mean(own),
        "weighted": np.average(own, weights=n),
        "fisher": np.tanh(np.mean(np.arctanh(own))),
        "joined": oracle(cosines, gold)[0],
    }
    assert tuple(found.estimates) == AGGREGATES
    assert {name: one.value for name, one in found.estimates.items()} == pytest.approx(expected)
    assert len({round(value, 6) for value in expected.values()}) == 4
    for one in found.estimates.values():
        assert one.interval.low < one.value < one.interval.high
    assert (found.n, found.used, found.left_out) == (250, tuple(SUBSETS), {})


def test_undefined_subsets_are_left_out_and_named():
    more = {"x": CONSTANT, **SUBSETS, "y": TINY}
    found, without = aggregate(more, draws=50), aggregate(SUBSETS, draws=50)
    assert found.estimates == without.estimates
    assert found.left_out == {
        "x": "every pair has the same cosine",
        "y": "2 pairs; a correlation needs at least 3",
    }
    assert joined(list(more.values()), draws=50) == without.estimates["joined"]
    nothing = aggregate({"x": CONSTANT, "y": TINY})
    assert all(one.value is None for one in nothing.estimates.values())
    assert "none of 2 subsets" in nothing.estimates["joined"].reason


def test_plain_values_leave_out_what_is_undefined():
    assert mean([0.5, None, 0.7]).value == pytest.approx(0.6)
    assert weighted([0.5, None, 0.8], [100, 900, 200]).value == pytest.approx(0.7)
    assert fisher([0.5, None]).value == pytest.approx(0.5)
    assert fisher([1.0, 1.0]).value == pytest.approx(1, abs=1e-6)
    for nothing in (mean([None]), weighted([], []), fisher([None, None])):
        assert nothing.value is None
        assert nothing.reason
    with pytest.raises(InputError, match="1 values and 2 weights"):
        weighted([0.5], [1, 2])
    with pytest.raises(InputError, match="expected values in"):
        fisher([50.0])


def test_the_same_pairs_in_two_languages_share_their_draws():
    one = SUBSETS["de-de"]
    same = aggregate({"a": one, "b": one}, draws=200).estimates["mean"]
    alone = aggregate({"a": one}, draws=200).estimates["mean"]
    # the same pairs twice are no more evidence than once; other pairs are
    assert same == alone
    turned = ItemValues(one.values[::-1], one.gold[::-1])
    apart = aggregate({"a": one, "b": turned}, draws=200).estimates["mean"].interval
    assert apart.high - apart.low < 0.9 * (same.interval.high - same.interval.low)


def test_a_pair_in_two_languages_is_one_in_the_joined_correlation():
    one = SUBSETS["de-de"]
    same = aggregate({"a": one, "b": one}, draws=200).estimates["joined"]
    alone = aggregate({"a": one}, draws=200).estimates["joined"]
    assert (same.value, *same.interval) == pytest.approx((alone.value, *alone.interval))


@pytest.mark.parametrize("name", ["mean", "fisher", "joined"])
def test_the_interval_over_languages_covers_the_value_about_95_times_in_100(name):
    def languages(n, seed):
        generator = np.random.default_rng(seed)
        gold = np.round(generator.random(n) * 5, 2)
        shared = gold / 10 + generator.normal(size=n) * 0.15  # what is hard is so in every language
        return {
            code: ItemValues(shared + generator.normal(size=n) * 0.05, gold) for code in "abcde"
        }

    truth = aggregate(languages(50_000, 1), draws=2).estimates[name].value
    covered = 0
    for seed in range(60):
        found = aggregate(languages(100, seed + 100), draws=200, seed=seed).estimates[name]
        covered += found.interval.low <= truth <= found.interval.high
    assert 50 <= covered <= 60


def test_pairs_are_the_same_where_a_language_lacks_some():
    whole = SUBSETS["en-en"]
    numbers = np.arange(len(whole)) + 17
    part = ItemValues(whole.values[10:], whole.gold[10:], pairs=numbers[10:])
    numbered = ItemValues(whole.values, whole.gold, pairs=numbers)
    draws = subset_draws([part, numbered, SUBSETS["de-de"]], draws=60, seed=4)
    counts = np.concatenate(list(resample_counts(len(whole), draws=60, seed=4)))
    order = np.r_[np.arange(10, len(whole)), np.arange(10)]  # as they appear
    for at in range(60):
        taken = np.repeat(order, counts[at].astype(int))
        held = taken[taken >= 10]
        assert draws[1, at] == pytest.approx(spearmanr(whole.values[taken], whole.gold[taken])[0])
        assert draws[0, at] == pytest.approx(spearmanr(whole.values[held], whole.gold[held])[0])
    own = subset_draws([SUBSETS["de-de"]], draws=60, seed=5)
    np.testing.assert_array_equal(draws[2:], own)


def test_subsets_need_gold():
    with pytest.raises(InputError, match="has no gold"):
        aggregate({"a": ItemValues(np.ones(3))})
