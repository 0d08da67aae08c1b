"""What pictures work out before they are drawn."""

import numpy as np
import pytest

from isogloss.reports.figures import curve, style
from isogloss.reports.figures.scatter import BINS, MIN_IN_BIN, Graded, medians


def test_labels_keep_their_distance_and_move_no_further_than_they_must():
    assert curve._spread([0.1, 0.9, 0.5], gap=0.1) == pytest.approx([0.1, 0.9, 0.5])
    assert curve._spread([0.5, 0.5], gap=0.2) == pytest.approx([0.4, 0.6])
    assert curve._spread([0.52, 0.0, 0.5], gap=0.1) == pytest.approx([0.56, 0.0, 0.46])


def test_smoothing_keeps_a_line_straight_and_flattens_noise():
    line = [float(at) for at in range(100)]
    assert curve._smoothed(line) == pytest.approx(line)
    noise = [(-1.0) ** at for at in range(100)]
    assert max(map(abs, curve._smoothed(noise)[10:-10])) < 0.2


def test_medians_are_those_of_each_part_of_the_grades():
    rng = np.random.default_rng(5)
    gold, cosines = rng.uniform(0, 5, 400), rng.uniform(-1, 1, 400)
    gold[0], gold[1] = 0.0, 5.0
    found = medians(Graded(cosines, gold))
    for part in range(BINS):
        low, high = 5 * part / BINS, 5 * (part + 1) / BINS
        inside = [
            c for c, g in zip(cosines, gold, strict=True) if low <= g < high or g == high == 5
        ]
        assert found.middle[part] == pytest.approx(np.median(inside))
        assert found.low[part] == pytest.approx(np.quantile(inside, 0.25))


def test_parts_with_few_grades_have_no_median():
    gold = np.array([0.0] * MIN_IN_BIN + [5.0] * (MIN_IN_BIN - 1))
    found = medians(Graded(np.linspace(0, 1, len(gold)), gold))
    assert found.gold.tolist() == [0.0]
    constant = medians(Graded(np.linspace(0, 1, 9), np.full(9, 3.0)))
    assert constant.middle.tolist() == [0.5]
    assert medians(Graded(np.array([0.5]), np.array([1.0]))).gold.shape == (0,)


def test_ink_is_the_one_of_more_contrast():
    assert style.ink_on((1, 1, 1)) == style.ink_on((0.4, 0.7, 0.9)) == style.ON_LIGHT
    assert style.ink_on((0, 0, 0)) == style.ink_on((0.0, 0.3, 0.5)) == style.ON_DARK


def test_numbers_have_a_minus_of_full_width_and_no_negative_zero():
    assert [style.signed(text) for text in ("-0.5", "-0.00", "0.10")] == [
        "\N{MINUS SIGN}0.5",
        "0.00",
        "0.10",
    ]
