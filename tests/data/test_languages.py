"""Codes in, one canonical spelling out."""

import logging

import pytest

from isogloss.data.languages import (
    LanguagePair,
    best_match,
    canonical_language,
    language_name,
    parse_language_pair,
)
from isogloss.errors import InputError, UnknownLanguageError


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("de", "de"),
        ("DEU", "de"),
        ("ger", "de"),
        ("ukr", "uk"),
        ("zh_hant", "zh-Hant"),
        ("ZH-cn", "zh-CN"),
        ("cmn", "zh"),
        ("arb", "ar"),
        ("iw", "he"),
        ("no", "no"),
        ("nb", "nb"),
        ("se", "se"),
        ("eng_Latn", "en"),
        ("zho_Hans", "zh-Hans"),
        ("pt-br", "pt-BR"),
        ("kau", "kau"),
    ],
)
def test_canonical_spelling_is_a_fixed_point(code: str, expected: str) -> None:
    assert canonical_language(code) == expected
    assert canonical_language(expected) == expected


@pytest.mark.parametrize(
    ("slip", "expected"),
    [("ua", "uk"), ("jp", "ja"), ("cz", "cs"), ("gr", "el"), ("cn", "zh"), ("dk", "da")],
)
def test_slips_are_accepted_with_a_note(
    slip: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    from isogloss.data import languages

    languages._note_slip.cache_clear()
    with caplog.at_level(logging.INFO):
        assert canonical_language(slip) == expected
    assert repr(slip) in caplog.text and repr(expected) in caplog.text


def test_kr_is_korean_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    from isogloss.data import languages

    languages._note_slip.cache_clear()
    assert canonical_language("kr") == "ko"
    assert "Kanuri" in caplog.text


@pytest.mark.parametrize("code", ["xx", "german", "", "deu-eng", "und", "mul", "a b", "🦆"])
def test_what_is_no_language_is_refused(code: str) -> None:
    with pytest.raises(UnknownLanguageError, match="nearest"):
        canonical_language(code)


def test_the_refusal_names_the_nearest() -> None:
    with pytest.raises(UnknownLanguageError, match=r"nearest: de \(German\)"):
        canonical_language("germam")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("deu", "German"),
        ("el", "Greek"),
        ("zh-Hant", "Chinese (Traditional)"),
        ("pt-BR", "Portuguese (BR)"),
        ("tlh", "Klingon"),
    ],
)
def test_names(code: str, name: str) -> None:
    assert language_name(code) == name


def test_every_name_in_the_table_belongs_to_a_canonical_code() -> None:
    from isogloss.data.language_names import LANGUAGE_NAMES

    assert [code for code in LANGUAGE_NAMES if canonical_language(code) != code] == []


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("en-de", ("en", "de")),
        ("eng-deu", ("en", "de")),
        ("en-zh-Hant", ("en", "zh-Hant")),
        ("en-zh-CN", ("en", "zh-CN")),
        ("en-zh_CN", ("en", "zh-CN")),
        ("zh-Hant-en", ("zh-Hant", "en")),
        ("pt-BR-pt-PT", ("pt-BR", "pt-PT")),
        ("en-de-DE", ("en", "de-DE")),
        ("ar-en", ("ar", "en")),
        ("en-ua", ("en", "uk")),
        ("de-de", ("de", "de")),
    ],
)
def test_pairs(text: str, pair: tuple[str, str]) -> None:
    assert parse_language_pair(text) == LanguagePair(*pair)


def test_a_pair_that_can_be_read_in_two_ways_is_refused_with_both() -> None:
    with pytest.raises(InputError, match=r"en-ar_de or en_ar-de"):
        parse_language_pair("en-ar-de")
    assert parse_language_pair("en-ar_de") == ("en", "ar-DE")


def test_one_language_is_no_pair() -> None:
    with pytest.raises(InputError, match="expected two"):
        parse_language_pair("en")
    with pytest.raises(UnknownLanguageError, match="'qx'"):
        parse_language_pair("en-qx")


@pytest.mark.parametrize(
    ("codes", "wanted", "index"),
    [
        (("de", "en-US", "en"), "en", 2),
        (("de", "en-US", "en-GB"), "en", 1),
        (("zh-CN", "zh-TW"), "zh-Hant", 1),
        (("de-AT",), "de", 0),
        (("de",), "de-AT", None),
        (("pt",), "pt-BR", 0),
        (("nb-NO",), "no", 0),
        (("sentence", "", "fr"), "en", None),
    ],
)
def test_best_match(codes: tuple[str, ...], wanted: str, index: int | None) -> None:
    assert best_match(codes, wanted) == index
