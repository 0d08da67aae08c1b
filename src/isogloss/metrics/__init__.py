"""What every number means: arrays in, estimates with intervals out.

Nothing here encodes a sentence, reads a file or prints. Fractions stay in [0, 1] (correlations in
[-1, 1]); only reports multiply by 100. A statistic that the data cannot support is `None` with a
reason, never 0.
"""

from isogloss.metrics.bitext import accuracy, mean_accuracy, text_hits, xsim_error
from isogloss.metrics.correlation import (
    fisher_mean,
    pearson,
    spearman,
)
from isogloss.metrics.health import (
    fvu,
    mean_cosine,
    mean_random_cosine,
    norm_ratio,
    quantile_cosine,
    recall_at_k,
)
from isogloss.metrics.score import Estimate, Interval, Score, signature
from isogloss.metrics.sts import estimate_correlation, estimate_retention

__all__ = [
    "Estimate",
    "Interval",
    "Score",
    "accuracy",
    "estimate_correlation",
    "estimate_retention",
    "fisher_mean",
    "fvu",
    "mean_accuracy",
    "mean_cosine",
    "mean_random_cosine",
    "norm_ratio",
    "pearson",
    "quantile_cosine",
    "recall_at_k",
    "signature",
    "spearman",
    "text_hits",
    "xsim_error",
]
