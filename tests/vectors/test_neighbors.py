"""Blockwise search against a full sort, ties included, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import InputError
from isogloss.vectors import nearest, nearest_both, neighbors

# Rows with one or four equal entries among zeros have norms 1 and 2: every cosine is an exact
# multiple of 1/4, whatever the order of summation, so that ties are ties.
WIDTH = 6
exact_rows = st.one_of(
    st.tuples(st.integers(0, WIDTH - 1)),
    st.lists(st.integers(0, WIDTH - 1), min_size=4, max_size=4, unique=True),
)


def matrix(entries) -> np.ndarray:
    rows = np.zeros((len(entries), WIDTH), dtype=np.float32)
    for row, places in zip(rows, entries, strict=True):
        row[list(places)] = 1
    return rows


def by_sorting(queries: np.ndarray, pool: np.ndarray, k: int) -> np.ndarray:
    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    cosines = unit(queries) @ unit(pool).T
    return np.lexsort((np.broadcast_to(np.arange(len(pool)), cosines.shape), -cosines))[:, :k]


@given(
    st.lists(exact_rows, min_size=1, max_size=12),
    st.lists(exact_rows, min_size=1, max_size=25),
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(1, 7),
)
@settings(max_examples=150, deadline=None)
def test_equals_a_full_sort_with_ties_for_any_blocks(queries, pool, k, rows, columns):
    queries, pool = matrix(queries), matrix(pool)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "POOL_BLOCK", columns)
        patch.setattr(neighbors, "QUERY_BLOCK", rows)
        one = nearest(queries, pool, k=k, block=rows)
        both = nearest_both(queries, pool, k)
    np.testing.assert_array_equal(one.indices, by_sorting(queries, pool, k))
    np.testing.assert_array_equal(both.forward.indices, one.indices)
    np.testing.assert_array_equal(both.backward.indices, by_sorting(pool, queries, k))
    assert (np.diff(one.scores, axis=1) <= 0).all()


def test_random_rows_over_several_blocks():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(1100, 16)), generator.normal(size=(4200, 16))
    both = nearest_both(a, b, k=4)
    np.testing.assert_array_equal(both.forward.indices, by_sorting(a, b, 4))
    np.testing.assert_array_equal(both.backward.indices, by_sorting(b, a, 4))
    assert both.forward.indices.dtype == np.int64
    assert both.forward.scores.dtype == np.float32
    assert nearest(a[:3], b[:2], k=9).indices.shape == (3, 2)


def test_collapsed_embeddings_take_the_first_rows():
    found = nearest(np.ones((3, 4)), np.ones((9000, 4)), k=3)
    assert found.indices.tolist() == [[0, 1, 2]] * 3


def test_memory_stays_bounded():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(12_000, 8)).astype(np.float32)
    tracemalloc.start()
    nearest_both(rows, rows, k=4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # the full matrix would be 576 MB


def test_inputs_are_not_changed():
    rows = np.full((4, 2), 3.0, dtype=np.float32)
    nearest_both(rows, rows, k=2)
    assert (rows == 3).all()


@pytest.mark.parametrize(
    ("queries", "pool", "k", "words"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), 0, "k is 0"),
        (np.ones((2, 3)), np.ones((0, 3)), 1, "no rows"),
        (np.ones((2, 3)), np.ones((2, 4)), 1, "3 dimensions and the pool 4"),
        (np.full((2, 3), np.nan), np.ones((2, 3)), 1, "2 of 2"),
    ],
)
def test_unusable_input_is_refused(queries, pool, k, words):
    with pytest.raises(InputError, match=words):
        nearest(queries, pool, k=k)


@given(st.lists(exact_rows, min_size=1, max_size=25), st.integers(1, 6))
def test_nearest_within_is_a_full_sort_without_the_row_itself(entries, k) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "QUERY_BLOCK", 4)
        patch.setattr(neighbors, "POOL_BLOCK", 7)
        rows = matrix(entries)
        found = neighbors.nearest_within(rows, k=k)
    order = by_sorting(rows, rows, len(rows))
    for i, row in enumerate(order):
        wanted = [j for j in row.tolist() if j != i][:k]
        assert found.indices[i].tolist() == wanted


def test_nearest_within_refuses_no_neighbors() -> None:
    with pytest.raises(InputError, match="k is 0"):
        neighbors.nearest_within(np.eye(3), k=0)
