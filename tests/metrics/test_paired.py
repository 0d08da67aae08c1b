"""Paired differences: the same draws for both models, against resampling written in a loop."""

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from isogloss.errors import InputError
from isogloss.metrics.intervals import resample_counts
from isogloss.metrics.items import ItemValues
from isogloss.metrics.paired import (
    Difference,
    bootstrap_p_value,
    mcnemar_p_value,
    paired_difference,
)


def graded(noise, seed=1, n=80) -> ItemValues:
    gold = np.round(np.random.default_rng(0).random(n) * 5, 1)
    return ItemValues(gold + np.random.default_rng(seed).normal(size=n) * noise, gold)


def samples(n, draws, seed):
    """Each draw as the list of items taken, from the counts."""
    for counts in resample_counts(n, draws=draws, seed=seed):
        for row in counts:
            yield np.repeat(np.arange(n), row.astype(int))


def test_a_correlations_difference_is_resampled_in_pairs():
    a, b = graded(2.0), graded(1.0, seed=2)
    found = paired_difference(a, b, draws=60, seed=5)
    one, other = (spearmanr(x.values, x.gold)[0] for x in (a, b))
    assert (found.a, found.b) == pytest.approx((one, other))
    assert found.difference == pytest.approx(other - one)
    drawn = [
        spearmanr(b.values[rows], b.gold[rows])[0] - spearmanr(a.values[rows], a.gold[rows])[0]
        for rows in samples(80, 60, 5)
    ]
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    below, above = sum(d <= 0 for d in drawn), sum(d >= 0 for d in drawn)
    assert found.p_value == pytest.approx(min(1, 2 * (1 + min(below, above)) / 61))
    assert found.real
    assert found.mcnemar is None


def test_a_ratios_difference_is_resampled_in_pairs():
    generator = np.random.default_rng(0)
    a = ItemValues(generator.random(50), weights=generator.random(50) + 1)
    b = ItemValues(generator.random(50) + 0.1, weights=generator.random(50) + 1)
    found = paired_difference(a, b, draws=40, seed=2)
    drawn = [
        b.values[r].sum() / b.weights[r].sum() - a.values[r].sum() / a.weights[r].sum()
        for r in samples(50, 40, 2)
    ]
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    assert found.b == pytest.approx(b.values.sum() / b.weights.sum())


def test_pairing_sees_what_two_intervals_would_hide():
    # both models vary with the difficulty of the items, but B is a little better on each
    hard = np.random.default_rng(0).normal(size=200)
    found = paired_difference(ItemValues(hard), ItemValues(hard + 0.01), draws=200)
    assert found.difference == pytest.approx(0.01)
    assert found.high - found.low < 1e-9
    assert found.real
    assert found.p_value == pytest.approx(2 / 201)


def test_pairs_in_several_languages_are_drawn_together():
    def both(*parts: ItemValues, pairs=None) -> ItemValues:
        values, gold = ([getattr(one, name) for one in parts] for name in ("values", "gold"))
        return ItemValues(np.concatenate(values), np.concatenate(gold), pairs=pairs)

    a, b = graded(2.0), graded(1.0, seed=2)
    alone = paired_difference(a, b, draws=100)
    twice = np.tile(np.arange(len(a)), 2)
    # the same pairs twice are no more evidence than once; that one side names them is enough
    for pairs in ((twice, twice), (twice, None), (None, twice)):
        found = paired_difference(both(a, a, pairs=pairs[0]), both(b, b, pairs=pairs[1]), draws=100)
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high))
        assert found.p_value == alone.p_value
    apart = paired_difference(both(a, a), both(b, b), draws=100)
    assert apart.high - apart.low < 0.9 * (alone.high - alone.low)


def test_a_model_does_not_differ_from_itself():
    for items in (graded(1.0), ItemValues(np.array([True, False, True]))):
        found = paired_difference(items, items, draws=50)
        assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)
        assert not found.real


def test_exchanging_the_models_turns_the_sign():
    a, b = graded(2.0), graded(1.0, seed=2)
    one, other = paired_difference(a, b, draws=100), paired_difference(b, a, draws=100)
    assert other.difference == pytest.approx(-one.difference)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
    assert other.p_value == one.p_value


def test_chance_is_called_real_one_time_in_twenty():
    real = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        a, b = (ItemValues(generator.random(60) < 0.5) for _ in "ab")
        real += paired_difference(a, b, draws=200, seed=seed).real
    assert 2 <= real <= 22


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (3, 9), (10, 0), (5, 5), (400, 350)])
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    a = ItemValues(np.r_[np.ones(only_a + 7), np.zeros(only_b + 4)])
    b = ItemValues(np.r_[np.zeros(only_a), np.ones(7 + only_b), np.zeros(4)])
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert mcnemar_p_value(a, b) == pytest.approx(expected)
    assert paired_difference(a, b, draws=10).mcnemar == pytest.approx(expected)


def test_undefined_values_have_no_difference():
    flat = ItemValues(np.ones(5), np.arange(5.0))
    fine = ItemValues(np.arange(5.0), np.arange(5.0))
    found = paired_difference(fine, flat)
    assert found == Difference(1.0, None, None, reason="B: every pair has the same cosine")
    assert not found.real
    nothing = ItemValues(np.zeros(3), weights=np.zeros(3))
    assert paired_difference(nothing, nothing).reason.startswith("A: nothing to divide by; B:")
    assert bootstrap_p_value(np.array([np.nan])) is None


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (ItemValues(np.ones(3), np.arange(3.0)), "3 items of one model|5 items of one model"),
        (ItemValues(np.ones(5)), "compare like with like"),
        (ItemValues(np.ones(5), np.ones(5)), "different gold"),
    ],
)
def test_other_items_are_refused(other, words):
    with pytest.raises(InputError, match=words):
        paired_difference(ItemValues(np.arange(5.0), np.arange(5.0)), other)
