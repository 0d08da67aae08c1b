"""Filters that compare a pair with others: with what is tested, and with what was there before."""

import logging
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from isogloss.corpora.filters.filter import Fault, Pair, Unlearned, importing
from isogloss.corpora.filters.numbers import numbers_of
from isogloss.data.cleaning import pair_key
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason
from isogloss.data.scripts import is_optional_mark, marks
from isogloss.keys import KeySet, text_key

logger = logging.getLogger(__name__)

MB_PAIRS = 700
"""Pairs that are compared in a megabyte: 1.4 kB each were measured."""

_PERMUTATIONS = 64
_GRAM = 4
_SHORT = 60
"""Letters of both sides below which two pairs are one only if every estimate says that they are."""


def bare(text: str) -> str:
    """A text as it is compared with tests: letters and digits alone, in one case and one form.

    Vowel signs and tones are letters; marks that readers of Arabic and Hebrew leave out are not.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii() or marks().isdisjoint(folded):
        return "".join(filter(str.isalnum, folded)) or folded.strip()
    return "".join(filter(_is_written, folded)) or folded.strip()


@cache
def _is_written(sign: str) -> bool:
    """Whether a sign tells one text from another."""
    return sign.isalnum() or (sign in marks() and not is_optional_mark(sign))


def bare_key(text: str) -> int:
    """A 64-bit hash of `bare` text."""
    return text_key(bare(text))


class Leaked(Unlearned):
    """A side is a sentence of an evaluation set, but for case, spaces and punctuation."""

    name = "tested"

    def __init__(self, texts: Iterable[str]) -> None:
        """Note the sentences.

        Args:
            texts: of the evaluation sets, in any language.
        """
        self._keys = {bare_key(text) for text in texts}

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Say so where nothing was named to keep out."""
        return "" if self._keys else "no evaluation sets were named"

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Look both sides up."""
        found: list[Fault | None] = []
        for pair in pairs:
            sides = [bare_key(text) in self._keys for text in pair]
            which = (
                "both sides"
                if all(sides)
                else ("source", "target")[sides.index(True)]
                if any(sides)
                else ""
            )
            found.append(Fault(Reason.TESTED, which) if which else None)
        return found


class Duplicates(Unlearned):
    """The pair was there before, in this place or an earlier one of the same languages."""

    name = "duplicates"

    def __init__(self) -> None:
        self._seen = KeySet()

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Keep the first of equal pairs."""
        new = [self._seen.add(pair_key(*pair)) for pair in pairs]
        return [None if is_new else Fault(Reason.DUPLICATE) for is_new in new]

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Note pairs that were kept."""
        for pair in pairs:
            self._seen.add(pair_key(*pair))


class NearDuplicates(Unlearned):
    """Both sides together are nearly equal to an earlier pair, and their numbers are the same.

    Likeness is the Jaccard index of the sets of four letters in a row, estimated by MinHash.
    """

    name = "near-duplicates"

    def __init__(self, alike: float, among: int) -> None:
        """Set the likeness.

        Args:
            alike: Jaccard index from which on two pairs are one, 0 to 1.
            among: kept pairs that a pair is compared with, the latest of them.
        """
        with importing(self.name, "rensa"):
            import rensa
        self._alike, self._among = alike, among
        self._make: Any = rensa.RMinHash
        self._index = rensa.RMinHashLSH(alike, _PERMUTATIONS, 8)
        self._kept: dict[int, tuple[Any, frozenset[tuple[str, int]]]] = {}
        self._n = 0

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare each pair with those kept before, these among them."""
        return [self._fault(pair) for pair in pairs]

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Note pairs that were kept."""
        for pair in pairs:
            self._note(self._hashed(pair), _numbers(pair))

    def _fault(self, pair: Pair) -> Fault | None:
        hashed, numbers = self._hashed(pair), _numbers(pair)
        alike = self._alike if sum(map(len, pair)) >= _SHORT else 1.0
        for at in self._index.query(hashed):
            other, known = self._kept[at]
            if known == numbers and hashed.jaccard(other) >= alike:
                return Fault(Reason.NEAR, f"likeness {hashed.jaccard(other):.2f}")
        self._note(hashed, numbers)
        return None

    def _note(self, hashed: Any, numbers: frozenset[tuple[str, int]]) -> None:
        self._index.insert(self._n, hashed)
        self._kept[self._n] = hashed, numbers
        self._n += 1
        if self._n > self._among:
            self._forget(self._n - self._among - 1)

    def _forget(self, oldest: int) -> None:
        """Compare no more with a pair."""
        if oldest == 0:
            logger.warning(
                "more than %s pairs are kept: near duplicates are found among the latest %s of "
                "them alone, which keeps memory within %s MB; a larger filtering.near_among finds "
                "those that lie farther apart",
                *(f"{number:,}" for number in (self._among, self._among, self._among // MB_PAIRS)),
            )
        self._index.remove(oldest)
        del self._kept[oldest]

    def _hashed(self, pair: Pair) -> Any:
        text = "\t".join(bare(side) for side in pair)
        hashed = self._make(_PERMUTATIONS, 0)
        hashed.update([text[i : i + _GRAM] for i in range(max(1, len(text) - _GRAM + 1))])
        return hashed


def _numbers(pair: Pair) -> frozenset[tuple[str, int]]:
    return frozenset((numbers_of(pair[0]) | numbers_of(pair[1])).items())
