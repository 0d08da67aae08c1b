"""Marks that belong to a language's spelling, against the intended behavior in plain Python."""
# ruff: noqa: RUF001 - Ukrainian has letters that look Latin

import json
import unicodedata
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers

from isogloss.vocabulary.extend.normalizer import (
    keeping_marks,
    kept_by,
    kept_marks,
    merged,
    normalizer_for,
    strip_pattern,
    strips_marks,
)

GENERIC = "\u0300\u0301\u0302\u0306\u0307\u0308\u0323"
OTHER = "\u3099\u093c\u0941"
OPTIONAL = "\u064e\u05b8"
LETTERS = "aeiouEIUzиИік日かハकبא^]-\\&[ 1."
BERT = {
    "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
    "strip_accents": None, "lowercase": True,
}  # fmt: skip

written = st.text(alphabet=LETTERS + GENERIC + OTHER + OPTIONAL, max_size=30)
kept_tables = st.dictionaries(
    st.sampled_from(GENERIC + OTHER), st.text(alphabet="aeiuиз^]-\\&[\u0302", max_size=6)
)


def apply(normalizer: dict[str, Any] | None, text: str) -> str:
    empty = json.loads(Tokenizer(models.WordLevel({"a": 0}, unk_token="a")).to_str())
    loaded = Tokenizer.from_str(json.dumps(empty | {"normalizer": normalizer})).normalizer
    return loaded.normalize_str(text) if loaded is not None else text


def strip_slowly(text: str, kept: dict[str, str]) -> str:
    out = []
    for before, character in pairwise(" " + text):
        if unicodedata.category(character) == "Mn":
            if character not in kept:
                continue
            if kept[character] and before.lower() not in kept[character]:
                continue
        out.append(character)
    return "".join(out)


@given(text=written, kept=kept_tables)
@settings(deadline=None)
def test_pattern_strips_what_is_not_kept(text: str, kept: dict[str, str]) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    strip = normalizers.Replace(Regex(strip_pattern(kept)), "")
    assert strip.normalize_str(decomposed) == strip_slowly(decomposed, kept)


syllables = st.one_of(
    st.tuples(st.sampled_from(LETTERS), st.text(alphabet=GENERIC, max_size=2)),
    st.tuples(st.sampled_from("かハक"), st.text(alphabet=OTHER, max_size=1)),
    st.tuples(st.sampled_from("אب"), st.text(alphabet=OPTIONAL, max_size=1)),
)
sentences = st.lists(syllables.map("".join), max_size=12).map("".join)


def kept_slowly(texts: list[str], min_share: float) -> dict[str, str]:
    n_letters, pairs = 0, Counter[tuple[str, str]]()
    for text in texts:
        composed = unicodedata.normalize("NFC", text)
        n_letters += sum(character.isalpha() for character in composed)
        decomposed = unicodedata.normalize("NFD", composed.lower())
        for before, mark in pairwise(" " + decomposed):
            if mark in OTHER:
                pairs["", mark] += 1
            elif mark in GENERIC and (before in GENERIC or before.isalpha()):
                pairs[before, mark] += 1
    del pairs["i", "\u0307"]
    kept: dict[str, set[str]] = {}
    for (before, mark), n in pairs.items():
        if n >= min_share * n_letters:
            kept.setdefault(mark, set()).add(before)
    return {mark: "".join(sorted(before)) for mark, before in kept.items()}


@given(texts=st.lists(sentences, max_size=4), min_share=st.sampled_from([1e-9, 0.1, 0.3]))
def test_kept_marks_are_the_frequent_ones(texts: list[str], min_share: float) -> None:
    assert kept_marks(texts, min_share=min_share) == kept_slowly(texts, min_share)
    decomposed = [unicodedata.normalize("NFD", text) for text in texts]
    assert kept_marks(decomposed, min_share=min_share) == kept_slowly(texts, min_share)


def test_marks_of_real_languages(languages: dict[str, list[str]]) -> None:
    assert kept_marks(languages["de"]) == {"\u0308": "aou"}
    assert kept_marks(languages["uk"]) == {"\u0306": "и", "\u0308": "і"}
    assert kept_marks(languages["ko"]) == {}
    assert kept_marks(languages["ja"])["\u3099"] == ""
    assert kept_marks(["ọ̀rọ̀ ẹ́"])["\u0300"] == "\u0323"


def test_rare_marks_are_not_kept() -> None:
    texts = ["ohne alle Zeichen und Striche"] * 1_000
    assert kept_marks([*texts, "café"]) == {}
    assert kept_marks([*texts, *["café"] * 10]) == {"\u0301": "e"}


def test_vowel_signs_that_readers_leave_out_are_not_kept() -> None:
    assert kept_marks(["كَتَبَ الوَلَدُ", "שָׁלוֹם"]) == {}
    assert kept_marks(["كَتَبَ القُرْآن"], "arz") == {}
    assert kept_marks(["כָּתַב"], "he") == {}


