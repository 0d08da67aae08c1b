"""Tokens end to end: which sentences hold what."""

import numpy as np
import pytest

from isogloss.data.token_table import TokenTable


@pytest.mark.parametrize(
    ("sentences", "rows"),
    [
        ([[1, 2], [9], [], [2, 12, 1], []], [1, 3]),
        ([[], [1]], []),
        ([[9], [], [10]], [0, 2]),
        ([], []),
    ],
)
def test_sentences_that_hold_a_token_from_a_number_on(
    sentences: list[list[int]], rows: list[int]
) -> None:
    table = TokenTable.from_sentences(sentences)
    np.testing.assert_array_equal(table.holding(9), np.array(rows, np.int64))
