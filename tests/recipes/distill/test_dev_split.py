"""Dev pairs for every language, and no language trains on what another one is tested by."""

import pytest

from isogloss.data.loading import LoadedPairs, PairsReport
from isogloss.data.parallel import ParallelSentences
from isogloss.errors import InputError
from isogloss.recipes.distill.dev_split import MIN_DEV, MIN_HELD_OUT, check_enough, split_dev


def part(language: str, start: int, end: int) -> ParallelSentences:
    source = [f"Sentence number {k}." for k in range(start, end)]
    return ParallelSentences("en", language, source, [f"{language} {k}" for k in range(start, end)])


def test_the_largest_language_gives_what_is_wanted() -> None:
    held = split_dev([part("de", 0, 40_000)], dev_pairs=500)
    assert len(held.dev["de"]) == pytest.approx(500, rel=0.2)
    assert len(held.train[0]) + len(held.dev["de"]) == 40_000


def test_never_more_than_a_twentieth() -> None:
    held = split_dev([part("de", 0, 4_000)], dev_pairs=1_000)
    assert len(held.dev["de"]) == pytest.approx(200, rel=0.25)


def test_a_small_language_beside_a_large_one_has_enough() -> None:
    held = split_dev([part("de", 0, 40_000), part("tt", 100, 1_600)], dev_pairs=100)
    assert len(held.dev["tt"]) == pytest.approx(MIN_DEV, rel=0.4)
    assert len(held.dev["de"]) == pytest.approx(100, rel=0.4)


def test_no_language_trains_on_a_source_sentence_that_is_held_out() -> None:
    shouted = [text.upper() + " " for text in part("uk", 0, 900).source]
    parts = [
        part("de", 0, 20_000),
        ParallelSentences("en", "uk", shouted, part("uk", 0, 900).target),
        part("uk", 500, 1_500),
    ]
    held = split_dev(parts, dev_pairs=50)
    out = {text.strip().casefold() for dev in held.dev.values() for text in dev.source}
    trained = {text.strip().casefold() for train in held.train for text in train.source}
    assert not out & trained
    assert set(held.dev) == {"de", "uk"}
    assert [train.target_language for train in held.train] == ["de", "uk", "uk"]


def test_no_language_trains_on_a_target_sentence_that_is_held_out() -> None:
    """Many to many, as Tatoeba is: each German sentence stands under two English ones."""
    source = [f"Sentence number {k}." for k in range(4_000)]
    target = [f"de {k // 2}" for k in range(4_000)]
    held = split_dev([ParallelSentences("en", "de", source, target)], 200)
    assert len(held.dev["de"]) == pytest.approx(200, rel=0.25)
    assert not set(held.dev["de"].target) & set(held.train[0].target)
    assert len(held.train[0]) > 3_400


def test_every_language_holds_out_enough_to_be_measured() -> None:
    for start in range(0, 2_000, 100):
        held = split_dev([part("de", 0, 40_000), part("tt", start, start + 100)], dev_pairs=40)
        assert len(set(held.dev["tt"].source)) >= MIN_HELD_OUT
        assert len(held.dev["tt"]) <= 15


def test_a_source_sentence_is_held_out_in_all_places_of_its_language() -> None:
    other = ParallelSentences("en", "de", part("de", 0, 900).source, part("xx", 0, 900).target)
    held = split_dev([part("de", 0, 20_000), other], dev_pairs=50)
    out = set(held.dev["de"].source)
    assert not out & {text for train in held.train for text in train.source}
    assert len(held.dev["de"]) + sum(map(len, held.train)) == 20_900


def loaded(*parts: ParallelSentences) -> list[LoadedPairs]:
    return [
        LoadedPairs(
            p, PairsReport("corpus.tsv", f"en-{p.target_language}", "", 300, len(p), {"empty": 198})
        )
        for p in parts
    ]


@pytest.mark.parametrize("n", [1, 2, 3, 21, 99])
def test_a_language_of_few_source_sentences_is_refused(n: int) -> None:
    with pytest.raises(
        InputError,
        match=rf"en-uk has {n} usable pairs? with {n} different source sentences? \(corpus\.tsv: "
        r"198 of 300 rows are dropped, 198 empty\); expected at least 100 .*FILE\?source=2",
    ):
        check_enough(loaded(part("de", 0, 400), part("uk", 0, n)))


def test_pairs_of_few_source_sentences_are_few() -> None:
    yes = ParallelSentences("en", "de", ["Yes.", " yes."] * 300, [f"Ja {k}." for k in range(600)])
    with pytest.raises(InputError, match="600 usable pairs with 1 different source sentence"):
        check_enough(loaded(yes))


@pytest.mark.parametrize("n", [100, 101])
def test_a_language_has_enough_where_its_places_have_together(n: int) -> None:
    check_enough(loaded(part("de", 0, 30), part("uk", 0, 100), part("de", 30, n)))
