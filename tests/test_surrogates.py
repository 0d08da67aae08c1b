"""Half characters: found at their place, and refused by a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.errors import InputError
from isogloss.surrogates import SURROGATES, check_whole, surrogate_at


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("\ud83d\ude00\udfff")))
def test_a_half_character_is_found_where_the_first_one_stands(text: str) -> None:
    found = SURROGATES.search(text)
    assert surrogate_at(text) == (found.start() if found else None)


def test_a_text_with_half_a_character_is_refused_with_its_name_and_place() -> None:
    check_whole("smile \U0001f600", "sentence 2")
    told = r"sentence 2 is 'smile \\ud83d', with half a character \(a lone surrogate\) at 7"
    with pytest.raises(InputError, match=told):
        check_whole("smile \ud83d", "sentence 2")
