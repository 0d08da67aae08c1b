"""What every reader gives, and what a reader is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from isogloss.data.places import Where
from isogloss.data.rejects import RejectFile


class RawPair(NamedTuple):
    """A pair as it stands in its file.

    Attributes:
        number: line, translation unit or record, counted from 1.
        source: source text, not cleaned.
        target: target text, not cleaned.
    """

    number: int
    source: str
    target: str


Reader = Callable[[Where, RejectFile], Iterator[RawPair]]
"""Streams a place's pairs in bounded memory; rows it cannot read go to the rejects by number."""
