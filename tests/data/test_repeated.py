"""A pair that several places hold is one pair."""

from pathlib import Path

import pytest

from isogloss.data.draw import draw_pairs, drawn_before
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.repeated import REPEATED, without_repeated


@pytest.fixture
def places(tmp_path: Path) -> list[LoadedPairs]:
    """Rows 0-59 and 40-99 in German, and 0-59 in Ukrainian."""
    found = []
    for name, rows in (("a.en-de", range(60)), ("b.en-de", range(40, 100)), ("c.en-uk", range(60))):
        path = tmp_path / f"{name}.tsv"
        path.write_text("".join(f"English {i}.\tAnderes {i}.\n" for i in rows), encoding="utf-8")
        found.append(load_parallel(str(path)))
    return found


def test_the_first_place_keeps_it_and_the_others_account_for_it(places: list[LoadedPairs]) -> None:
    first, second, other = without_repeated(places)
    assert (first, other) == (places[0], places[2])
    assert second.report.dropped == {REPEATED: 20}
    assert second.report.read == second.report.kept + 20 == len(second.sentences) + 20
    assert not set(first.sentences) & set(second.sentences)
    assert set(first.sentences) | set(second.sentences) == {
        (f"English {i}.", f"Anderes {i}.") for i in range(100)
    }


def test_a_place_is_known_again_by_its_own_pairs(places: list[LoadedPairs]) -> None:
    """A student that learns more compares the fingerprints of the places it was taught."""
    drawn = [draw_pairs(part, 50) for part in places]
    once = without_repeated([drawn[0], drawn[1]])[1].report
    assert once.fingerprint == drawn[1].report.fingerprint
    assert once.kept < 50
    before = drawn_before(once.kept, once.dropped)
    assert draw_pairs(places[1], before).report.fingerprint == once.fingerprint


def test_a_place_named_twice_gives_nothing_the_second_time(places: list[LoadedPairs]) -> None:
    assert [len(p.sentences) for p in without_repeated([places[0], places[0]])] == [60, 0]
