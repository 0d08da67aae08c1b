"""Margin scores against the formula in a loop."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.vectors import (
    BothNeighbors,
    Margin,
    Neighbors,
    margin_scores,
    nearest_both,
    neighbor_margins,
    normalize,
)


def formula(margin: Margin, a: float, b: float) -> float:
    return {"ratio": a / max(b, 1e-3), "distance": a - b, "half": a - b / 2, "absolute": a}[margin]


@pytest.mark.parametrize("margin", list(Margin))
def test_every_candidate_follows_the_formula(margin):
    generator = np.random.default_rng(0)
    x, y = normalize(generator.random((12, 5))), normalize(generator.random((9, 5)))
    k = 3
    both = nearest_both(x, y, k)
    scores = neighbor_margins(both, margin=margin)
    cosines = x @ y.T
    for i in range(12):
        for place, j in enumerate(both.forward.indices[i]):
            around = np.sort(cosines[i])[-k:].sum() + np.sort(cosines[:, j])[-k:].sum()
            expected = formula(margin, cosines[i, j], around / (2 * k))
            assert scores[i, place] == pytest.approx(expected, abs=1e-6)


def test_the_ratios_denominator_has_a_floor():
    assert margin_scores(0.5, 0.0, 0.0) == pytest.approx(500)
    assert margin_scores(0.5, -0.2, -0.2) == pytest.approx(500)


def test_absolute_takes_the_broadcast_shape():
    assert margin_scores(0.5, np.zeros(3), 0.0, margin=Margin.ABSOLUTE).tolist() == [0.5] * 3


def test_directions_of_two_searches_are_refused():
    one = Neighbors(np.array([[5]]), np.array([[0.5]], dtype=np.float32))
    with pytest.raises(InputError, match="row 5 of 1"):
        neighbor_margins(BothNeighbors(one, one))


def test_a_margin_may_be_given_by_its_name():
    for margin in Margin:
        np.testing.assert_array_equal(
            margin_scores([0.8], [0.5], [0.3], margin=str(margin)),  # type: ignore[arg-type]
            margin_scores([0.8], [0.5], [0.3], margin=margin),
        )
    with pytest.raises(ValueError, match="rato"):
        margin_scores([0.8], [0.5], [0.3], margin="rato")  # type: ignore[arg-type]
