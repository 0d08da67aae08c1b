"""Language bias against its definition; bins and preference against counting by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from isogloss.errors import InputError
from isogloss.metrics.bias import cosines_in_gold_bins, language_bias, preference_rate
from isogloss.metrics.items import ItemValues


def subset(n, seed, shift=0.0) -> ItemValues:
    generator = np.random.default_rng(seed)
    gold = np.round(generator.random(n) * 5, 1)
    return ItemValues(gold / 10 + generator.normal(size=n) * 0.05 + shift, gold)


def oracle(subsets):
    own = [spearmanr(s.values, s.gold)[0] for s in subsets]
    values = np.concatenate([s.values for s in subsets])
    return np.mean(own), spearmanr(values, np.concatenate([s.gold for s in subsets]))[0]


def test_equal_sizes_follow_the_definition():
    subsets = {"en-en": subset(60, 0, 0.3), "de-de": subset(60, 1), "en-de": subset(60, 2, 0.1)}
    found = language_bias(subsets)
    expected, actual = oracle(subsets.values())
    assert found.expected.value == pytest.approx(expected)
    assert found.actual.value == pytest.approx(actual)
    assert found.bias.value == pytest.approx(actual - expected)
    assert found.bias.value < -0.05
    assert (found.n, found.subsamples, found.used) == (60, 1, tuple(subsets))


def test_a_model_without_bias_has_none():
    both = language_bias({"a": subset(400, 0), "b": subset(400, 1)})
    shifted = language_bias({"a": subset(400, 0), "b": subset(400, 1, 0.5)})
    assert abs(both.bias.value) < 0.01
    assert shifted.bias.value < -0.3
    assert shifted.expected.value == pytest.approx(both.expected.value, abs=1e-6)


def test_other_sizes_are_the_mean_of_subsamples_of_the_smallest():
    subsets = {"a": subset(90, 0, 0.2), "b": subset(40, 1)}
    found = language_bias(subsets, seed=3)
    generator = np.random.default_rng(3)
    drawn = []
    for _ in range(20):
        parts = []
        for one in subsets.values():
            rows = generator.choice(len(one), size=40, replace=False)
            parts.append(ItemValues(one.values[rows], one.gold[rows]))
        drawn.append(oracle(parts))
    expected, actual = np.mean(drawn, axis=0)
    assert found.expected.value == pytest.approx(expected)
    assert found.actual.value == pytest.approx(actual)
    assert found.bias.value == pytest.approx(actual - expected)
    assert (found.n, found.subsamples) == (40, 20)
    assert language_bias(subsets, seed=3) == found


def test_undefined_subsets_are_left_out_and_named():
    constant = ItemValues(np.ones(5), np.arange(5.0))
    found = language_bias({"a": subset(50, 0), "x": constant, "b": subset(50, 1)})
    assert found.used == ("a", "b")
    assert found.left_out == {"x": "every pair has the same cosine"}
    assert found.n == 50
    alone = language_bias({"a": subset(50, 0), "x": constant})
    assert {alone.expected.value, alone.actual.value, alone.bias.value} == {None}
    assert "at least 2" in alone.bias.reason


def test_bins_hold_their_lower_edge_and_the_last_its_upper_too():
    subsets = {
        "a": ItemValues(np.array([0.1, 0.3, 0.8, 1.0]), np.array([0.0, 0.9, 4.0, 5.0])),
        "b": ItemValues(np.array([0.5]), np.array([1.0])),
    }
    found = cosines_in_gold_bins(subsets)
    assert found.names == ("a", "b")
    assert found.means == ((pytest.approx(0.2), None, None, None, 0.9), (None, 0.5) + (None,) * 3)
    assert found.counts == ((2, 0, 0, 0, 2), (0, 1, 0, 0, 0))
    with pytest.raises(InputError, match=r"b has gold from 1\.0 to 1\.0"):
        cosines_in_gold_bins({"b": subsets["b"]}, edges=(2, 3))
    with pytest.raises(InputError, match="ascending"):
        cosines_in_gold_bins(subsets, edges=(1, 1))


def test_preference_counts_ties_half():
    found = preference_rate([0.9, 0.5, 0.2, 0.4], [0.8, 0.5, 0.3, 0.1])
    assert found.value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert found.interval.low < found.value < found.interval.high
    assert preference_rate([], []).value is None
    with pytest.raises(InputError):
        preference_rate([0.1], [0.2, 0.3])


def test_unusable_input_is_refused():
    with pytest.raises(InputError, match="has no gold"):
        language_bias({"a": ItemValues(np.ones(3)), "b": subset(10, 0)})
    with pytest.raises(InputError, match="subsamples is 0"):
        language_bias({}, subsamples=0)
