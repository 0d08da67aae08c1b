"""The mean over test sets, and what its interval rests on."""

import math

import numpy as np
import pytest

from isogloss.metrics.intervals import wilson_interval
from isogloss.metrics.macro import macro_mean
from isogloss.metrics.score import Estimate, Interval


def test_every_set_counts_once_and_undefined_ones_do_not() -> None:
    sets = [Estimate(0.2), Estimate(0.6), Estimate(None, reason="too few")]
    assert macro_mean(sets).value == pytest.approx(0.4)
    assert macro_mean(sets).interval is None
    nothing = macro_mean([sets[2]])
    assert (nothing.value, nothing.reason) == (None, "none of 1 test sets has a value")


def test_symmetric_intervals_add_up_as_variances_do() -> None:
    sets = [Estimate(0.5, Interval(0.5 - w, 0.5 + w)) for w in (0.03, 0.04)]
    found = macro_mean(sets).interval
    assert found == pytest.approx((0.5 - 0.025, 0.5 + 0.025))


def test_one_set_keeps_its_interval() -> None:
    estimate = Estimate(0.9, Interval(0.8, 0.93))
    assert macro_mean([estimate]).interval == pytest.approx((0.8, 0.93))


def test_the_interval_holds_the_truth_in_about_19_of_20_draws() -> None:
    draw = np.random.default_rng(3)
    shares, n, held = (0.97, 0.9, 0.6), 200, 0
    for _ in range(400):
        hits = [int(draw.binomial(n, share)) for share in shares]
        sets = [Estimate(h / n, wilson_interval(h, n)) for h in hits]
        interval = macro_mean(sets).interval
        assert interval is not None
        held += interval.low <= math.fsum(shares) / 3 <= interval.high
    assert 0.92 < held / 400 < 0.98
