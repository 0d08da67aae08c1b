"""Accuracy counts texts, not rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from isogloss.errors import InputError
from isogloss.metrics.bitext import (
    accuracy,
    mean_accuracy,
    text_hits,
    weighted_f1,
    xsim_error,
)

POOL = ["a", "b", "a", "c"]


def test_a_hit_on_an_equal_text_is_right():
    hits = text_hits(np.array([2, 1, 0, 0]), pool=POOL, gold=["a", "b", "a", "c"])
    assert hits.ravel().tolist() == [True, True, True, False]


def test_a_gold_text_outside_the_pool_is_never_hit():
    assert not text_hits(np.array([[0, 1]]), pool=POOL, gold=["z"]).any()


def test_accuracy_at_k():
    hits = np.array([[True, False], [False, True], [False, False], [True, False]])
    assert accuracy(hits).value == 0.5
    assert accuracy(hits, k=2).value == 0.75
    low, high = accuracy(hits, k=2).interval
    assert 0 < low < 0.75 < high < 1
    with pytest.raises(InputError, match="k=3"):
        accuracy(hits, k=3)


def test_mean_accuracy_resamples_pairs():
    forward = np.array([[True], [True], [False], [False]] * 25)
    mean = mean_accuracy(forward, ~forward, draws=100)
    assert mean.value == 0.5
    assert mean.interval == (0.5, 0.5)  # every pair is right exactly once: nothing varies
    assert mean_accuracy(forward, forward, draws=100).interval.low < 0.5


def test_xsim_is_the_error_with_its_interval_turned():
    hits = np.array([[True]] * 9 + [[False]])
    error, found = xsim_error(hits), accuracy(hits)
    assert error.value == pytest.approx(0.1)
    assert error.interval == pytest.approx((1 - found.interval.high, 1 - found.interval.low))


def test_nothing_to_search_is_no_value():
    nothing = np.zeros((0, 1), dtype=bool)
    assert accuracy(nothing).value is None
    assert mean_accuracy(nothing, nothing).value is None
    assert xsim_error(nothing).value is None


def test_lengths_must_fit():
    with pytest.raises(InputError, match="2 queries and 1 gold"):
        text_hits(np.array([0, 1]), pool=POOL, gold=["a"])
    with pytest.raises(InputError):
        mean_accuracy(np.ones((2, 1), bool), np.ones((3, 1), bool))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-2, 9)), min_size=1, max_size=30))
def test_weighted_f1_is_scikit_learns(items):
    labels, predictions = zip(*items, strict=True)
    expected = f1_score(labels, predictions, average="weighted", zero_division=0)
    assert weighted_f1(labels, predictions).mean() == pytest.approx(expected)
    with pytest.raises(InputError, match="one prediction per label"):
        weighted_f1(labels, [*predictions, 1])
