"""What is cut and counted part by part is what is cut and counted in whole sentences."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from isogloss.vocabulary.extend import ExtendedTokenizer, extend_vocabulary
from isogloss.vocabulary.extend.parts import (
    falls_into_parts,
    parts_at_spaces,
    share_with_same_parts,
)
from isogloss.vocabulary.extend.whole_words import count_words, word_pattern
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    count_tokens,
    load_tokenizer,
    share_unchanged,
    token_ids,
)

SETTINGS = VocabularySettings(size=600, min_count=3, source_share=0.001, word_count=5)

ENGLISH = ["Allergies are rare.", "The allegory of the cave", "Alleys at night"] * 10
GERMAN = ["Alle sind da.", "Wir alle, ohne Ausnahme!", "Für alle (auch Kinder)"] * 10
"""A word of pieces that the source has a use for."""

SIGNS = "aäuÜßé ' -.\t\n\r\x0b\x1c\x85\xa0\u2028\u200b\u3000\u0308\u0301\u0000\ufffdиї漢カ한"
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from(SIGNS), max_size=12),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(["Alle", "die [MASK] Tür", "  für ", "I\u0307 ΣΑΣ", "[SEP]", "##er"]),
    ),
    max_size=8,
).map(lambda parts: " ".join(parts))


@pytest.fixture(scope="module")
def student(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> ExtendedTokenizer:
    targets = languages | {"de": [*languages["de"], *GERMAN]}
    return extend_vocabulary(teachers["bert"], targets, [*english, *ENGLISH], SETTINGS)


@pytest.fixture(scope="module")
def both(student: ExtendedTokenizer, teachers: dict[str, Any]) -> list[Tokenizer]:
    return [load_tokenizer(teachers["bert"]), student.tokenizer]


def test_the_student_has_marks_words_and_runs_without_spaces(student: ExtendedTokenizer) -> None:
    assert student.at_spaces
    assert any(entry["single_word"] for entry in student.state["added_tokens"])
    assert len(student.state["normalizer"]["normalizers"]) > 1
    assert len(student.state["pre_tokenizer"]["pretokenizers"]) > 1


@given(st.lists(TEXTS, max_size=5))
@settings(max_examples=150)
@example(["a \u0308u", "Tür\u0308 \u0301e"])
def test_tokens_are_those_of_whole_sentences(both: list[Tokenizer], texts: list[str]) -> None:
    for tokenizer in both:
        whole = list(token_ids(tokenizer, texts))
        parts = [token_ids(tokenizer, text.split(" ")) for text in texts]
        assert [[i for ids in part for i in ids] for part in parts] == whole
        size, met = tokenizer.get_vocab_size() + 9, parts_at_spaces(texts)
        counts = np.bincount(np.array([i for ids in whole for i in ids], np.int64), minlength=size)
        assert count_tokens(tokenizer, met.texts, size, met.times).tolist() == counts.tolist()


@given(st.lists(TEXTS, max_size=5))
@settings(max_examples=150)
def test_words_are_those_of_whole_sentences(both: list[Tokenizer], texts: list[str]) -> None:
    """In the order in which they are first met: it decides between words that are as frequent."""
    normalizer = both[1].normalizer
    found = word_pattern().findall(normalizer.normalize_str("\n".join(texts)))
    assert list(count_words(both[1], texts).items()) == list(Counter(found).items())


def test_the_share_of_unchanged_sentences_is_that_of_whole_ones(
    both: list[Tokenizer], english: list[str], languages: dict[str, list[str]]
) -> None:
    teacher, student = both
    texts = [*english, *languages["de"]]
    share = share_unchanged(teacher, student, texts)
    assert 0 < share < 1
    assert share_with_same_parts(teacher, student, texts) == share
    assert share_with_same_parts(teacher, student, []) == 1.0


def test_parts_come_in_the_order_of_their_first_places() -> None:
    met = parts_at_spaces(["b a", "", "a  b c"])
    assert list(met.texts) == ["b", "a", "c"]
    assert met.times is not None
    assert met.times.tolist() == [2, 2, 1]
    assert parts_at_spaces([]).texts == []


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "_"}},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}},
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "_"}]}},
        {"added_tokens": [{"content": "of course"}]},
    ],
)
def test_a_tokenizer_that_may_look_across_spaces_gets_whole_sentences(
    teachers: dict[str, Any], change: dict[str, Any]
) -> None:
    teacher = teachers["bert"]
    assert falls_into_parts(teacher, [teacher["pre_tokenizer"]])
    assert not falls_into_parts(teacher | change, [teacher["pre_tokenizer"]])


def test_pre_tokenizers_that_keep_spaces_or_are_unknown_get_whole_sentences(
    teachers: dict[str, Any],
) -> None:
    teacher = teachers["bert"]
    for cutters in ([], [{"type": "ByteLevel"}], [{"type": "Metaspace"}], [{"type": "Split"}]):
        assert not falls_into_parts(teacher, cutters)
