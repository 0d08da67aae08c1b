"""What lengths say of pairs, against the densities themselves."""

import random

import numpy as np
import pytest
from scipy.stats import t

from isogloss.corpora.filters.ratios import UsualRatios
from isogloss.recipes.data.evidence import LengthEvidence


def pair(draw: random.Random, ratio: float) -> tuple[str, str]:
    size = draw.randint(30, 90)
    return "a" * size, "b" * max(1, round(size * ratio * draw.uniform(0.85, 1.18)))


@pytest.fixture(scope="module")
def known():
    draw = random.Random(0)
    true = [pair(draw, 1.2) for _ in range(600)]
    targets = [target for _, target in true]
    draw.shuffle(targets)
    return true, [(source, other) for (source, _), other in zip(true, targets, strict=True)]


def test_it_is_the_log_ratio_of_two_laws_of_student_less_that_of_the_usual_length(known):
    true, false = known
    usual = UsualRatios(true)
    wider = 1.4826 * np.median(np.abs(usual.distances(false)))
    z = usual.distances(false)
    by_definition = t.logpdf(z, 4) - t.logpdf(z, 4, scale=wider)
    by_definition -= t.logpdf(0, 4) - t.logpdf(0, 4, scale=wider)
    assert wider > 1.5
    found = LengthEvidence(true, false, 20.0).of(false)
    np.testing.assert_allclose(found, by_definition / 20, atol=1e-9)


def test_a_usual_length_loses_next_to_nothing_and_an_odd_one_more_the_odder_it_is(known):
    evidence = LengthEvidence(*known, 20.0)
    size = 60
    loses = evidence.of([("a" * size, "b" * round(size * 1.2 * by)) for by in (1, 0.7, 0.4, 0.1)])
    assert loses[0] == pytest.approx(0, abs=0.01)
    assert np.all(np.diff(loses) < 0)
    assert evidence.of([("a" * size, "b" * 60_000)])[0] > -1  # however odd: it is no proof


def test_few_pairs_of_one_length_are_enough():
    same = [("a" * 20, "b" * 20)] * 25
    evidence = LengthEvidence(same, same, 10.0)
    assert evidence.of(same).tolist() == [0.0] * 25
    assert evidence.of([]).shape == (0,)
