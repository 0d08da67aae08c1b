"""Normalization and paired cosines."""

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.vectors import normalize, paired_cosines


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_rows_have_length_one_and_the_input_stays(dtype):
    rows = np.array([[3, 4], [0, 2]], dtype=dtype)
    before = rows.copy()
    unit = normalize(rows)
    assert unit.dtype == np.float32
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 1]], atol=1e-6)
    np.testing.assert_array_equal(rows, before)
    assert not np.shares_memory(unit, rows)


def test_unit_rows_are_not_handed_back_as_they_came():
    rows = np.eye(3, dtype=np.float32)
    unit = normalize(rows)
    unit[0] = 7
    assert rows[0].tolist() == [1, 0, 0]


def test_zero_huge_and_tiny_rows():
    rows = np.array([[0, 0], [1e30, 1e30], [1e-20, 0]], dtype=np.float32)
    np.testing.assert_allclose(
        normalize(rows), [[0, 0], [0.5**0.5, 0.5**0.5], [1e-8, 0]], atol=1e-6
    )


def test_bad_rows_are_counted():
    rows = np.ones((5, 2))
    rows[1, 0], rows[3, 1] = np.nan, np.inf
    with pytest.raises(InputError, match="2 of 5"):
        normalize(rows)
    with pytest.raises(InputError, match=r"\(2,\)"):
        normalize(np.ones(2))


def test_paired_cosines_equal_the_loop_and_stay_inside_one():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 50, 7))
    expected = [x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(paired_cosines(a, b), expected, atol=1e-6)
    assert paired_cosines(a, a).max() <= 1
    with pytest.raises(InputError, match="shapes"):
        paired_cosines(a, b[:3])
