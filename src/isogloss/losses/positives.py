"""The positives of a batch: candidates that must not be ranked below another."""

from typing import Any

import numpy as np
import numpy.typing as npt


def positive_mask(
    anchors: npt.NDArray[Any], positives: npt.NDArray[Any], candidates: npt.NDArray[Any]
) -> npt.NDArray[np.bool_]:
    """Mark the candidates that any row of the batch names as a positive of an anchor.

    Args:
        anchors: one per row, `(n,)`; equal values are the same anchor.
        positives: the positive of each row, `(n,)`.
        candidates: what an anchor is compared with, `(m,)`.

    Returns:
        By row and candidate, `(n, m)`.

    Example:
        >>> anchors = np.array(["Hallo.", "Hallo.", "Hello."])
        >>> positives = np.array(["Hi.", "Hello.", "Hello."])
        >>> positive_mask(anchors, positives, positives).tolist()
        [[True, True, True], [True, True, True], [False, True, True]]
    """
    distinct, anchor = np.unique(anchors, return_inverse=True)
    known, number = np.unique(np.concatenate([positives, candidates]), return_inverse=True)
    mask = np.zeros((len(distinct), len(known)), np.bool_)
    mask[anchor, number[: len(anchors)]] = True
    return mask[anchor[:, None], number[len(anchors) :]]
