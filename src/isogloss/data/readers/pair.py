"""What every reader gives, and what a reader is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from isogloss.data.places import Where
from isogloss.data.rejects import Reason, RejectFile

LEAST, MOST = 1e-30, 1e30
"""Weights between which float32 can count."""


class RawPair(NamedTuple):
    """A pair as it stands in its file.

    Attributes:
        number: line, translation unit or record, counted from 1.
        source: source text, not cleaned.
        target: target text, not cleaned.
        weight: what the pair counts, above 0; 1 where the place has no column of weights.
    """

    number: int
    source: str
    target: str
    weight: float = 1.0


Reader = Callable[[Where, RejectFile], Iterator[RawPair]]
"""Streams a place's pairs in bounded memory; rows it cannot read go to the rejects by number."""


def weighted(pair: tuple[int, str, str], weight: object, rejects: RejectFile) -> Iterator[RawPair]:
    """The pair with its weight; rejected if the weight is not a number above 0.

    Args:
        pair: number, source and target.
        weight: as it stands in the file; None where it is missing.
        rejects: told of a pair without one.
    """
    try:
        value = float(weight) if isinstance(weight, str | int | float) else 0.0
    except (ValueError, OverflowError):
        value = 0.0
    if LEAST <= value <= MOST and not isinstance(weight, bool):
        yield RawPair(*pair, value)
    else:
        rejects.add(pair[0], Reason.WEIGHT, f"{pair[1]}\t{pair[2]}", str(weight)[:40])
