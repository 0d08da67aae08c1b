"""Filters of parallel text: each finds its own fault, and leaves good pairs alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.corpora.cleaner import Cleaner
from isogloss.corpora.filters import NAMES, Filtering, Making, check_names
from isogloss.corpora.filters.language import Language
from isogloss.corpora.filters.lengths import Endings, Lengths
from isogloss.corpora.filters.lexical import Lexical
from isogloss.corpora.filters.mending import mend_encoding, mend_markup
from isogloss.corpora.filters.seen import Duplicates, Leaked, NearDuplicates, bare
from isogloss.corpora.filters.surface import (
    Addresses,
    Copied,
    Markup,
    Script,
)
from isogloss.corpora.words import words_of
from isogloss.data.cleaning import Cleaning
from isogloss.data.languages import LanguagePair
from isogloss.data.readers import RawPair
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import InputError

from .conftest import found

GERMAN = LanguagePair("en", "de")
UKRAINIAN = LanguagePair("en", "uk")


def test_a_side_in_another_script_is_found_and_a_name_in_it_is_not() -> None:
    script = Script()
    assert script.fit(UKRAINIAN, []) == ""
    assert found(script, "Good morning.", "Good morning to you.") is Reason.SCRIPT
    assert found(script, "Microsoft Windows", "Майкрософт Windows Server") is None
    assert found(script, "12", "12") is None
    assert "not settled" in Script().fit(LanguagePair("und", "sr"), [])


def test_a_copy_with_a_word_changed_is_no_translation() -> None:
    copied = Copied(0.7)
    source = "The meeting will take place on Monday in Berlin."
    target = "The meeting will take place on Montag in Berlin."
    assert found(copied, source, target) is Reason.COPIED
    assert found(copied, "Tom and Mary", "Tom und Mary") is None
    assert found(copied, source, "Das Treffen findet am Montag in Berlin statt.") is None


def test_addresses_and_tags_must_be_on_both_sides() -> None:
    assert found(Addresses(), "See https://a.org/x.", "Siehe unten.") is Reason.ADDRESSES
    assert found(Addresses(), "See https://a.org/en", "Siehe https://a.org/de") is None
    assert found(Markup(), "{{Infobox}} Berlin", "Berlin") is Reason.MARKUP
    assert found(Markup(), "<String> is new", "<String> ist neu") is None


def test_text_in_a_wrong_encoding_and_tags_are_mended() -> None:
    assert mend_encoding("schÃ¶n, dass du da bist") == "schön, dass du da bist"
    assert mend_encoding("schön") == "schön"
    assert mend_markup("<i>Hello</i> &amp; bye") == "Hello & bye"
    assert mend_markup("{\\an8}Hello") == "Hello"
    assert mend_markup("a < b, AT&T") == "a < b, AT&T"


def places() -> list[tuple[str, str]]:
    """Pairs with habits: targets a quarter longer, ends and questions kept."""
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    pairs = []
    for number in range(900):
        chosen = words[number % 7 : number % 7 + 3 + number % 4]
        end = "?" if number % 5 == 0 else "."
        pairs.append((" ".join(chosen) + end, " ".join(f"{w}x" for w in chosen) + end))
    return pairs


def test_a_side_that_is_cut_off_is_found_by_its_length_and_its_end() -> None:
    lengths = Lengths(unlikely=5.0, cut=1.0)
    assert lengths.fit(GERMAN, places()) == ""
    source = "alpha beta gamma delta epsilon."
    assert found(lengths, source, "alphax betax gammax deltax epsilonx.") is None
    assert found(lengths, source, "alphax betax gammax") in (Reason.CUT, Reason.LENGTH)
    assert found(lengths, source, "ax.") is Reason.LENGTH
    assert "too little" in Lengths(5.0, 1.0).fit(GERMAN, places()[:100])


def test_a_question_must_stay_one_where_questions_are_marked() -> None:
    endings = Endings()
    assert endings.fit(GERMAN, places()) == ""
    assert found(endings, "alpha?", "alphax.") is Reason.ENDINGS
    assert found(endings, "alpha.", "alphax?") is Reason.ENDINGS
    assert found(endings, "alpha?", "alphax?") is None
    unmarked = [(source, target.replace("?", ".")) for source, target in places()]
    assert "not marked" in Endings().fit(GERMAN, unmarked)


def test_a_semicolon_asks_in_greek_alone() -> None:
    german, greek = Endings(), Endings()
    asked = [(source, target.replace("?", ";")) for source, target in places()]
    assert german.fit(GERMAN, places()) == greek.fit(LanguagePair("en", "el"), asked) == ""
    assert found(german, "alpha;", "alphax.") is None
    assert found(greek, "alpha?", "alphax;") is None
    assert found(greek, "alpha.", "alphax;") is Reason.ENDINGS


def test_targets_of_other_sentences_are_found_by_words_that_never_meet() -> None:
    draw = random.Random(0)
    words = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in "lmnrst"]
    sources = [" ".join(draw.choices(words, k=draw.randint(5, 9))) for _ in range(8_000)]
    pairs = [(source, source[::-1]) for source in sources]
    wrong = [(sources[at], sources[at + 1][::-1]) for at in range(0, 800, 2)]
    mixed = [*pairs[800:], *wrong]
    lexical = Lexical(0.035)
    assert lexical.fit(GERMAN, mixed) == ""
    faults = [fault is not None for fault in lexical.judge(mixed)]
    assert sum(faults[-len(wrong) :]) > 0.9 * len(wrong)
    assert sum(faults[: -len(wrong)]) < 0.02 * len(pairs)
    assert lexical.judge([]) == []
    assert "too little" in Lexical(0.035).fit(GERMAN, pairs[:100])


def test_a_sentence_in_another_language_is_found() -> None:
    language = Language(0.05)
    assert language.fit(GERMAN, []) == ""
    english = "The weather is very nice today, isn't it?"
    german = "Das Wetter ist heute sehr schön, nicht wahr?"
    french = "Il fait très beau aujourd'hui, n'est-ce pas ?"
    faults = language.judge([(english, german), (english, french), (german, german)])
    assert [fault and fault.detail for fault in faults] == [
        None,
        "target in French",
        "source in German",
    ]
    assert found(language, "OK.", "Oui.") is None
    assert "lingua knows neither" in Language(0.05).fit(LanguagePair("kab", "hsb"), [])


def test_a_tested_sentence_is_kept_out_whatever_its_case_and_punctuation() -> None:
    tested = Leaked(["A man is playing a guitar."])
    assert tested.fit(GERMAN, []) == ""
    assert found(tested, "a MAN is playing a guitar", "x") is Reason.TESTED
    assert found(tested, "A man is playing guitar.", "x") is None
    assert "no evaluation sets" in Leaked([]).fit(GERMAN, [])


def test_equal_and_nearly_equal_pairs_count_once() -> None:
    assert Duplicates().judge([("a", "b"), ("a", "b"), ("a", "c")])[1:] == [
        (Reason.DUPLICATE, ""),
        None,
    ]
    near = NearDuplicates(0.9, 1_000)
    long = "The committee decided on Monday to postpone the vote until the end of the month"
    other = "Das Komitee beschloss am Montag, die Abstimmung bis Ende des Monats zu verschieben"
    faults = near.judge(
        [(long, other), (long + "!", other + "."), (long + " 7", other + " 7"), ("a", "b")]
    )
    assert [fault is not None for fault in faults] == [False, True, False, False]
    short = near.judge([("an assemblyman", "Abgeordneter"), ("an assemblywoman", "Abgeordneter")])
    assert short == [None, None]


def test_near_duplicates_are_sought_among_so_many_pairs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    near = NearDuplicates(0.9, 3)
    pairs = [(f"a sentence of {word} and some length", word) for word in ("wood", "iron", "snow")]
    assert near.judge(pairs) == [None] * 3
    assert found(near, *pairs[0]) is Reason.NEAR
    assert caplog.text == ""
    assert found(near, "another sentence, which is about a lake", "See") is None
    assert "the latest 3 of them alone" in caplog.text and "near_among" in caplog.text
    assert [found(near, *pair) for pair in pairs] == [None, None, None]
    assert found(near, *pairs[2]) is Reason.NEAR
    assert caplog.text.count("the latest") == 1


def test_what_was_kept_before_is_remembered() -> None:
    duplicates = Duplicates()
    duplicates.remember([("a", "b")])
    assert found(duplicates, "a", "b") is Reason.DUPLICATE
    near = NearDuplicates(0.9, 1_000)
    near.remember([("a sentence of some length", "ein Satz von einiger Länge")])
    assert found(near, "A sentence of some length.", "ein Satz von einiger Länge") is Reason.NEAR


def test_an_unknown_filter_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'language'"):
        check_names(["langauge"])


TEXT = st.text(
    st.characters(codec=None) | st.sampled_from("<>&;{}[]()/\\0123456789.,:?!\t\n\0 Ã¶'@"),
    max_size=40,
)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=30))
def test_every_row_is_kept_or_rejected_whatever_it_holds(pairs: list[tuple[str, str]]) -> None:
    names = [name for name in NAMES if name != "language"]
    cleaner = Cleaner(names, Making(Cleaning(), Filtering(), {"x"}), GERMAN)
    rows = [RawPair(number, *pair) for number, pair in enumerate(pairs, 1)]
    cleaner.fit(rows)
    with RejectFile() as rejects:
        kept, account = cleaner.clean(rows, rejects)
    assert len(rows) == len(kept) + sum(rejects.counts.values())
    assert account.kept == len(kept)
    assert account.dropped.total() == sum(rejects.counts.values())
    assert all("\t" not in side and "\n" not in side and side for pair in kept for side in pair)


@given(TEXT)
def test_bare_text_is_settled(text: str) -> None:
    assert bare(bare(text)) == bare(text) or not text.isascii()


@pytest.mark.parametrize("sign", ["\u200f", "\u202c", "\u2069", "\u2060", "\u061c", "\u00ad"])
def test_signs_without_a_shape_behind_an_end_leave_it_one(sign: str) -> None:
    endings, lengths = Endings(), Lengths(unlikely=5.0, cut=1.0)
    assert endings.fit(LanguagePair("en", "he"), places()) == ""
    assert found(endings, "alpha?", f"alphax?{sign}") is None
    assert found(endings, "alpha?", f"alphax.{sign}") is Reason.ENDINGS
    assert lengths.fit(GERMAN, places()) == ""
    source, short = "alpha beta gamma delta epsilon.", "alphax betax gammax deltax"
    assert found(lengths, source, short) is Reason.CUT
    assert found(lengths, source, f"{short}.{sign}") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("o\u0323\u0301fe\u0323\u0301 la\u0300", ["o\u0323\u0301fe\u0323\u0301", "la\u0300"]),
        ("می\u200cخواهم بروم", ["می\u200cخواهم", "بروم"]),  # noqa: RUF001
        ("ภาษาไทยง่าย", ["ภาษา", "ไทย", "ง่าย"]),
    ],
)
def test_vowel_signs_tones_and_joiners_are_parts_of_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_vowel_signs_tell_sentences_apart_and_marks_that_readers_leave_out_do_not() -> None:
    assert bare("की") != bare("का")
    assert bare("ข่าว") != bare("ขาว")
    assert bare("كَتَبَ") == bare("كتب")
    assert bare("שָׁלוֹם") == bare("שלום")


@pytest.mark.parametrize(("code", "bad"), [("sr", False), ("sr-Latn", False), ("uk", True)])
def test_a_script_that_lingua_does_not_know_a_language_in_is_no_fault(code: str, bad: bool) -> None:
    language = Language(0.02)
    assert language.fit(LanguagePair("en", code), []) == ""
    text = "Kako se zoveš, moj dragi prijatelju, i odakle dolaziš?"
    fault = found(language, "What is your name, my dear friend, and where are you from?", text)
    assert (fault is Reason.LANGUAGE) is bad
