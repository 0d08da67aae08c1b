"""Linear maps in closed form, against the definition and against other libraries."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.linear_model import Ridge

from isogloss.errors import InputError
from isogloss.vectors.linear_maps import LinearMap, Moments

rng = np.random.default_rng(0)
X = rng.normal(size=(400, 6)).astype(np.float32) @ rng.normal(size=(6, 6)).astype(np.float32) + 3
Y = (X @ rng.normal(size=(6, 4)) + 1 + 0.1 * rng.normal(size=(400, 4))).astype(np.float32)


def moments(x: np.ndarray, y: np.ndarray, parts: int = 1) -> Moments:
    found = Moments(x.shape[1], y.shape[1])
    for some_x, some_y in zip(np.array_split(x, parts), np.array_split(y, parts), strict=True):
        found.add(some_x, some_y)
    return found


@pytest.mark.parametrize("share", [1e-3, 0.1, 10.0])
def test_ridge_is_that_of_scikit_learn(share: float) -> None:
    penalty = share * np.square(X - X.mean(axis=0)).sum() / X.shape[1]
    expected = Ridge(alpha=penalty).fit(X.astype(np.float64), Y.astype(np.float64))
    found = moments(X, Y).ridge(share)
    np.testing.assert_allclose(found.weight, expected.coef_, atol=1e-6)
    np.testing.assert_allclose(found.bias, expected.intercept_, atol=1e-5)
    np.testing.assert_allclose(found(X), expected.predict(X), atol=1e-4)


def test_procrustes_is_that_of_scipy() -> None:
    square = (X @ np.linalg.qr(rng.normal(size=(6, 6)))[0] * 2 - 5).astype(np.float32)
    x, y = (part - part.mean(axis=0, dtype=np.float64) for part in (X, square))
    rotation, total = orthogonal_procrustes(x, y)
    found = moments(X, square).procrustes()
    np.testing.assert_allclose(found.weight.T, rotation * total / np.square(x).sum(), atol=1e-6)
    np.testing.assert_allclose(found(X), square, atol=1e-3)


@pytest.mark.parametrize("wide", [3, 9])
def test_procrustes_between_unlike_widths_has_orthonormal_rows_or_columns(wide: int) -> None:
    target = rng.normal(size=(400, wide)).astype(np.float32)
    weight = moments(X, target).procrustes().weight
    product = weight @ weight.T if wide < 6 else weight.T @ weight
    np.testing.assert_allclose(product, np.eye(len(product)) * product[0, 0], atol=1e-8)


def test_rows_added_in_parts_give_the_same_map() -> None:
    whole, parted = moments(X, Y), moments(X, Y, parts=7)
    np.testing.assert_allclose(parted.ridge(0.01).weight, whole.ridge(0.01).weight, atol=1e-6)
    assert parted.n == 400


def test_a_constant_side_gives_a_constant_map_and_no_nan() -> None:
    still = np.ones_like(X)
    for found in (moments(still, Y).ridge(0.01), moments(still, Y).procrustes()):
        np.testing.assert_allclose(found(still), np.tile(Y.mean(axis=0), (400, 1)), atol=1e-4)


def test_maps_go_one_after_the_other() -> None:
    first, second = moments(X, Y).ridge(0.1), LinearMap(np.eye(2, 4), np.array([1.0, -1.0]))
    np.testing.assert_allclose(second.after(first)(X), second(first(X)), atol=1e-4)
    np.testing.assert_allclose(LinearMap.identity(6)(X), X)


def test_rows_that_do_not_pair_and_no_rows_are_refused() -> None:
    with pytest.raises(InputError, match="400 rows are to be mapped to 3"):
        Moments(6, 4).add(X, Y[:3])
    with pytest.raises(InputError, match="no rows"):
        Moments(6, 4).ridge(0.1)


def test_a_map_of_some_columns_reads_no_others() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(50, 6)).astype(np.float32), rng.normal(size=(50, 3)).astype(np.float32)
    both, own, columns = Moments(6, 3), Moments(2, 3), slice(2, 4)
    both.add(x, y)
    own.add(x[:, columns], y)
    wide = both.of(columns).ridge(0.1).reading(columns, both.dim_in)
    np.testing.assert_allclose(wide(x), own.ridge(0.1)(x[:, columns]), atol=1e-6)
