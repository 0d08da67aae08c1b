"""Scores of mined pairs against definitions in loops: ties, the last rank, no gold, no pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from isogloss.errors import InputError
from isogloss.metrics.mining import (
    Candidates,
    estimate_average_precision,
    kept_by_folds,
    score_mined,
    tune_threshold,
)

rankings = st.lists(st.tuples(st.integers(0, 8).map(lambda x: x / 4), st.booleans()), max_size=14)


def best_cut(ranking, n_gold):
    """The definition: after each whole group of ties, best first, F1; keep the first best."""
    best_f1, threshold = 0.0, math.inf
    groups = sorted({score for score, _ in ranking}, reverse=True)
    for place, score in enumerate(groups):
        kept = [right for other, right in ranking if other >= score]
        precision, recall = sum(kept) / len(kept), sum(kept) / n_gold if n_gold else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
        if f1 > best_f1 + 1e-12:
            after = groups[place + 1] if place + 1 < len(groups) else None
            best_f1, threshold = f1, score if after is None else (score + after) / 2
    return threshold, best_f1


@given(rankings, st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_the_threshold_is_the_definitions(ranking, more):
    n_gold = sum(right for _, right in ranking) + more
    scores, correct = [score for score, _ in ranking], [right for _, right in ranking]
    found = tune_threshold(scores, np.array(correct, dtype=bool), n_gold)
    assert found == pytest.approx(best_cut(ranking, n_gold))
    # applied with >=, the threshold gives the F1 it promises
    kept = [right for score, right in ranking if score >= found.value]
    if kept:
        assert 2 * sum(kept) / (len(kept) + n_gold) == pytest.approx(found.f1)


def test_a_tie_is_kept_or_dropped_whole():
    # taking only the right one of the two tied pairs would give F1 = 1
    assert tune_threshold([3.0, 2.0, 2.0, 1.0], [1, 1, 0, 0], 2) == (1.5, 0.8)


def test_the_last_rank_is_its_own_threshold():
    assert tune_threshold([3.0, 2.0, 1.0], [0, 0, 1], 1) == (1.0, 0.5)


def test_between_adjacent_floats_the_higher_is_taken():
    high = 1.0
    low = float(np.nextafter(high, 0.0))
    assert tune_threshold([high, low], [1, 0], 1).value == high
    lower = float(np.nextafter(low, 0.0))
    assert tune_threshold([low, lower], [1, 0], 1).value == low


def test_recall_counts_gold_pairs_that_are_no_candidates():
    assert tune_threshold([1.0], [1], 4).f1 == pytest.approx(2 * 1 / (1 + 4))


@pytest.mark.parametrize("n_gold", [0, 3])
def test_without_pairs_or_gold_there_is_no_cut(n_gold):
    assert tune_threshold([], np.zeros(0, bool), n_gold) == (math.inf, 0)
    assert tune_threshold([1.0, 2.0], [0, 0], n_gold) == (math.inf, 0)


def candidates(n=40, seed=0) -> Candidates:
    generator = np.random.default_rng(seed)
    sources = generator.permutation(n)[: n - 5]
    gold = np.zeros(n, dtype=np.int64)
    gold[: n // 2] = 1
    correct = (gold[sources] > 0) & (generator.random(n - 5) < 0.8)
    scores = np.round(1 + correct * 0.3 + generator.normal(size=n - 5) * 0.2, 2)
    return Candidates(scores, correct, sources, gold)


def test_precision_recall_and_f1_are_the_definitions():
    mined = candidates()
    kept = mined.scores >= 1.1
    found = score_mined(mined, kept, draws=200)
    right = int((kept & mined.correct).sum())
    precision, recall = right / kept.sum(), right / 20
    assert found.precision.value == pytest.approx(precision)
    assert found.recall.value == pytest.approx(recall)
    assert found.f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    for estimate in (found.f1, found.precision, found.recall):
        assert estimate.interval.low < estimate.value < estimate.interval.high
    for name in ("f1", "precision", "recall"):
        items = found.items[name]
        assert items.values.sum() / items.weights.sum() == pytest.approx(getattr(found, name).value)


def test_folds_cut_each_source_by_what_the_others_say():
    mined = candidates()
    kept = kept_by_folds(mined, seed=7)
    fold_of = np.random.default_rng(7).permutation(40) % 5
    for place in range(len(kept)):
        mine = fold_of[mined.sources[place]]
        others = fold_of[mined.sources] != mine
        ranking = list(zip(mined.scores[others], mined.correct[others], strict=True))
        threshold, _ = best_cut(ranking, int(mined.gold[fold_of != mine].sum()))
        assert kept[place] == (mined.scores[place] >= threshold)
    with pytest.raises(InputError, match="folds is 1"):
        kept_by_folds(mined, folds=1)


def test_the_oracle_is_never_below_the_folds():
    for seed in range(20):
        mined = candidates(seed=seed)
        oracle = tune_threshold(mined.scores, mined.correct, mined.n_gold)
        held_out = score_mined(mined, kept_by_folds(mined), draws=1)
        assert held_out.f1.value <= oracle.f1 + 1e-12


def test_average_precision_is_scikit_learns_over_all_gold_pairs():
    mined = candidates()
    found = estimate_average_precision(mined, draws=200)
    among = average_precision_score(mined.correct, mined.scores)
    assert found.value == pytest.approx(among * mined.correct.sum() / mined.n_gold)
    assert found.interval.low < found.value < found.interval.high


def test_no_gold_is_no_value_and_nothing_kept_no_precision():
    none = np.zeros(3, dtype=np.int64)
    mined = Candidates(np.ones(3), np.zeros(3, bool), np.arange(3), none)
    found = score_mined(mined, np.ones(3, bool))
    assert {found.f1.value, found.precision.value, found.recall.value} == {None}
    assert "no gold pairs" in estimate_average_precision(mined).reason
    mined = Candidates(np.ones(3), np.zeros(3, bool), np.arange(3), none + 1)
    found = score_mined(mined, np.zeros(3, bool))
    assert (found.f1.value, found.recall.value, found.precision.value) == (0, 0, None)
    assert estimate_average_precision(mined).value == 0


@pytest.mark.parametrize(
    ("scores", "correct", "sources", "gold", "words"),
    [
        ([1.0], [True, False], [0], [1], "expected two vectors of one length"),
        ([1.0], [True], [0, 1], [1, 1], "2 source sentences for 1 candidates"),
        ([np.nan], [True], [0], [1], "1 of 1 scores are NaN"),
        ([1.0, 2.0], [True, True], [0, 0], [1], "more correct candidates than gold pairs"),
    ],
)
def test_unusable_candidates_are_refused(scores, correct, sources, gold, words):
    with pytest.raises(InputError, match=words):
        Candidates(np.array(scores), np.array(correct), np.array(sources), np.array(gold))
