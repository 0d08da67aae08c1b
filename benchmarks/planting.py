"""Documents with known changes: real sentences, of which some are merged, split, deleted, moved."""

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

Lines = tuple[int, ...]

CLAUSE = re.compile(r"(?<=[,;:\u3001\uff0c\uff1b])\s*|\s+(?=[-–]\s)")
"""A sentence may be split behind a comma, a semicolon or a colon of any script, or a dash."""


class Planted(NamedTuple):
    """Two documents, and which lines of them belong together."""

    source: list[str]
    target: list[str]
    gold: list[tuple[Lines, Lines]]
    """Numbers of lines from 0; one side is empty where a line has no partner."""


class Rates(NamedTuple):
    """Shares of sentence pairs that a change begins at."""

    merged: float = 0.08
    split: float = 0.06
    deleted: float = 0.05
    paragraph_deleted: float = 0.008
    paragraph_moved: float = 0.012


class _Unit(NamedTuple):
    """What stays together; the target may be moved."""

    source: list[str]
    target: list[str]


def plant(pairs: Sequence[tuple[str, str]], seed: int, rates: Rates = Rates()) -> Planted:  # noqa: B008
    """Change documents that are translations of each other line by line.

    Args:
        pairs: sentences and their translations, in order.
        seed: decides which are changed.
        rates: how many.

    Returns:
        The changed documents and their alignment.
    """
    chance = random.Random(seed)
    units = _changed(pairs, chance, rates)
    order = _moved(len(units), chance, rates)
    source: list[str] = []
    target: list[str] = []
    left: list[Lines] = []
    right: dict[int, Lines] = {}
    for unit in units:
        left.append(tuple(range(len(source), len(source) + len(unit.source))))
        source += unit.source
    for number in order:
        lines = units[number].target
        right[number] = tuple(range(len(target), len(target) + len(lines)))
        target += lines
    gold: list[tuple[Lines, Lines]] = []
    for number, one in enumerate(left):
        if one and right[number]:
            gold.append((one, right[number]))
        else:
            gold += [((line,), ()) for line in one]
            gold += [((), (line,)) for line in right[number]]
    return Planted(source, target, gold)


def _changed(pairs: Sequence[tuple[str, str]], chance: random.Random, rates: Rates) -> list[_Unit]:
    kinds = ["merged", "split", "deleted", "paragraph_deleted", "unchanged"]
    shares = [rates.merged, rates.split, rates.deleted, rates.paragraph_deleted]
    shares.append(1 - sum(shares))
    units = []
    at = 0
    while at < len(pairs):
        (kind,) = chance.choices(kinds, shares)
        size = 1
        if kind == "merged":
            size = chance.choices((2, 3), (85, 15))[0]
        elif kind == "paragraph_deleted":
            size = chance.randint(3, 6)
        sides = [[pair[side] for pair in pairs[at : at + size]] for side in (0, 1)]
        changed = chance.choice(sides)
        if kind == "merged":
            changed[:] = [" ".join(changed)]
        elif kind == "split":
            changed[:] = _split(changed[0])
        elif kind != "unchanged":
            changed.clear()
        units.append(_Unit(*sides))
        at += size
    return units


def _split(sentence: str) -> list[str]:
    """The sentence in two, at the clause nearest to its middle; whole where it is too short."""
    cuts = [match.start() for match in CLAUSE.finditer(sentence)]
    cuts = [cut for cut in cuts if 15 <= cut <= len(sentence) - 15]
    if not cuts:
        return [sentence]
    cut = min(cuts, key=lambda place: abs(place - len(sentence) / 2))
    return [sentence[:cut].strip(), sentence[cut:].strip()]


def _moved(count: int, chance: random.Random, rates: Rates) -> list[int]:
    """The order of units on the target side: paragraphs put in elsewhere."""
    order = list(range(count))
    for _ in range(round(rates.paragraph_moved * count)):
        size = chance.randint(2, 6)
        start = chance.randrange(max(1, count - size))
        block = order[start : start + size]
        del order[start : start + size]
        place = chance.randrange(len(order) + 1)
        order[place:place] = block
    return order
