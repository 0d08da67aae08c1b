"""Retrieval metrics against their definitions in loops, and nDCG against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from isogloss.errors import InputError
from isogloss.metrics.retrieval import mrr_values, ndcg_values, recall_values

rankings = st.lists(st.integers(0, 3), min_size=1, max_size=15)
missed = st.lists(st.integers(1, 3), max_size=4)


@given(rankings, missed, st.integers(1, 12))
def test_values_are_the_definitions(gains, more, k):
    grades = [gain for gain in gains if gain] + more
    if not grades:
        return
    dcg = sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains[:k]))
    best = sorted(grades, reverse=True)[:k]
    ideal = sum(gain / math.log2(rank + 2) for rank, gain in enumerate(best))
    assert ndcg_values([gains], [grades], k=k) == pytest.approx([dcg / ideal])
    ranks = [rank for rank, gain in enumerate(gains[:k], start=1) if gain]
    assert mrr_values([gains], k=k) == pytest.approx([1 / ranks[0] if ranks else 0])
    assert recall_values([gains], [len(grades)], k=k) == pytest.approx([len(ranks) / len(grades)])


def test_ndcg_is_scikit_learns():
    generator = np.random.default_rng(0)
    relevance = generator.integers(0, 4, size=(20, 30))
    scores = generator.normal(size=(20, 30))
    order = np.argsort(-scores, axis=1)
    gains = np.take_along_axis(relevance, order, axis=1)
    grades = [row[row > 0] for row in relevance]
    for k in (1, 10, 30):
        mean = ndcg_values(gains, grades, k=k).mean()
        assert mean == pytest.approx(ndcg_score(relevance, scores, k=k))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ndcg_values([[1.0]], [[]], k=10), "expected at least one, all above 0"),
        (lambda: ndcg_values([[1.0]], [[1, 0]], k=10), "all above 0"),
        (lambda: ndcg_values([[1.0]], [[1], [1]], k=10), "for 2 queries"),
        (lambda: recall_values([[1.0]], [0], k=1), "1 queries have no relevant document"),
        (lambda: mrr_values([[1.0]], k=0), "k is 0"),
        (lambda: mrr_values([[np.nan]], k=1), "NaN"),
    ],
)
def test_unusable_input_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
