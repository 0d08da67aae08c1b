"""Letters tell alphabets, and which of them a language is written in."""

import pytest

from isogloss.data.scripts import expected_letters, main_alphabet


def test_letters_are_told_apart() -> None:
    assert main_alphabet("Привіт, world!") == "CYRILLIC"
    assert main_alphabet("123 …") == ""
    assert expected_letters("ja") >= {"CJK", "HIRAGANA", "KATAKANA"}
    assert expected_letters("sr") == frozenset()
    assert expected_letters("zh-Hant") == {"CJK"}


@pytest.mark.parametrize("code", ["und", "mul", "mis", "zxx", "qaa", "qtz", "orv"])
def test_of_what_is_no_one_language_no_letters_are_expected(code: str) -> None:
    assert expected_letters(code) == frozenset()
    assert expected_letters(f"{code}-Cyrl") == {"CYRILLIC"}
