"""Strict and lax scores of alignments, counted by hand."""

import pytest

from isogloss.metrics.alignment import LinkCounts, count_links, lax_score, strict_score

GOLD = [((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((4,), (2, 3))]


def test_gold_itself_is_right_in_every_way() -> None:
    counts = count_links(GOLD, GOLD)
    assert strict_score(counts) == lax_score(counts) == (1.0, 1.0, 1.0)


def test_a_part_of_a_link_is_right_laxly_alone() -> None:
    found = [((0,), (0,)), ((1,), (1,)), ((2,), ()), ((3,), ()), ((4,), (2, 3))]
    counts = count_links(found, GOLD)
    assert strict_score(counts) == pytest.approx((3 / 5, 2 / 3, 12 / 19))
    # the line 2 is left alone where gold pairs it: wrong laxly, too
    assert lax_score(counts) == pytest.approx((4 / 5, 1.0, 8 / 9))


def test_recall_does_not_count_lines_without_partner() -> None:
    counts = count_links([((0,), (0,)), ((1, 2), (1,)), ((4,), (2, 3)), ((3,), (9,))], GOLD)
    assert (counts.gold, counts.gold_strict) == (3, 3)
    assert (counts.found, counts.found_strict, counts.found_lax) == (4, 3, 3)


def test_a_link_must_share_both_sides_with_the_same_link() -> None:
    counts = count_links([((0,), (1,))], [((0,), (0,)), ((1,), (1,))])
    assert (counts.found_lax, counts.gold_lax) == (0, 0)


def test_documents_are_added_up_and_nothing_scores_0() -> None:
    nothing = count_links([], [])
    assert strict_score(nothing) == (0.0, 0.0, 0.0)
    assert nothing.plus(count_links(GOLD, GOLD)) == LinkCounts(4, 4, 4, 3, 3, 3)
    assert count_links([((), ())], GOLD).found == 0
