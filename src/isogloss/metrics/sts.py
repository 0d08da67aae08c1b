"""Semantic textual similarity: correlation with its interval, and retention."""

import numpy as np
import numpy.typing as npt

from isogloss.metrics.correlation import (
    Statistic,
    bootstrap_draws,
    checked,
    pearson,
    spearman,
    undefined_reason,
)
from isogloss.metrics.intervals import DRAWS, SEED, percentile_interval
from isogloss.metrics.score import Estimate


def estimate_correlation(
    cosines: npt.ArrayLike,
    gold: npt.ArrayLike,
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Estimate:
    """A correlation with its interval, or the reason why there is none.

    Args:
        cosines: similarity of each pair, `(n,)`.
        gold: human grade of each pair, `(n,)`.
        statistic: `spearman` or `pearson`.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        The estimate; its reason names the constant side or the missing pairs.

    Raises:
        InputError: if the lengths differ or a number is NaN or infinite.
    """
    x, y = checked(cosines, gold), checked(gold, cosines)
    if reason := undefined_reason(x, y):
        return Estimate(None, reason=reason)
    value = spearman(x, y) if statistic == "spearman" else pearson(x, y)
    resampled = bootstrap_draws(x, y, statistic=statistic, draws=draws, seed=seed)
    return Estimate(value, percentile_interval(resampled))


def estimate_retention(
    student: npt.ArrayLike,
    teacher: npt.ArrayLike,
    gold: npt.ArrayLike,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Estimate:
    """Share of the teacher's Spearman that a student keeps on translations of the same pairs.

    Args:
        student: the student's cosines on the translated pairs, `(n,)`.
        teacher: the teacher's cosines on the original pairs, same order, `(n,)`.
        gold: human grade of each pair, `(n,)`.
        draws: number of bootstrap samples; both models see the same draws.
        seed: seed of the draws.

    Returns:
        Student's Spearman divided by the teacher's; above 1 if the student is better.

    Raises:
        InputError: if the lengths differ or a number is NaN or infinite.
    """
    for side, cosines in (("student", student), ("teacher", teacher)):
        if reason := undefined_reason(checked(cosines, gold), checked(gold, cosines)):
            return Estimate(None, reason=f"{side}: {reason}")
    kept, full = spearman(student, gold), spearman(teacher, gold)
    assert kept is not None and full is not None  # those without a value have returned
    if full <= 0:
        return Estimate(None, reason=f"the teacher's own correlation is {full:.3f}, not above 0")
    student_draws = bootstrap_draws(student, gold, draws=draws, seed=seed)
    teacher_draws = bootstrap_draws(teacher, gold, draws=draws, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(teacher_draws > 0, student_draws / teacher_draws, np.nan)
    return Estimate(kept / full, percentile_interval(ratios))
