"""The pairs that a place holds, and how many of its rows are rejected."""

from isogloss.data.places import parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile


def read(text: str) -> tuple[list[RawPair], dict[str, int]]:
    """All pairs at a place, and the counts of rejects."""
    where = parse_where(text)
    with RejectFile() as rejects:
        return list(READERS[where.kind](where, rejects)), rejects.counts


def sides(pairs: list[RawPair]) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in pairs]
