"""A development set that is the same sentences in every language."""

import heapq
import logging
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from isogloss.data.parallel import ParallelSentences
from isogloss.errors import InputError

if TYPE_CHECKING:
    from isogloss.protocols import BoolArray

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """Two parts that share no source sentence.

    Attributes:
        train: to learn from.
        dev: to choose the best checkpoint by.
    """

    train: ParallelSentences
    dev: ParallelSentences


def split_dev(sentences: ParallelSentences, *, share: float, salt: str = "isogloss-dev") -> Split:
    """Set a share of the source sentences aside.

    The side is decided by a hash of the source text alone (stripped, casefolded). So a source
    sentence falls on the same side in every language and every corpus, whatever its order or
    neighbors: nothing trained on in one language is developed on in another.

    Args:
        sentences: what to split.
        share: expected share of distinct source sentences in `dev`, in (0, 0.5].
        salt: another salt gives another split.

    Returns:
        Both parts, each in the order given. A part can be empty where there are few sentences; that
        is logged.

    Raises:
        InputError: the share is out of range.
    """
    import numpy as np

    held = held_out_sources(sentences.source, share=share, salt=salt)
    inside = in_sources(sentences.source, held)
    train, dev = np.flatnonzero(~inside), np.flatnonzero(inside)
    if sentences and not (len(train) and len(dev)):
        logger.warning(
            "a split of %d pairs at share %g leaves one part empty", len(sentences), share
        )
    return Split(train=sentences.take(train), dev=sentences.take(dev))


def source_key(source: str) -> str:
    """What of a source sentence decides its side: letter case, outer spaces and whether its marks
    are composed do not."""
    return unicodedata.normalize("NFC", source.strip().casefold())


def in_sources(texts: Sequence[str], keys: Set[str]) -> "BoolArray":
    """Which source sentences have one of some keys, see `source_key`; `(n,)`."""
    import numpy as np

    return np.fromiter((source_key(text) in keys for text in texts), np.bool_, len(texts))


def held_out_sources(
    sources: Sequence[str], *, share: float, least: int = 0, salt: str = "isogloss-dev"
) -> set[str]:
    """The source sentences that `split_dev` sets aside.

    Args:
        sources: of all pairs.
        share: expected share of distinct ones, in (0, 0.5].
        least: so many different ones at least, where there are as many: a larger share holds a
            smaller one.
        salt: another salt gives another split.

    Returns:
        Their `source_key`.

    Raises:
        InputError: the share is out of range.
    """
    if not 0 < share <= 0.5:
        raise InputError(f"share {share} of development pairs; expected above 0 and at most 0.5")
    bound = int(share * 2**64)
    prefix = blake2b(salt.encode(), digest_size=8)

    def place(key: str) -> int:
        digest = prefix.copy()
        digest.update(key.encode("utf-8", "surrogatepass"))
        return int.from_bytes(digest.digest())

    held = {key for key in map(source_key, sources) if place(key) < bound}
    if len(held) >= least:
        return held
    return set(heapq.nsmallest(least, set(map(source_key, sources)), key=place))
