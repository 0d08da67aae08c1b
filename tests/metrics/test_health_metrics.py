"""Health numbers at the points where the answer is known, and against loops."""

from itertools import combinations

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.metrics.health import (
    fvu,
    mean_cosine,
    mean_random_cosine,
    norm_ratio,
    quantile_cosine,
    recall_at_k,
)


@pytest.fixture
def teacher():
    return np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)


def test_fvu_of_copy_constant_and_loop(teacher):
    assert fvu(teacher, teacher).value == 0
    constant = np.tile(teacher.mean(axis=0), (60, 1))
    assert fvu(constant, teacher).value == pytest.approx(1, abs=1e-6)
    student = teacher + np.random.default_rng(1).normal(size=teacher.shape).astype(np.float32)
    rows = range(len(teacher))
    errors = np.mean([np.sum((student[i] - teacher[i]) ** 2) for i in rows])
    spread = np.mean([np.sum((teacher[i] - teacher.mean(axis=0)) ** 2) for i in rows])
    found = fvu(student, teacher)
    assert found.value == pytest.approx(errors / spread, rel=1e-5)
    assert found.interval.low < found.value < found.interval.high


def test_fvu_does_not_depend_on_the_teachers_scale(teacher):
    student = teacher * 0.9
    assert fvu(student / 100, teacher / 100).value == pytest.approx(fvu(student, teacher).value)


def test_fvu_without_a_value(teacher):
    assert "1 rows" in fvu(teacher[:1], teacher[:1]).reason
    assert "same embedding" in fvu(teacher, np.ones_like(teacher)).reason
    assert "8 dimensions, the teacher 4" in fvu(teacher, teacher[:, :4]).reason
    with pytest.raises(InputError, match="60 student rows and 3"):
        fvu(teacher, teacher[:3])


def test_mean_random_cosine_is_the_mean_over_all_pairs(teacher):
    unit = teacher / np.linalg.norm(teacher, axis=1, keepdims=True)
    expected = np.mean([unit[i] @ unit[j] for i, j in combinations(range(60), 2)])
    found = mean_random_cosine(teacher * 7)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.interval.low < found.value < found.interval.high


def test_the_jackknife_equals_leaving_one_out(teacher):
    rows = teacher[:9]
    without = [mean_random_cosine(np.delete(rows, i, axis=0)).value for i in range(9)]
    error = np.sqrt(8 / 9 * np.sum((without - np.mean(without)) ** 2))
    found = mean_random_cosine(rows)
    assert found.interval.high - found.value == pytest.approx(1.959964 * error, rel=1e-5)


def test_collapse_shows(teacher):
    collapsed = np.ones((60, 8)) + teacher / 1000
    assert mean_random_cosine(collapsed).value > 0.999
    assert mean_random_cosine(teacher[:2]).value is None


def test_norm_ratio(teacher):
    assert norm_ratio(teacher / 2, teacher).value == pytest.approx(0.5)
    assert norm_ratio(teacher[:, :4], teacher).value < 1
    assert norm_ratio(teacher, np.zeros_like(teacher)).value is None


def test_cosine_summaries():
    cosines = np.linspace(0, 1, 1001)
    assert mean_cosine(cosines).value == pytest.approx(0.5)
    worst = quantile_cosine(cosines)
    assert worst.value == pytest.approx(0.01)
    assert worst.interval.low < 0.01 < worst.interval.high
    assert quantile_cosine([0.5]).value is None
    assert mean_cosine([]).value is None


def test_recall_is_not_claimed_where_it_could_only_be_one():
    hits = np.zeros((12, 10), dtype=bool)
    hits[:9, 9] = True
    assert recall_at_k(hits, k=10, pool_size=12).value == 0.75
    assert "more than 10" in recall_at_k(hits, k=10, pool_size=10).reason
