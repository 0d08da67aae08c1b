"""Means over the folds of a cross-validation, whose trainings share most of their data.

Scores of folds are correlated, so that their mean is less certain than that of as many independent
ones: its variance is taken as `(1/n + n_test/n_train)` times theirs, in place of `1/n`.

Source: Nadeau & Bengio 2003, Inference for the Generalization Error (the corrected resampled
t-test).
"""

import math

import numpy as np
import numpy.typing as npt

from isogloss.metrics.score import Interval
from isogloss.protocols import Float64Array


def fold_interval(values: npt.ArrayLike, folds: int) -> Interval | None:
    """95% interval of a mean over folds.

    Args:
        values: one score per fold that was held out, `(n,)`.
        folds: into how many parts the data were cut.

    Returns:
        By Student's t with n - 1 degrees of freedom; `None` for fewer than two values.
    """
    from scipy import stats

    scores = np.asarray(values, np.float64)
    if len(scores) < 2:
        return None
    middle = float(scores.mean())
    spread = _standard_error(scores, folds) * float(stats.t.ppf(0.975, len(scores) - 1))
    return Interval(middle - spread, middle + spread)


def p_below_zero(differences: npt.ArrayLike, folds: int) -> float:
    """P-value of differences over folds, against a true mean of 0 or above.

    Args:
        differences: of two scores, one per fold that both were held out on, `(n,)`.
        folds: into how many parts the data were cut.

    Returns:
        One-sided, in [0, 1]; lower: the mean is more surely below 0. 1 for fewer than two
        differences. Those that are all the same have no variance: 0 below 0, else 1.
    """
    from scipy import stats

    values = np.asarray(differences, np.float64)
    if len(values) < 2:
        return 1.0
    middle, error = float(values.mean()), _standard_error(values, folds)
    if error == 0.0:
        return 0.0 if middle < 0 else 1.0
    return float(stats.t.cdf(middle / error, len(values) - 1))


def _standard_error(values: Float64Array, folds: int) -> float:
    """Corrected standard error of a mean over folds."""
    share = 1 / (folds - 1)  # n_test / n_train
    return math.sqrt((1 / len(values) + share) * float(values.var(ddof=1)))
