"""Whether a distilled student is alive: unexplained variance, collapse, norms, its teacher."""

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.bitext import accuracy
from isogloss.metrics.intervals import DRAWS, SEED, Z95, bootstrap_ratio, quantile_interval
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Interval
from isogloss.protocols import BoolArray, Float64Array, FloatArray

_EPS = 1e-12


def fvu(
    student: FloatArray, teacher: FloatArray, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Fraction of variance unexplained: mean ‖S(x) - M(x)‖² / mean ‖M(x) - mean M‖².

    Unlike a raw MSE it does not flatter a collapsed student: a constant scores 1.0 or more,
    whatever the scale and dimension of the teacher.

    Args:
        student: `(n, dim)`.
        teacher: the targets of the same rows, `(n, dim)`.
        draws: number of bootstrap samples.
        seed: seed of the draws; the teacher's mean stays fixed over draws.

    Returns:
        0 is a perfect copy, 1 no better than a constant, lower is better. No value for n < 2, for a
        constant teacher or for two different widths.

    Raises:
        InputError: if the numbers of rows differ.
    """
    _check_rows(student, teacher)
    if student.shape[1] != teacher.shape[1]:
        return Estimate(None, reason=_widths(student, teacher))
    if len(student) < 2:
        return Estimate(None, reason=f"{len(student)} rows; a variance needs at least 2")
    errors, spread = _unexplained(student, teacher)
    if spread.sum() <= _EPS * len(spread):
        return Estimate(None, reason="the teacher gives every sentence the same embedding")
    interval = bootstrap_ratio(errors, spread, draws=draws, seed=seed)
    return Estimate(float(errors.sum() / spread.sum()), interval)


def fvu_items(student: FloatArray, teacher: FloatArray) -> ItemValues:
    """What `fvu` is made of: each row's squared error, over its squared distance from the mean.

    Args:
        student: `(n, dim)`.
        teacher: the targets of the same rows, `(n, dim)`.

    Returns:
        Values and weights, `(n,)` each.
    """
    errors, spread = _unexplained(student, teacher)
    return ItemValues(errors, weights=spread)


def norm_items(student: FloatArray, teacher: FloatArray) -> ItemValues:
    """What `norm_ratio` is made of: each row's norm, over the norm of the teacher's.

    Args:
        student: `(n, dim)`.
        teacher: the same rows, `(n, teacher_dim)`.

    Returns:
        Values and weights, `(n,)` each.
    """
    return ItemValues(_norms(student), weights=_norms(teacher))


def mean_cosine(cosines: npt.ArrayLike, *, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Mean of paired cosines.

    Args:
        cosines: `(n,)`.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        Between -1 and 1, higher is closer; no value for n = 0.
    """
    values = np.asarray(cosines, dtype=np.float64)
    if not len(values):
        return Estimate(None, reason="no pairs; a mean needs at least 1")
    interval = bootstrap_ratio(values, np.ones(len(values)), draws=draws, seed=seed)
    return Estimate(float(values.mean()), interval)


def quantile_cosine(cosines: npt.ArrayLike, *, quantile: float = 0.01) -> Estimate:
    """A low quantile of paired cosines: how far the worst sentences are.

    Args:
        cosines: `(n,)`.
        quantile: strictly between 0 and 1; 0.01 is the first percentile (linear interpolation).

    Returns:
        Between -1 and 1, higher is closer, with the interval from order statistics; no value for n
        < 2.
    """
    values = np.asarray(cosines, dtype=np.float64)
    if len(values) < 2:
        return Estimate(None, reason=f"{len(values)} pairs; a percentile needs at least 2")
    return Estimate(float(np.quantile(values, quantile)), quantile_interval(values, quantile))


def mean_random_cosine(embeddings: FloatArray) -> Estimate:
    """Mean cosine of two different random rows; towards 1 the space has collapsed.

    Nothing is drawn: the mean over all pairs is (‖Σu‖² - Σ‖u‖²) / (n (n - 1)) with u the normalized
    rows, exact and linear in n. The interval is the jackknife's, from the same sums.

    Args:
        embeddings: `(n, dim)` of distinct texts; any norms.

    Returns:
        Between -1 and 1; no value for n < 3.
    """
    n = len(embeddings)
    if n < 3:
        return Estimate(
            None, reason=f"{n} distinct texts; a mean over random pairs needs at least 3"
        )
    rows = embeddings.astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _EPS)
    total, own = rows.sum(axis=0), _squared_norms(rows)
    pair_sum = float(total @ total - own.sum())
    value = pair_sum / (n * (n - 1))
    without = (pair_sum - 2 * (rows @ total - own)) / ((n - 1) * (n - 2))
    error = float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2)))
    low, high = value - Z95 * error, value + Z95 * error
    return Estimate(value, Interval(max(-1.0, low), min(1.0, high)))


def norm_ratio(
    student: FloatArray, teacher: FloatArray, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Mean norm of the student's rows over the teacher's.

    Args:
        student: `(n, dim)`.
        teacher: the same rows, `(n, teacher_dim)`; the widths may differ.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        1 is right, below 1 the student shrinks (regression to the mean); no value where the
        teacher's norm is 0.

    Raises:
        InputError: if the numbers of rows differ.
    """
    _check_rows(student, teacher)
    if not len(student):
        return Estimate(None, reason="no rows; a ratio of norms needs at least 1")
    own, full = _norms(student), _norms(teacher)
    if full.sum() <= _EPS * len(full):
        return Estimate(None, reason="the teacher's embeddings are all zero")
    interval = bootstrap_ratio(own, full, draws=draws, seed=seed)
    return Estimate(float(own.sum() / full.sum()), interval)


def recall_at_k(hits: BoolArray, *, k: int, pool_size: int) -> Estimate:
    """Share of a student's queries that find their own sentence in an index built by the teacher.

    Args:
        hits: `(n, retrieved)`, best first, true where the retrieved text is the query's own.
        k: how many retrieved sentences count.
        pool_size: number of distinct texts in the index.

    Returns:
        Share in [0, 1], higher is better; no value if the index holds no more than k texts (it
        would be 1).

    Raises:
        InputError: if fewer than k were retrieved.
    """
    if pool_size <= k:
        return Estimate(
            None, reason=f"{pool_size} distinct texts; recall at {k} needs more than {k}"
        )
    return accuracy(hits, k=k)


def _unexplained(student: FloatArray, teacher: FloatArray) -> tuple[Float64Array, Float64Array]:
    """Each row's squared error, and its target's squared distance from the teacher's mean."""
    targets = teacher.astype(np.float64)
    errors = _squared_norms(student.astype(np.float64) - targets)
    return errors, _squared_norms(targets - targets.mean(axis=0))


def _norms(rows: FloatArray) -> Float64Array:
    return np.asarray(np.sqrt(_squared_norms(rows.astype(np.float64))), dtype=np.float64)


def _squared_norms(rows: Float64Array) -> Float64Array:
    return np.asarray(np.einsum("nd,nd->n", rows, rows), dtype=np.float64)


def _widths(student: FloatArray, teacher: FloatArray) -> str:
    return f"the student has {student.shape[1]} dimensions, the teacher {teacher.shape[1]}"


def _check_rows(student: FloatArray, teacher: FloatArray) -> None:
    if len(student) != len(teacher):
        raise InputError(
            f"{len(student)} student rows and {len(teacher)} teacher rows; expected equal numbers;"
            " embed the same sentences with both"
        )