def test_marks_that_make_letters_are_kept() -> None:
    """Madda and hamza in Persian and Uyghur, points in Yiddish."""
    assert kept_marks(["آب", "مسئول"], "fa") == {"\u0653": "", "\u0654": ""}
    assert kept_marks(["ئۇيغۇر"], "ug-Arab") == {"\u0654": ""}
    assert kept_marks(["اَلف"], "fa") == {}
    assert kept_marks(["ייִדישע שפּראַך", "וואָרט"], "yi").keys() == set("\u05b4\u05b7\u05b8\u05bc")


def test_normalizer_keeps_the_letters_of_its_languages() -> None:
    texts = ["آب را مسئول آورد"]
    assert apply(normalizer_for(BERT, {"fa": texts}), "آب") == "آب"
    assert apply(normalizer_for(BERT, {"ar": texts}), "آب") == "اب"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Äpfel im Café", "äpfel im cafe"),
        ("A\u0308pfel", "äpfel"),
        ("ë ï", "e i"),
        ("İ", "i"),
        ("한국", "한국"),
    ],
)
def test_bert_normalizer_keeps_the_marks_of_german(text: str, expected: str) -> None:
    changed = keeping_marks(BERT, {"\u0308": "aou"}, split_han=True)
    assert apply(changed, text) == expected


def test_capitals_keep_their_marks_without_lowercasing() -> None:
    cased = BERT | {"lowercase": False, "strip_accents": True}
    changed = keeping_marks(cased, {"\u0308": "aou"}, split_han=True)
    assert apply(changed, "Äpfel ËËë über Café") == "Äpfel EEe über Cafe"


def test_parts_of_a_sequence_are_changed_in_place() -> None:
    steps = [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]
    sequence = {"type": "Sequence", "normalizers": steps}
    changed = keeping_marks(sequence, {"\u0308": "o"}, split_han=True)
    assert apply(changed, "ÖÄ schön") == "öa schön"
    assert sequence["normalizers"][1] == {"type": "StripAccents"}


def test_composed_text_passes_strip_accents_as_before() -> None:
    steps = [{"type": "NFKC"}, {"type": "StripAccents"}]
    teacher = {"type": "Sequence", "normalizers": steps}
    changed = keeping_marks(teacher, {"\u0308": "o"}, split_han=True)
    assert apply(changed, "Café") == apply(teacher, "Café") == "Café"


@pytest.mark.parametrize(
    ("normalizer", "strips"),
    [
        (None, False),
        (BERT, True),
        (BERT | {"lowercase": False}, False),
        (BERT | {"strip_accents": False}, False),
        ({"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}]}, True),
        ({"type": "NFC"}, False),
    ],
)
def test_what_strips_marks(normalizer: dict[str, Any] | None, strips: bool) -> None:
    assert strips_marks(normalizer) is strips
    text = "über Café" if strips else "Über Café"
    unchanged = keeping_marks(normalizer, {}, split_han=True) == normalizer
    assert unchanged is not strips
    assert (unicodedata.normalize("NFC", apply(normalizer, text)).lower() != text.lower()) is strips


def test_marks_of_several_languages_add_up(languages: dict[str, list[str]]) -> None:
    both = normalizer_for(BERT, {"de": languages["de"], "uk": languages["uk"]})
    assert apply(both, "Їжак, йти, über, naïve, ö̆") == "їжак, йти, über, naive, ö"


@given(text=st.text(max_size=40))
@settings(deadline=None)
def test_nothing_kept_is_the_teacher_recomposed(text: str) -> None:
    changed = keeping_marks(BERT, {}, split_han=True)
    assert apply(changed, text) == unicodedata.normalize("NFC", apply(BERT, text))


@given(kept=kept_tables)
def test_a_pattern_says_what_it_keeps(kept: dict[str, str]) -> None:
    expected = {mark: "".join(sorted(set(before))) for mark, before in kept.items()}
    assert kept_by(strip_pattern(kept)) == expected


@pytest.mark.parametrize("pattern", ["", " ", "a|b", r"\p{L}", r"(?<![a])x|\d"])
def test_other_patterns_are_not_ours(pattern: str) -> None:
    assert kept_by(pattern) is None


def test_any_character_before_a_mark_wins() -> None:
    assert merged({"1": "ab", "2": ""}, {"1": "bc", "2": "x", "3": "y"}) == {
        "1": "abc",
        "2": "",
        "3": "y",
    }


def test_a_language_added_later_keeps_its_marks_beside_the_earlier_ones() -> None:
    german = normalizer_for(BERT, {"de": ["grün schön " * 50]})
    both = normalizer_for(german, {"tr": ["şey çok değil " * 50]})
    assert apply(both, "Grün, ŞEY, çok, café") == "grün, şey, çok, cafe"
    assert apply(german, "şey") == "sey"
