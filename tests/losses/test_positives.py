"""What a batch itself says is right, against its definition in loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isogloss.losses.positives import positive_mask

LETTERS = st.sampled_from("abcd")


@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=8), st.lists(LETTERS))
def test_an_answer_is_right_if_it_is_given_to_the_question_anywhere(
    rows: list[tuple[str, str]], more: list[str]
) -> None:
    asked, answered = (np.array(column) for column in zip(*rows, strict=True))
    candidates = np.array([*answered, *more])
    found = positive_mask(asked, answered, candidates)
    for i, question in enumerate(asked):
        for j, candidate in enumerate(candidates):
            assert found[i, j] == ((question, candidate) in rows)


def test_a_row_has_its_own_answer() -> None:
    keys = np.array([b"\0x", b"\0y", b"\0x"])
    found = positive_mask(np.arange(3), keys, keys)
    assert found.tolist() == [[True, False, True], [False, True, False], [True, False, True]]
