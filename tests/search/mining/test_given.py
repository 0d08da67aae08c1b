"""Scores of given pairs against a sample, and what they are worth."""

import numpy as np
import pytest

from isogloss.search.mining.given import NONE, Sample
from isogloss.vectors import Margin, margin_scores, nearest_both, paired_cosines

K = 3


def sides(n: int, wrong: int = 0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Translations that lie near each other; of the first `wrong` pairs the targets are shifted."""
    draw = np.random.default_rng(seed)
    source = draw.normal(size=(n, 32)).astype(np.float32)
    target = source + 0.8 * draw.normal(size=(n, 32)).astype(np.float32)
    target[:wrong] = np.roll(target[:wrong], 1, axis=0)
    return source, target


def whole(source: np.ndarray, target: np.ndarray, margin: Margin = Margin.HALF) -> Sample:
    """A sample that is all there is."""
    rows = np.repeat(np.arange(len(source))[:, None], 2, axis=1)
    return Sample(source, target, rows, margin, K)


@pytest.mark.parametrize("margin", list(Margin))
def test_in_a_sample_of_all_pairs_a_score_is_the_margin_of_mining(margin):
    source, target = sides(60, wrong=10)
    both = nearest_both(source, target, K)
    means = [side.scores.mean(axis=1) for side in both]
    wanted = margin_scores(paired_cosines(source, target), *means, margin=margin)
    sample = whole(source, target, margin)
    np.testing.assert_allclose(sample.scores(source, target, sample.rows), wanted, atol=2e-6)


def test_a_pair_outside_the_sample_has_its_partner_in_the_neighborhood_as_well():
    source, target = sides(50)
    inside = whole(source, target).scores(source[:1], target[:1], np.array([[0, 0]]))
    without = Sample(source[1:], target[1:], whole(source, target).rows[1:] - 1, Margin.HALF, K)
    outside = without.scores(source[:1], target[:1], np.array([[NONE, NONE]]))
    np.testing.assert_allclose(outside, inside, atol=2e-6)


@pytest.mark.parametrize("wrong", [0, 100, 300])
def test_the_share_of_translations_is_told_without_a_known_pair(wrong):
    sample = whole(*sides(1_000, wrong))
    worth = sample.calibrate()
    assert worth is not None
    scores = sample.scores(sample.source, sample.target, sample.rows)
    assert worth.probability(scores).mean() == pytest.approx(1 - wrong / 1_000, abs=0.03)
    dropped = scores < worth.score_for(0.5)
    assert dropped[:wrong].sum() >= 0.95 * wrong
    assert dropped[wrong:].mean() <= 0.01


def test_noise_tells_nothing():
    draw = np.random.default_rng(1)
    sample = whole(*draw.normal(size=(2, 900, 32)).astype(np.float32))
    assert sample.true.sum() < 20
    assert sample.calibrate() is None
