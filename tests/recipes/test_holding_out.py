"""Dev pairs for every language, and no language trains on what another one is tested by."""

import pytest

from isogloss.data.parallel import ParallelSentences
from isogloss.errors import InputError
from isogloss.recipes.holding_out import LEAST_DEV, hold_out


def part(language: str, start: int, end: int) -> ParallelSentences:
    source = [f"Sentence number {k}." for k in range(start, end)]
    return ParallelSentences("en", language, source, [f"{language} {k}" for k in range(start, end)])


def test_the_largest_language_gives_what_is_wanted() -> None:
    held = hold_out([part("de", 0, 40_000)], dev_pairs=500)
    assert len(held.dev["de"]) == pytest.approx(500, rel=0.2)
    assert len(held.train[0]) + len(held.dev["de"]) == 40_000


def test_never_more_than_a_twentieth() -> None:
    held = hold_out([part("de", 0, 4_000)], dev_pairs=1_000)
    assert len(held.dev["de"]) == pytest.approx(200, rel=0.25)


def test_a_small_language_beside_a_large_one_has_enough() -> None:
    held = hold_out([part("de", 0, 40_000), part("tt", 100, 1_600)], dev_pairs=100)
    assert len(held.dev["tt"]) == pytest.approx(LEAST_DEV, rel=0.4)
    assert len(held.dev["de"]) == pytest.approx(100, rel=0.4)


def test_no_language_trains_on_a_source_sentence_that_is_held_out() -> None:
    shouted = [text.upper() + " " for text in part("uk", 0, 900).source]
    parts = [
        part("de", 0, 20_000),
        ParallelSentences("en", "uk", shouted, part("uk", 0, 900).target),
        part("uk", 500, 1_500),
    ]
    held = hold_out(parts, dev_pairs=50)
    out = {text.strip().casefold() for dev in held.dev.values() for text in dev.source}
    trained = {text.strip().casefold() for train in held.train for text in train.source}
    assert not out & trained
    assert set(held.dev) == {"de", "uk"}
    assert [train.target_language for train in held.train] == ["de", "uk", "uk"]


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(InputError, match=r"en-uk has 2 usable pairs.*at least 100: add pairs"):
        hold_out([part("de", 0, 400), part("uk", 0, 2)], dev_pairs=10)
