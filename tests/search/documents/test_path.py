"""The path through two documents: against a full search, and what it must never do."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.search.documents import path as paths
from isogloss.search.documents.costs import Costs
from isogloss.search.documents.kernels import cheapest_path
from isogloss.search.documents.path import PathSettings, find_path
from isogloss.search.documents.windows import Windows, mean_windows
from isogloss.vectors import normalize

SIZES = 3


def document(n: int, seed: int, dim: int = 16) -> Windows:
    rows = np.random.default_rng(seed).normal(size=(n, dim))
    return mean_windows([f"line {i}" for i in range(n)], normalize(rows), SIZES)


def cheapest_by_trying(source: Windows, target: Windows, costs: Costs) -> float:
    """Cost of the cheapest path by its definition."""

    @cache
    def cost(i: int, j: int) -> float:
        if i == 0 and j == 0:
            return 0.0
        ways = [cost(i - 1, j) + costs.skip] if i else []
        ways += [cost(i, j - 1) + costs.skip] if j else []
        for a in range(1, min(i, SIZES) + 1):
            for b in range(1, min(j, SIZES) + 1):
                near = float(source.vectors[i - 1, a - 1] @ target.vectors[j - 1, b - 1])
                far = (
                    costs.source_far[i - 1, a - 1, b - 1] + costs.target_far[j - 1, b - 1, a - 1]
                ) / 2
                ways.append(cost(i - a, j - b) + (1 - near) * costs.weights[a - 1, b - 1] / far)
        return min(ways)

    return cost(len(source), len(target))


def cost_of(steps: np.ndarray, source: Windows, target: Windows, costs: Costs) -> float:
    total = 0.0
    for i, end, j, last in steps.tolist():
        a, b = end - i, last - j
        if not a * b:
            total += costs.skip
            continue
        near = float(source.vectors[end - 1, a - 1] @ target.vectors[last - 1, b - 1])
        far = costs.source_far[end - 1, a - 1, b - 1] + costs.target_far[last - 1, b - 1, a - 1]
        total += 2 * (1 - near) * costs.weights[a - 1, b - 1] / far
    return total


def assert_covers(steps: np.ndarray, n: int, m: int) -> None:
    """Each line is in one step, in order, and no step is one that is not allowed."""
    assert steps[0, 0] == steps[0, 2] == 0
    assert (steps[-1, 1], steps[-1, 3]) == (n, m)
    assert (steps[1:, [0, 2]] == steps[:-1, [1, 3]]).all()
    a, b = steps[:, 1] - steps[:, 0], steps[:, 3] - steps[:, 2]
    pairs = (a > 0) & (b > 0)
    assert (np.maximum(a, b)[pairs] <= SIZES).all()
    assert ((a + b)[~pairs] == 1).all()


@settings(max_examples=40)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 1000), st.floats(0.05, 2))
def test_the_path_is_the_cheapest_there_is(n: int, m: int, seed: int, skip: float) -> None:
    source, target = document(n, seed), document(m, seed + 1)
    draw = np.random.default_rng(seed + 2)
    far = [draw.uniform(0.5, 1.5, (k, SIZES, SIZES)).astype(np.float32) for k in (n, m)]
    weights = draw.uniform(0.5, 4, (SIZES, SIZES)).astype(np.float32)
    costs = Costs(far[0], far[1], weights, skip)
    whole = (np.zeros(n + 1, np.int64), np.full(n + 1, m, np.int64))
    steps = cheapest_path(source.vectors, target.vectors, *costs, *whole)
    assert_covers(steps, n, m)
    assert math.isclose(
        cost_of(steps, source, target, costs),
        cheapest_by_trying(source, target, costs),
        rel_tol=1e-5,
    )


@settings(max_examples=30)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 1000), st.integers(0, 4))
def test_each_line_is_in_one_step_and_steps_are_in_order(
    n: int, m: int, seed: int, buffer: int
) -> None:
    few, paths.FEW = paths.FEW, 6  # so that there are several levels
    try:
        steps = find_path(document(n, seed), document(m, seed + 1), PathSettings(buffer=buffer))
    finally:
        paths.FEW = few
    assert_covers(steps, n, m)


@pytest.mark.parametrize("n", [1, 2, 3, 150, 1001])
def test_equal_documents_are_aligned_line_by_line(n: int) -> None:
    same = document(n, 7, dim=48)
    lines = np.arange(n)
    wanted = np.stack([lines, lines + 1, lines, lines + 1], axis=1)
    assert (find_path(same, same, PathSettings()) == wanted).all()


def test_a_long_document_finds_the_path_that_a_full_search_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = document(700, 3, dim=48)
    kept = np.delete(np.arange(700), [*range(100, 130), 300, 301, 555])
    noise = np.random.default_rng(5).normal(size=(len(kept), 48)) / math.sqrt(48)
    rows = normalize(source.vectors[kept, 0] + 0.7 * noise)
    target = mean_windows([f"Zeile {i}" for i in kept], rows, SIZES)
    coarse = find_path(source, target, PathSettings())
    monkeypatch.setattr(paths, "FEW", 1000)
    assert (coarse == find_path(source, target, PathSettings())).all()
