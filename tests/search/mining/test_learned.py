"""A score that known pairs teach, and what those tell of it that it was not learned from."""

import numpy as np
import pytest

from isogloss.search.mining import calibration
from isogloss.search.mining.calibration import LEAST, calibrate_by_labels
from isogloss.search.mining.learned import FOLDS, Learned, with_learned_scores
from isogloss.vectors.mining import MinedPairs

N = 400


def learned(seed: int, known: int, *, tells: float = 0.0) -> tuple[Learned, np.ndarray, np.ndarray]:
    """Candidates of which half are right, by margins and lengths that tell it, or do not."""
    draw = np.random.default_rng(seed)
    truth = np.arange(N) % 2 == 0
    margins = (draw.normal(size=N) + tells * truth).astype(np.float32)
    found = MinedPairs(np.arange(N), np.arange(N), margins, draw.random(N).astype(np.float32))
    texts = [("a" * draw.integers(5, 50), "b" * draw.integers(5, 50)) for _ in range(N)]
    mask = np.arange(N) < 2 * known
    made = with_learned_scores(found, texts, truth & mask, ~truth & mask)
    return made, truth[made.found.a], mask[made.found.a]


def test_known_pairs_do_not_tell_what_they_taught() -> None:
    """Nothing tells right pairs from wrong ones here; those learned from seem told apart."""
    fitted, unseen = [], []
    for seed in range(40):
        made, truth, known = learned(seed, LEAST)
        for scores, gaps in ((made.found.scores, fitted), (made.unseen, unseen)):
            own = scores[known]
            gaps.append(own[truth[known]].mean() - own[~truth[known]].mean())
    assert np.mean(fitted) > 0.3
    assert np.mean(unseen) < 0.1


def test_a_precision_is_what_it_says_also_of_few_known_pairs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration, "DRAWS", 1)  # its interval is not looked at
    found: dict[str, list[float]] = {"fitted": [], "unseen": []}
    for seed in range(40):
        made, truth, known = learned(seed, 2 * LEAST, tells=0.5)
        rest = made.found.scores[~known]
        best = float(np.quantile(rest, 0.75))
        for name, scores in (("fitted", made.found.scores), ("unseen", made.unseen)):
            at = calibrate_by_labels(rest, scores[known], truth[known]).worth(best)
            assert at is not None
            found[name].append(at.precision - float(truth[~known][rest >= best].mean()))
    assert np.mean(found["fitted"]) > 0.03  # 0.06: a promise that is not kept
    assert abs(np.mean(found["unseen"])) < 0.05


def test_scores_are_those_of_all_known_pairs_but_for_the_known_themselves() -> None:
    made, _, known = learned(0, 100, tells=1.0)
    scores = made.found.scores
    assert (np.diff(scores) <= 0).all()
    np.testing.assert_allclose(made.unseen[~known], scores[~known], rtol=1e-6)
    changed = np.abs(made.unseen[known] - scores[known]) > 1e-4
    assert changed.mean() > 0.9
    assert np.corrcoef(made.unseen[known], scores[known])[0, 1] > 0.95
    assert FOLDS == 5
