"""Linear maps between embedding spaces, in closed form.

All that a map is solved from are the moments of both sides, which are summed in one pass; so the
sentences may be any number, and their embeddings need not be kept.
"""

from dataclasses import dataclass

import numpy as np

from isogloss.errors import InputError
from isogloss.protocols import Float64Array, FloatArray


@dataclass(frozen=True, eq=False)
class LinearMap:
    """`x` becomes `weight @ x + bias`.

    Attributes:
        weight: `(dim_out, dim_in)`.
        bias: `(dim_out,)`.
    """

    weight: Float64Array
    bias: Float64Array

    @classmethod
    def identity(cls, dim: int) -> "LinearMap":
        """The map that changes nothing."""
        return cls(np.eye(dim), np.zeros(dim))

    def after(self, first: "LinearMap") -> "LinearMap":
        """This map of what another one makes."""
        return LinearMap(self.weight @ first.weight, self.weight @ first.bias + self.bias)

    def reading(self, columns: slice, dim: int) -> "LinearMap":
        """This map of some columns of wider rows.

        Args:
            columns: the `dim_in` columns that it reads.
            dim: width of the rows.
        """
        weight = np.zeros((len(self.weight), dim))
        weight[:, columns] = self.weight
        return LinearMap(weight, self.bias)

    def __call__(self, embeddings: FloatArray) -> FloatArray:
        """Map rows `(n, dim_in)` to `(n, dim_out)`, float32."""
        mapped: FloatArray = (embeddings @ self.weight.T + self.bias).astype(np.float32)
        return mapped


class Moments:
    """Sums over pairs of rows (x, y): all that a linear map from x to y is solved from."""

    def __init__(self, dim_in: int, dim_out: int) -> None:
        """Begin with no rows.

        Args:
            dim_in: width of x.
            dim_out: width of y.
        """
        self.n = 0
        self._x, self._y = np.zeros(dim_in), np.zeros(dim_out)
        self._xx, self._xy = np.zeros((dim_in, dim_in)), np.zeros((dim_in, dim_out))

    @property
    def dim_in(self) -> int:
        """Width of x."""
        return len(self._x)

    def add(self, x: FloatArray, y: FloatArray) -> None:
        """Add rows.

        Args:
            x: `(n, dim_in)`.
            y: `(n, dim_out)`, row for row what x is to be mapped to.

        Raises:
            InputError: the numbers of rows differ.
        """
        if len(x) != len(y):
            raise InputError(
                f"{len(x)} rows are to be mapped to {len(y)}; expected as many of both; pair them"
            )
        x, y = x.astype(np.float64), y.astype(np.float64)
        self.n += len(x)
        self._x += x.sum(axis=0)
        self._y += y.sum(axis=0)
        self._xx += x.T @ x
        self._xy += x.T @ y

    def of(self, columns: slice) -> "Moments":
        """The same sums for some columns of x alone."""
        part = Moments(0, 0)
        part.n, part._x, part._y = self.n, self._x[columns], self._y
        part._xx, part._xy = self._xx[columns, columns], self._xy[columns]
        return part

    def ridge(self, share: float) -> LinearMap:
        """Least squares with a penalty on the weights, centered: ridge regression.

        Args:
            share: the penalty, in mean variances of x; above 0.

        Raises:
            InputError: there are no rows.

        Source: Hoerl & Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal
            Problems".
        """
        xx, xy = self._centered()
        penalty = max(share * np.trace(xx) / len(xx), np.finfo(np.float64).tiny)
        return self._around_means(np.linalg.solve(xx + penalty * np.eye(len(xx)), xy).T)

    def procrustes(self) -> LinearMap:
        """The best rotation (with reflection) and scale, centered; between unlike widths, one with
        orthonormal rows or columns.

        Raises:
            InputError: there are no rows.

        Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem".
        """
        xx, xy = self._centered()
        left, values, right = np.linalg.svd(xy, full_matrices=False)
        scale = values.sum() / max(np.trace(xx), np.finfo(np.float64).tiny)
        return self._around_means(scale * (left @ right).T)

    def _centered(self) -> tuple[Float64Array, Float64Array]:
        if self.n == 0:
            raise InputError("no rows to solve a map from; expected some; add them first")
        return (
            self._xx - np.outer(self._x, self._x) / self.n,
            self._xy - np.outer(self._x, self._y) / self.n,
        )

    def _around_means(self, weight: Float64Array) -> LinearMap:
        return LinearMap(weight, (self._y - weight @ self._x) / self.n)
