"""Counting the uses of pieces, against the definitions."""

from typing import Any

import numpy as np
import pytest

from isogloss.vocabulary.extend.select import Candidates, Uses, count_uses, supported, useful
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import State


def candidates(**changes: Any) -> Candidates:
    """Pieces ab, abc = ab + c, abab = ab + ab, behind three old ones."""
    teacher: State = {"model": {"vocab": {"a": 0, "b": 1, "c": 2}}}
    usual: dict[str, Any] = {
        "pieces": ["ab", "abc", "abab"],
        "build": lambda kept: teacher,
        "text": str,
        "parts": {"ab": [], "abc": ["ab"], "abab": ["ab", "ab"]},
    }
    return Candidates(teacher=teacher, **(usual | changes))


def test_uses_within_longer_pieces_count() -> None:
    uses = count_uses(candidates(), np.array([10, 20, 30, 1, 2, 3]))
    assert uses.counts.tolist() == [1 + 2 + 2 * 3, 2, 3]
    assert uses.total == 66


def test_uses_are_those_without_the_longer_pieces() -> None:
    """A merge is made as often whether or not later merges go on from it."""
    few = candidates(pieces=["ab"])
    with_all = count_uses(candidates(), np.array([0, 0, 5, 4, 2, 1]))
    alone = count_uses(few, np.array([0, 0, 7, 8]))  # abc → ab c, abab → ab ab
    assert with_all.counts[0] == alone.counts[0]


def test_useful_needs_enough_uses_and_few_in_the_source() -> None:
    settings = VocabularySettings(min_count=3, source_share=0.1)
    target = Uses(np.array([50, 2, 50]), total=100)
    source = Uses(np.array([5, 0, 6]), total=100)
    assert useful(candidates(), target, source, settings).tolist() == [True, False, False]


def test_rates_count_not_numbers() -> None:
    settings = VocabularySettings(min_count=3, source_share=0.1)
    target = Uses(np.array([50, 50, 50]), total=100)
    source = Uses(np.array([50, 51, 5]), total=1_000)
    assert useful(candidates(), target, source, settings).tolist() == [True, False, True]


def test_words_of_unknown_letters_are_not_dropped_for_the_source() -> None:
    settings = VocabularySettings(min_count=3, source_share=0.0)
    target = Uses(np.array([50, 50, 2]), total=100)
    source = Uses(np.array([5, 5, 5]), total=100)
    strict = candidates()
    excused = candidates(letters=frozenset({"ab"}))
    assert useful(strict, target, source, settings).tolist() == [False, False, False]
    assert useful(excused, target, source, settings).tolist() == [True, True, False]


@pytest.mark.parametrize(("stands", "expected"), [(True, [False] * 3), (False, [True] * 3)])
def test_pieces_fall_with_their_parts(stands: bool, expected: list[bool]) -> None:
    chain = candidates(parts={"ab": [], "abc": ["ab"], "abab": ["abc"]}, stands_on_parts=stands)
    assert supported(chain, np.array([False, True, True])).tolist() == expected
    assert chain.only(np.array([True, False, True])).pieces == ["ab", "abab"]


def test_a_letter_earns_its_row_by_one_use_in_any_form() -> None:
    settings = VocabularySettings(min_count=3)
    target = Uses(np.array([1, 0, 0]), total=100)
    source = Uses(np.zeros(3, np.int64), total=100)
    forms = candidates(letters=frozenset({"ab", "abc"}), text=lambda piece: piece[:2])
    assert useful(forms, target, source, settings).tolist() == [True, True, False]
