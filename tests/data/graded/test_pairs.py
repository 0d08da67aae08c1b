"""Graded pairs in several languages: rows, groups, folds that nothing crosses."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.graded.pairs import (
    GradedPairs,
    grouped_folds,
    leaked,
    naive_folds,
    sentence_groups,
    stack,
)
from isogloss.errors import InputError

WORDS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=20)


def made(rows: list[tuple[int, int]], languages: tuple[str, ...] = ("en", "de")) -> GradedPairs:
    """Rows of numbered sentences; sentence 3 of German is "de 3"."""
    return GradedPairs(
        {name: [f"{name} {a}" for a, _ in rows] for name in languages},
        {name: [f"{name} {b}" for _, b in rows] for name in languages},
        np.arange(len(rows)) % 6.0,
    )


@given(WORDS)
def test_groups_are_the_connected_components(rows: list[tuple[int, int]]) -> None:
    groups = sentence_groups(made(rows))
    joined = [set(row) for row in rows]
    for _ in rows:  # the definition: grow until nothing changes
        joined = [set().union(*(o for o in joined if o & mine)) for mine in joined]
    for i, j in product(range(len(rows)), repeat=2):
        assert (groups[i] == groups[j]) == bool(joined[i] & joined[j])
    assert sorted(set(groups)) == list(range(max(groups) + 1))


@given(WORDS, st.integers(2, 4), st.integers(0, 3))
def test_no_group_crosses_a_fold(rows: list[tuple[int, int]], folds: int, seed: int) -> None:
    groups = sentence_groups(made(rows))
    try:
        found = grouped_folds(groups, folds, seed=seed)
    except InputError:
        largest = np.bincount(groups).max()
        assert groups.max() + 1 < folds or largest > 2 * len(rows) / folds
        return
    assert (
        len({(group, fold) for group, fold in zip(groups, found, strict=True)}) == max(groups) + 1
    )
    assert set(found) == set(range(folds))
    assert not leaked(made(rows), found).any()


def test_folds_are_of_about_one_size_and_the_seed_decides() -> None:
    groups = np.repeat(np.arange(100), [1, 2, 3, 4] * 25)
    folds = grouped_folds(groups, 5, seed=0)
    assert np.ptp(np.bincount(folds)) <= 4
    assert (folds == grouped_folds(groups, 5, seed=0)).all()
    assert (folds != grouped_folds(groups, 5, seed=1)).any()


@given(st.lists(st.integers(1, 3), min_size=40, max_size=80), st.floats(0.05, 0.5))
def test_the_first_fold_has_its_share(sizes: list[int], share: float) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    folds = grouped_folds(groups, max(2, round(1 / share)), seed=0, first_share=share)
    assert abs((folds == 0).sum() - share * len(groups)) <= max(sizes)


@given(st.lists(st.integers(1, 9), min_size=60, max_size=90), st.sampled_from([2, 3, 5, 7, 10, 20]))
def test_the_share_of_a_fold_among_equal_ones_changes_nothing(sizes: list[int], n: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    expected = grouped_folds(groups, n, seed=3)
    assert (grouped_folds(groups, n, seed=3, first_share=1 / n) == expected).all()


def test_a_sentence_in_one_language_is_enough_to_join_rows() -> None:
    pairs = GradedPairs(
        {"en": ["A dog.", "A cat."], "de": ["Ein Hund.", "Eine Katze."]},
        {"en": ["Rain.", "Snow."], "de": ["Es regnet.", "  ein HUND. "]},
        np.array([1.0, 2.0]),
    )
    assert sentence_groups(pairs).tolist() == [0, 0]


def test_an_empty_sentence_joins_nothing() -> None:
    pairs = GradedPairs(
        {"en": ["a", "b"], "de": ["", ""]}, {"en": ["c", "d"], "de": ["", ""]}, np.zeros(2)
    )
    assert sentence_groups(pairs).tolist() == [0, 1]
    assert pairs.known("de").tolist() == [False, False]


def test_a_naive_split_leaks_what_rows_share() -> None:
    pairs = made([(0, 1), (0, 2), (3, 4), (5, 6)])
    assert leaked(pairs, np.array([0, 1, 0, 1])).tolist() == [True, True, False, False]
    folds = naive_folds(10, 3, seed=0)
    assert sorted(np.bincount(folds)) == [3, 3, 4]


@pytest.mark.parametrize(("folds", "match"), [(1, "at least 2"), (5, "4 pairs make 3 groups")])
def test_folds_that_cannot_be_made_are_refused(folds: int, match: str) -> None:
    groups = sentence_groups(made([(0, 1), (0, 2), (3, 4), (5, 6)]))
    with pytest.raises(InputError, match=match):
        grouped_folds(groups, folds, seed=0)


def test_one_group_that_holds_nearly_all_is_refused() -> None:
    with pytest.raises(InputError, match="largest of 9"):
        grouped_folds(np.array([0] * 9 + [1, 2]), 3, seed=0)


def test_rows_are_taken_emptied_and_stacked() -> None:
    pairs = made([(0, 1), (2, 3), (4, 5)])
    taken = pairs.take(np.array([2, 0]))
    assert taken.first["de"] == ["de 4", "de 0"]
    assert taken.grades.tolist() == [2.0, 0.0]
    less = pairs.without("de", np.array([False, True, False]))
    assert less.known("de").tolist() == [True, False, True]
    assert less.known("en").all()
    both = stack([pairs, made([(7, 8)], ("fr", "en"))])
    assert both.languages == ("en", "de", "fr")
    assert both.known("de").tolist() == [True, True, True, False]
    assert both.known("en").all()


def test_columns_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InputError, match="expected one sentence per row"):
        GradedPairs({"en": ["a"]}, {"en": ["b", "c"]}, np.zeros(1))
    with pytest.raises(InputError, match="expected one sentence per row"):
        GradedPairs({"en": ["a"]}, {"de": ["b"]}, np.zeros(1))
