"""Logistic regression on a few columns, by Newton's steps."""

import numpy as np

from isogloss.protocols import Float64Array

_STEPS = 50


def most_likely(x: Float64Array, wanted: Float64Array, ridge: float = 0.0) -> Float64Array:
    """The weights that make what is wanted most likely.

    Args:
        x: of like spread, `(n, n_columns)`; the last column is ones.
        wanted: probabilities, `(n,)`.
        ridge: penalty of half a squared weight, that of the ones excepted.

    Returns:
        `(n_columns,)`.
    """
    weights = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 0.0
    for _ in range(_STEPS):
        p = sigmoid(x @ weights)
        gradient = x.T @ (wanted - p) - penalty * weights
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        weights += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return weights


def sigmoid(log_odds: Float64Array) -> Float64Array:
    """Probabilities."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-log_odds))
