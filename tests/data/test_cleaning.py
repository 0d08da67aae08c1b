"""Which pairs stay, which go, and that the text is otherwise left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.cleaning import Cleaning, clean_pairs, tidy, weighted_length
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import InputError


def clean(
    *pairs: tuple[str, str], cleaning: Cleaning | None = None
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    rejects = RejectFile()
    raw = [RawPair(number, *pair) for number, pair in enumerate(pairs, start=1)]
    return list(clean_pairs(raw, cleaning or Cleaning(), rejects)), rejects.counts


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("", "leer"), "empty"),
        ((" \u3000\t", "leer"), "empty"),
        (("\u200b\ufeff", "leer"), "empty"),
        (("\u202b\u202c", "leer"), "empty"),
        (("\u2066\u2069\u00ad\u2060\u061c", "leer"), "empty"),
        (("a\0b", "ab"), "NUL character"),
        (("half \ud83d smile", "halb"), "lone surrogate"),
        (("Berlin", "BERLIN "), "source equals target"),
        (("1984", "1984"), "source equals target"),
        (("w" * 2001, "lang " * 400), "too long"),
        (("A short line of English text here", "Ja"), "length ratio"),
    ],
)
def test_reasons(pair: tuple[str, str], reason: str) -> None:
    assert clean(pair) == ([], {reason: 1})
    assert clean(pair[::-1]) == ([], {reason: 1})


@pytest.mark.parametrize(
    "pair",
    [
        ("Yes.", "Ja."),
        ("Hello, everyone!", "Hi"),
        ("The weather in the mountains was beautiful yesterday.", "昨日の山は快晴だった。"),
        ("Nobody knows where the old bridge used to be.", "没人知道旧桥的位置。"),
        ("The train is late again this morning.", "오늘 아침도 기차가 늦네."),
        ("Straße", "Straßen"),
        ("thumbs up \U0001f44d", "Daumen hoch \U0001f44d"),
    ],
)
def test_good_pairs_stay_as_they_are(pair: tuple[str, str]) -> None:
    assert clean(pair) == ([pair], {})


def test_control_characters_become_spaces_and_nothing_else_changes() -> None:
    assert (
        tidy("\u00a0 one\ttwo\r\nthree\u2028four\x85five\x1b\x07six\n")
        == "one two three four five six"
    )
    untouched = "“e\u0301”  \u00e9\u00a0\u200d \u2013 \ufb01 \u2460"
    assert tidy(untouched) == untouched


@given(st.text(st.characters(codec=None)))
def test_tidy_is_idempotent_and_leaves_one_line(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert once.splitlines() in ([], [once])
    assert "\t" not in once


def test_duplicates_are_equal_pairs_after_tidying() -> None:
    kept, dropped = clean(("one", "eins"), ("one ", "eins\r"), ("one", "Eins"), ("one", "ein"))
    assert kept == [("one", "eins"), ("one", "Eins"), ("one", "ein")]
    assert dropped == {"duplicate": 1}
    assert clean(("a", "b"), ("a", "b"), cleaning=Cleaning(drop_duplicates=False))[1] == {}


def test_filters_can_be_turned_off_and_set() -> None:
    lopsided, same = ("word " * 50, "Wort"), ("equal", "equal")
    off = Cleaning(max_length_ratio=0, drop_identical=False)
    assert clean(lopsided, same, cleaning=off)[1] == {}
    assert clean(("ab", "abc"), cleaning=Cleaning(min_characters=3))[1] == {"too short": 1}


@pytest.mark.parametrize(
    "values",
    [
        {"min_characters": 0},
        {"min_characters": 5, "max_characters": 4},
        {"max_length_ratio": 0.5},
        {"max_length_ratio": float("nan")},
    ],
)
def test_bounds_are_checked(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Cleaning(**values)  # type: ignore[arg-type]


alphabet = st.sampled_from("a\u0431漢かカ한\uff57 。é")


@given(st.text(alphabet, min_size=1, max_size=60), st.text(alphabet, min_size=1, max_size=60))
def test_the_ratio_shortcut_agrees_with_the_definition(source: str, target: str) -> None:
    def weight(text: str) -> float:
        return sum(2.3 if letter in "漢かカ한\uff57。" else 1.0 for letter in text)

    low, high = sorted((weight(source), weight(target)))
    assert weighted_length(source) == pytest.approx(weight(source))
    # Within rounding of a bound either answer is right.
    if min(abs(high - 20), abs(high - 4 * low)) > 1e-9:
        assert Cleaning()._is_lopsided(source, target) == (high > 20 and high > 4 * low)
