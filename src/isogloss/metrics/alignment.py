"""Precision, recall and F1 of the alignment of documents, strict and lax.

An alignment is a list of links; a link is the lines of both documents that belong together, and one
side is empty where lines have no partner.

Source: Thompson & Koehn 2019, Vecalign (aclanthology.org/D19-1136), section 4, and the scorer that
comes with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Link = tuple[tuple[int, ...], tuple[int, ...]]
"""Numbers of source lines and of target lines, each in order."""


class LinkCounts(NamedTuple):
    """Links that are right; add up those of several documents before a score is computed.

    Attributes:
        found: links of the alignment, those without a partner among them.
        found_strict: of these, how many are links of the gold.
        found_lax: of these, how many are, or share a source line and a target line with one.
        gold: links of the gold that have both sides.
        gold_strict: of these, how many are links of the alignment.
        gold_lax: of these, how many are, or share a source line and a target line with one.
    """

    found: int
    found_strict: int
    found_lax: int
    gold: int
    gold_strict: int
    gold_lax: int

    def plus(self, other: "LinkCounts") -> "LinkCounts":
        """The counts of two documents."""
        return LinkCounts(*(a + b for a, b in zip(self, other, strict=True)))


class AlignmentScore(NamedTuple):
    """Shares in [0, 1], higher is better; 0 where nothing can be counted."""

    precision: float
    recall: float
    f1: float


def count_links(found: Iterable[Link], gold: Iterable[Link]) -> LinkCounts:
    """Compare an alignment with gold.

    A line rightly left without partner counts for precision; recall counts links of both sides
    alone.

    Args:
        found: the alignment.
        gold: what is right.
    """
    links, right = _proper(found), _proper(gold)
    whole, wanted = _both_sides(links), _both_sides(right)
    return LinkCounts(len(links), *_right(links, right), len(wanted), *_right(wanted, whole))


def strict_score(counts: LinkCounts) -> AlignmentScore:
    """A link is right if gold has the very same."""
    return _score(counts, counts.found_strict, counts.gold_strict)


def lax_score(counts: LinkCounts) -> AlignmentScore:
    """A link is right if it shares lines of both sides with one of gold.

    Example:
        >>> counts = count_links([((0,), (0,)), ((1,), ())], [((0, 1), (0,))])
        >>> strict_score(counts).f1, lax_score(counts).precision, lax_score(counts).recall
        (0.0, 0.5, 1.0)
    """
    return _score(counts, counts.found_lax, counts.gold_lax)


def _proper(links: Iterable[Link]) -> list[Link]:
    return [link for link in links if link[0] or link[1]]


def _both_sides(links: Sequence[Link]) -> list[Link]:
    return [link for link in links if link[0] and link[1]]


def _right(links: Sequence[Link], others: Sequence[Link]) -> tuple[int, int]:
    """How many links are among others, strictly and laxly."""
    same = set(others)
    partners: defaultdict[int, set[int]] = defaultdict(set)
    for source, target in others:
        for line in source:
            partners[line].update(target)
    strict = [link in same for link in links]
    lax = [
        is_same or any(not partners[line].isdisjoint(target) for line in source)
        for is_same, (source, target) in zip(strict, links, strict=True)
    ]
    return sum(strict), sum(lax)


def _score(counts: LinkCounts, found: int, gold: int) -> AlignmentScore:
    precision = found / counts.found if counts.found else 0.0
    recall = gold / counts.gold if counts.gold else 0.0
    total = precision + recall
    return AlignmentScore(precision, recall, 2 * precision * recall / total if total else 0.0)
