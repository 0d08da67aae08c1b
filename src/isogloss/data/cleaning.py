"""Which pairs are fit to train on; lenient on purpose, since strict, stacked filters hurt.

Every filter counts what it drops.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import InputError
from isogloss.keys import KeySet, key_of
from isogloss.surrogates import surrogate_at

# Everything that ends a line or moves a cursor somewhere, and the C1 block; NUL is not here, it
# rejects the pair.
_CONTROLS = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029]+")
INVISIBLE = "\u00ad\u061c\u180e\ufeff" + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
)
"""Signs without a shape: soft hyphens, joiners, marks of direction, byte order marks.

Unicode's format characters that are ignored by default; tags, which spell flags, are not here."""
# Hangul, kana, Han (with radicals, compatibility and the planes beyond the first) and fullwidth
# forms.
_WIDE = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_WIDE_WEIGHT = 2.3
_SHORT_TEXTS = 20
"""Weighted length up to which a ratio says nothing: a greeting may be five times as long."""


@dataclass(frozen=True)
class Cleaning:
    """What to drop.

    Attributes:
        min_characters: a side with fewer is too short.
        max_characters: a side with more is too long.
        max_length_ratio: longer side over shorter side, in weighted characters (a Han, kana or
            Hangul character counts 2.3, which puts the median English-Chinese, -Japanese and
            -Korean ratio between 0.9 and 1.4); applied where the longer side has more than 20. 0
            sets no limit.
        drop_identical: drop pairs whose sides are equal but for case: not translated, or a bare
            name or number.
        drop_duplicates: keep the first of equal pairs (by a 64-bit hash; no texts are kept for it).

    Raises:
        InputError: a bound is out of its range.
    """

    min_characters: int = 1
    max_characters: int = 2000
    max_length_ratio: float = 4.0
    drop_identical: bool = True
    drop_duplicates: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.min_characters <= self.max_characters:
            raise InputError(
                f"min_characters {self.min_characters} and max_characters {self.max_characters}; "
                "expected 1 <= min_characters <= max_characters"
            )
        if self.max_length_ratio != 0 and not self.max_length_ratio >= 1:
            raise InputError(
                f"max_length_ratio {self.max_length_ratio}; expected at least 1, or 0 for no limit"
            )

    def fault(self, source: str, target: str) -> Reason | None:
        """The first reason to drop a pair of tidy texts, duplicates aside; None where it is fit."""
        shorter, longer = len(source), len(target)
        if shorter > longer:
            shorter, longer = longer, shorter
        if not (source.isprintable() and target.isprintable()):
            if "\0" in source or "\0" in target:
                return Reason.NUL
            if surrogate_at(source + target) is not None:
                return Reason.SURROGATE
        if not (source.strip(INVISIBLE) and target.strip(INVISIBLE)):
            return Reason.EMPTY
        if shorter < self.min_characters:
            return Reason.SHORT
        if longer > self.max_characters:
            return Reason.LONG
        if self.drop_identical and source.casefold() == target.casefold():
            return Reason.IDENTICAL
        # Weighting changes a ratio by at most the weight: most pairs are cleared without counting.
        weighted = longer * _WIDE_WEIGHT
        if (
            self.max_length_ratio
            and weighted > _SHORT_TEXTS
            and weighted > shorter * self.max_length_ratio
            and self._is_lopsided(source, target)
        ):
            return Reason.RATIO
        return None

    def _is_lopsided(self, source: str, target: str) -> bool:
        shorter_weight, longer_weight = sorted((weighted_length(source), weighted_length(target)))
        return (
            longer_weight > _SHORT_TEXTS and longer_weight > self.max_length_ratio * shorter_weight
        )


STANDARD = Cleaning()
"""The cleaning that is used where none is asked for."""


def weighted_length(text: str) -> float:
    """Length in characters of alphabetic text: a Han, kana or Hangul character counts as 2.3.

    Args:
        text: any text.

    Returns:
        A length that can be compared between scripts.
    """
    if text.isascii():
        return float(len(text))
    return len(text) + (_WIDE_WEIGHT - 1) * len(_WIDE.findall(text))


def tidy(text: str) -> str:
    """Strip outer white space; put one space for each run of tabs, line ends and controls.

    NUL and lone surrogates stay (a pair with one is rejected), and so does everything else: no
    Unicode normalization, no change of quotes.

    Args:
        text: a sentence as read.

    Returns:
        The sentence on one line; `tidy(tidy(x)) == tidy(x)`.
    """
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    return text.strip()


def clean_pairs(
    pairs: Iterable[RawPair],
    cleaning: Cleaning,
    rejects: RejectFile,
    weights: "array[float] | None" = None,
) -> Iterator[tuple[str, str]]:
    """Tidy pairs and pass on those that are fit.

    Args:
        pairs: as a reader gives them.
        cleaning: what to drop.
        rejects: told of everything dropped.
        weights: gets that of each pair that is passed on; None: nobody asks.

    Yields:
        `(source, target)`, tidy, in the order read.
    """
    seen = KeySet()
    for number, raw_source, raw_target, weight in pairs:
        source, target = tidy(raw_source), tidy(raw_target)
        reason = cleaning.fault(source, target)
        if reason is None and cleaning.drop_duplicates:
            reason = None if seen.add(pair_key(source, target)) else Reason.DUPLICATE
        if reason is None:
            if weights is not None:
                weights.append(weight)
            yield source, target
        else:
            rejects.add(number, reason, f"{source}\t{target}")


def pair_key(source: str, target: str) -> int:
    """A 64-bit hash of a tidy pair: pairs with the same hash are the same pair."""
    # A tab cannot occur in tidy text, so no two pairs share these bytes.
    return key_of(f"{source}\t{target}".encode())
