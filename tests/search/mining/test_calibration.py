"""What a score is worth, against collections whose truth is known."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.search.mining.calibration import (
    LEAST,
    calibrate_by_labels,
    calibrate_by_planting,
)

TRUE, FALSE = (1.3, 0.1), (1.0, 0.08)


def scores(generator: np.random.Generator, kind: tuple[float, float], n: int) -> np.ndarray:
    return generator.normal(*kind, size=n)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_planted_pairs_tell_the_precision_however_many_translations_there_are(share):
    generator = np.random.default_rng(0)
    right = generator.random(20_000) < share
    mined = np.where(right, scores(generator, TRUE, 20_000), scores(generator, FALSE, 20_000))
    found = calibrate_by_planting(
        mined, scores(generator, TRUE, 90), scores(generator, FALSE, 200), missed=10
    )
    for threshold in (1.1, 1.15, 1.2):
        worth = found.worth(threshold)
        truth = right[mined >= threshold].mean()
        assert worth.kept == (mined >= threshold).sum()
        low, high = worth.precision_interval
        assert low <= worth.precision <= high
        assert worth.precision == pytest.approx(truth, abs=0.08)
        assert worth.recall == (found.planted >= threshold).mean()
    cut = found.threshold_for(0.9)
    assert right[mined >= cut].mean() == pytest.approx(0.9, abs=0.06)


def test_judged_pairs_tell_it_too():
    generator = np.random.default_rng(1)
    right = generator.random(5_000) < 0.4
    mined = np.where(right, scores(generator, TRUE, 5_000), scores(generator, FALSE, 5_000))
    some = generator.choice(5_000, 300, replace=False)
    found = calibrate_by_labels(mined, mined[some], right[some])
    worth = found.worth(1.15)
    assert worth.recall is None
    assert worth.precision == pytest.approx(right[mined >= 1.15].mean(), abs=0.05)
    p = found.probability([0.8, 1.0, 1.2, 1.4])
    assert (np.diff(p) > 0).all() and p[0] < 0.05 and p[-1] > 0.95


def test_kinds_that_never_meet_give_a_slope_all_the_same():
    ends = np.repeat([1.0, 2.0], 40)
    found = calibrate_by_labels(ends, ends, ends == 2.0)
    low, high = found.probability([1.0, 2.0])
    assert 0 < low < 0.05 and 0.95 < high < 1


def test_scores_that_tell_nothing_are_never_turned_round():
    generator = np.random.default_rng(2)
    found = calibrate_by_labels([1.0, 2.0], generator.random(100), np.arange(100) % 2 == 0)
    assert np.diff(found.probability([0.0, 1.0]))[0] >= 0
    assert found.threshold_for(0.999) is None
    assert found.worth(3.0) is None


def test_the_same_pairs_give_the_same_intervals():
    generator = np.random.default_rng(3)
    parts = [scores(generator, kind, 100) for kind in (FALSE, TRUE, FALSE)]
    one, other = (calibrate_by_planting(*parts).worth(1.1) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("hits", [0, LEAST - 1])
def test_too_few_known_pairs_are_refused(hits):
    with pytest.raises(InputError, match=f"{hits} judged pairs that were mined and are right"):
        calibrate_by_labels(np.ones(3), np.ones(hits + 50), np.arange(hits + 50) < hits)


def test_a_threshold_keeps_equal_scores_together():
    generator = np.random.default_rng(4)
    true, false, of_true, of_false = (
        scores(generator, kind, 1_000).round(2) for kind in (TRUE, FALSE, TRUE, FALSE)
    )
    found = calibrate_by_planting(np.concatenate([of_true, of_false]), true, false)
    cuts = {share: found.threshold_for(share) for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)}
    reached = {share: cut for share, cut in cuts.items() if cut is not None}
    assert len(reached) > 2
    for share, cut in reached.items():
        assert found.probability(found.mined[found.mined >= cut]).mean() > share - 1e-9
