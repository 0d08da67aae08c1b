"""Which answers of a batch are right, and so none to be ranked below another."""

from typing import Any

import numpy as np
import numpy.typing as npt


def right_answers(
    asked: npt.NDArray[Any], answered: npt.NDArray[Any], candidates: npt.NDArray[Any]
) -> npt.NDArray[np.bool_]:
    """Which candidates are answers that the batch itself gives to a question, on any of its rows.

    Args:
        asked: a question per row, `(n,)`; equal values are the same question.
        answered: its answer, `(n,)`.
        candidates: answers among which the right one is looked for, `(m,)`.

    Returns:
        By row and candidate, `(n, m)`.

    Example:
        >>> asked = np.array(["Hallo.", "Hallo.", "Hello."])
        >>> answered = np.array(["Hi.", "Hello.", "Hello."])
        >>> right_answers(asked, answered, answered).tolist()
        [[True, True, True], [True, True, True], [False, True, True]]
    """
    questions, question = np.unique(asked, return_inverse=True)
    answers, answer = np.unique(np.concatenate([answered, candidates]), return_inverse=True)
    right = np.zeros((len(questions), len(answers)), np.bool_)
    right[question, answer[: len(asked)]] = True
    return right[question[:, None], answer[len(asked) :]]
