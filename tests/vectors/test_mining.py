"""Margin mining against the definition in loops: ties, k above n, every mode and limit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import InputError
from isogloss.vectors import Limits, Margin, Retrieval, mine_pairs

# Rows with one or four equal entries have norms 1 and 2: every cosine is exact, so ties are ties.
WIDTH = 6
exact_rows = st.lists(
    st.one_of(
        st.tuples(st.integers(0, WIDTH - 1)),
        st.lists(st.integers(0, WIDTH - 1), min_size=4, max_size=4, unique=True),
    ),
    min_size=1,
    max_size=9,
)


def matrix(entries) -> np.ndarray:
    rows = np.zeros((len(entries), WIDTH), dtype=np.float32)
    for row, places in zip(rows, entries, strict=True):
        row[list(places)] = 1
    return rows


def combine(margin: Margin, a: float, b: float) -> float:
    by_name = {"ratio": a / max(b, 1e-3), "distance": a - b, "half": a - b / 2, "absolute": a}
    return float(np.float32(by_name[margin]))


def by_definition(a, b, k, margin, retrieval, limits):
    """Margin mining written down: all cosines, all neighborhoods, one candidate at a time."""
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    cos = [[float(np.float32(x @ y)) for y in b] for x in a]
    of_a = [sorted(range(len(b)), key=lambda j, i=i: (-cos[i][j], j))[:k] for i in range(len(a))]
    of_b = [sorted(range(len(a)), key=lambda i, j=j: (-cos[i][j], i))[:k] for j in range(len(b))]
    mean_a = [sum(cos[i][j] for j in of_a[i]) / len(of_a[i]) for i in range(len(a))]
    mean_b = [sum(cos[i][j] for i in of_b[j]) / len(of_b[j]) for j in range(len(b))]

    def score(i, j):
        return combine(margin, cos[i][j], (mean_a[i] + mean_b[j]) / 2)

    forward = {(i, min(of_a[i], key=lambda j, i=i: (-score(i, j), j))) for i in range(len(a))}
    backward = {(min(of_b[j], key=lambda i, j=j: (-score(i, j), i)), j) for j in range(len(b))}
    chosen = {
        "forward": forward,
        "backward": backward,
        "intersect": forward & backward,
        "union": forward | backward,
        "max": forward | backward,
    }[retrieval]
    ordered = sorted(chosen, key=lambda pair: (-score(*pair), pair))
    if retrieval == "max":
        free = []
        for i, j in ordered:
            if all(i != x and j != y for x, y in free):
                free.append((i, j))
        ordered = free
    return [
        (i, j, score(i, j))
        for i, j in ordered
        if (limits.threshold is None or score(i, j) >= limits.threshold)
        and (limits.score_max is None or score(i, j) <= limits.score_max)
        and (limits.min_cosine is None or cos[i][j] >= limits.min_cosine)
    ]


@given(
    exact_rows,
    exact_rows,
    st.integers(1, 12),
    st.sampled_from(list(Margin)),
    st.sampled_from(list(Retrieval)),
    st.sampled_from(
        [
            Limits(),
            Limits(threshold=1.0),
            Limits(threshold=0.25, score_max=1.0),
            Limits(min_cosine=0.5),
        ]
    ),
)
@settings(max_examples=400, deadline=None)
def test_equals_the_definition_in_loops(a, b, k, margin, retrieval, limits):
    a, b = matrix(a), matrix(b)
    found = mine_pairs(a, b, k=k, margin=margin, retrieval=retrieval, limits=limits)
    expected = by_definition(a, b, k, margin, retrieval, limits)
    assert list(zip(found.a.tolist(), found.b.tolist(), found.scores.tolist(), strict=True)) == [
        pytest.approx(pair) for pair in expected
    ]


def noisy(n=40):
    generator = np.random.default_rng(0)
    a = generator.normal(size=(n, 8)).astype(np.float32)
    return a, (a[::-1] + generator.normal(size=(n, 8)) * 0.7).astype(np.float32)


@pytest.mark.parametrize("retrieval", list(Retrieval))
def test_the_threshold_applies_in_every_mode_and_keeps_its_equal(retrieval):
    a, b = noisy()
    every = mine_pairs(a, b, retrieval=retrieval)
    middle = float(every.scores[len(every) // 2])
    kept = mine_pairs(a, b, retrieval=retrieval, limits=Limits(threshold=middle))
    assert len(kept) == int((every.scores >= middle).sum()) < len(every)
    assert kept.scores[-1] == np.float32(middle)
    just_above = Limits(threshold=float(np.nextafter(middle, 2 * middle)))
    assert len(mine_pairs(a, b, retrieval=retrieval, limits=just_above)) < len(kept)


def test_max_uses_each_row_once_and_turns_with_the_sides():
    a, b = noisy()
    found = mine_pairs(a, b)
    assert len(set(found.a.tolist())) == len(set(found.b.tolist())) == len(found)
    turned = mine_pairs(b, a)
    assert set(zip(found.a.tolist(), found.b.tolist(), strict=True)) == set(
        zip(turned.b.tolist(), turned.a.tolist(), strict=True)
    )
    assert np.mean(found.a + found.b == 39) > 0.5


def test_limits_do_not_change_who_is_paired_with_whom():
    a, b = noisy()
    every = mine_pairs(a, b)
    middle = float(np.median(every.cosines))
    limits = Limits(score_max=float(every.scores[3]), min_cosine=middle)
    kept = mine_pairs(a, b, limits=limits)
    assert 0 < len(kept) < len(every) - 3
    assert {*zip(kept.a, kept.b, strict=True)} < {*zip(every.a, every.b, strict=True)}


def test_unusable_limits_and_modes_are_refused():
    with pytest.raises(InputError, match="threshold is 2 and score_max 1"):
        Limits(threshold=2, score_max=1)
    with pytest.raises(InputError, match="min_cosine is nan"):
        Limits(min_cosine=float("nan"))
    with pytest.raises(InputError, match="the pool has no rows"):
        mine_pairs(np.ones((2, 2)), np.ones((0, 2)))
