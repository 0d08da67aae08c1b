"""The cards: what their sources say of them."""

from collections import Counter

import pytest

from isogloss.data.languages import canonical_language
from isogloss.tasks.suites import SUITES
from isogloss.tasks.suites.card import choose_subsets


def names(suite: str) -> list[str]:
    return [subset.languages for subset in SUITES[suite].subsets]


def test_the_suites_have_the_sets_that_their_papers_name() -> None:
    assert names("sts17-paper") == (
        ["en-en", "es-es", "ar-ar", "en-ar", "en-de", "en-tr", "en-es", "en-fr", "en-it", "en-nl"]
    )
    assert names("sts17") == [*names("sts17-paper"), "ko-ko"]
    assert names("bias") == names("sts17-paper")
    assert sum(subset.n or 0 for subset in SUITES["sts17"].subsets) == 5346  # as mteb counts them
    mstsb = SUITES["mstsb"].subsets
    assert Counter(subset.monolingual for subset in mstsb) == {True: 16, False: 15}
    assert all(subset.first == "en" for subset in mstsb if not subset.monolingual)
    assert len(SUITES["tatoeba"].subsets) == 112
    assert sum(s.n or 0 for s in SUITES["tatoeba"].subsets) == 88877  # as mteb counts them
    assert names("bucc2018") == ["de-en", "fr-en", "ru-en", "zh-en"]


@pytest.mark.parametrize("name", SUITES)
def test_a_card_is_filled_in(name: str) -> None:
    card = SUITES[name]
    assert card.name == name
    assert all([card.title, card.source, card.licence, card.citation])
    assert card.hub is None or len(card.hub.revision) == 40
    shown = [subset.languages for subset in card.subsets]
    assert len(set(shown)) == len(shown)
    assert all(canonical_language(code) for code in card.languages)


def test_a_choice_of_languages_keeps_what_is_in_and_between_them_and_english() -> None:
    kept = choose_subsets(SUITES["sts17-paper"].subsets, ["de", "tr", "uk"])
    assert [subset.languages for subset in kept.subsets] == ["en-en", "en-de", "en-tr"]
    assert kept.lacking == ["uk"]
    everything = choose_subsets(SUITES["sts17"].subsets, None)
    assert (len(everything.subsets), everything.lacking) == (11, [])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("zh", {"zh-CN", "zh-TW"}),
        ("zh-Hant", {"zh-TW"}),
        ("zh-CN", {"zh-CN"}),
    ],
)
def test_a_language_takes_its_varieties(wanted: str, found: set[str]) -> None:
    kept = choose_subsets(SUITES["mstsb"].subsets, [wanted]).subsets
    assert {subset.second for subset in kept} - {"en"} == found


def test_iso_639_3_codes_are_known_by_their_languages() -> None:
    kept = choose_subsets(SUITES["tatoeba"].subsets, ["de", "nb", "dtp"]).subsets
    assert [(s.first, s.languages) for s in kept] == [
        ("deu", "de-en"),
        ("dtp", "dtp-en"),
        ("kzj", "kzj-en"),
        ("nob", "nb-en"),
    ]
