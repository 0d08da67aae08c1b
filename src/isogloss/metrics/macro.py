"""The plain mean over several test sets, with an interval made of the sets' own."""

import math
from collections.abc import Sequence

from isogloss.metrics.score import Estimate, Interval


def macro_mean(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of the values that are defined, each set counting once whatever its size.

    The sets are taken as independent: the squared distances from each value to the ends of its
    interval add up, as variances do (MOVER). An interval that is not symmetric, as Wilson's, keeps
    its shape.

    Args:
        estimates: one per test set.

    Returns:
        The mean; without an interval if a set has none; no value if none is defined.

    Source: Zou and Donner 2008, Construction of confidence limits about effect measures, Statistics
        in Medicine 27, equation 6.
    """
    values = [estimate.value for estimate in estimates if estimate.value is not None]
    if not values:
        return Estimate(None, reason=f"none of {len(estimates)} test sets has a value")
    middle = math.fsum(values) / len(values)
    intervals = [e.interval for e in estimates if e.value is not None and e.interval is not None]
    if len(intervals) < len(values):
        return Estimate(middle)
    below, above = (
        math.sqrt(math.fsum((v - i[end]) ** 2 for v, i in zip(values, intervals, strict=True)))
        for end in (0, 1)
    )
    return Estimate(middle, Interval(middle - below / len(values), middle + above / len(values)))
