"""What a corpus holds, counted in one pass: rows, lengths, scripts, duplicates, tests."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from isogloss.corpora.filters.seen import bare_key
from isogloss.corpora.words import words_of
from isogloss.data.cleaning import pair_key, tidy
from isogloss.data.readers import RawPair
from isogloss.data.scripts import main_alphabet, script_name
from isogloss.keys import KeySet

SHOWN = 5
"""Pairs of the sample."""


@dataclass
class SideStatistics:
    """One side of a corpus.

    Attributes:
        language: its code.
        lengths: number of texts by their length in characters.
        scripts: number of texts by the script of most of their letters; empty: no letters.
        words: number of occurrences by word.
        distinct: different texts.
        empty: texts without a letter or digit.
    """

    language: str
    lengths: Counter[int] = field(default_factory=Counter)
    scripts: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    distinct: int = 0
    empty: int = 0

    def quantile(self, share: float) -> int:
        """The length that a share of the texts do not exceed."""
        left = share * self.lengths.total()
        for length in sorted(self.lengths):
            left -= self.lengths[length]
            if left <= 0:
                return length
        return 0

    def as_json(self) -> dict[str, object]:
        """The side in a few numbers."""
        return {
            "language": self.language,
            "characters": sum(length * n for length, n in self.lengths.items()),
            "median_length": self.quantile(0.5),
            "p95_length": self.quantile(0.95),
            "longest": max(self.lengths, default=0),
            "words": self.words.total(),
            "different_words": len(self.words),
            "different_texts": self.distinct,
            "empty": self.empty,
            "scripts": dict(self.scripts.most_common()),
        }


@dataclass
class Statistics:
    """A corpus.

    Attributes:
        where: the place.
        languages: its pair.
        source: the first side.
        target: the second side.
        pairs: rows that could be read.
        unreadable: rows that could not, by reason; `pairs` and these are all.
        duplicates: pairs that were there before.
        identical: pairs of which both sides are equal but for case.
        tested: pairs with a sentence of an evaluation set, by the set.
        sample: a few pairs, drawn at random.
    """

    where: str
    languages: str
    source: SideStatistics
    target: SideStatistics
    pairs: int = 0
    unreadable: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    identical: int = 0
    tested: Counter[str] = field(default_factory=Counter)
    sample: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sides(self) -> tuple[SideStatistics, SideStatistics]:
        """Both sides."""
        return self.source, self.target

    def as_json(self) -> dict[str, object]:
        """The corpus as plain JSON."""
        return {
            "where": self.where,
            "languages": self.languages,
            "read": self.pairs + sum(self.unreadable.values()),
            "pairs": self.pairs,
            "unreadable": self.unreadable,
            "duplicates": self.duplicates,
            "identical": self.identical,
            "tested": dict(self.tested),
            "source": self.source.as_json(),
            "target": self.target.as_json(),
            "sample": self.sample,
        }


def count_pairs(
    found: Statistics, rows: Iterable[RawPair], tested: Mapping[str, frozenset[int]]
) -> Statistics:
    """Count the pairs of a corpus.

    Args:
        found: the corpus, nothing counted.
        rows: its rows, read once.
        tested: keys (`bare_key`) of the sentences of evaluation sets.

    Returns:
        The same object.
    """
    draw = random.Random(0)
    seen, different = KeySet(), (KeySet(), KeySet())
    for row in rows:
        pair = tidy(row.source), tidy(row.target)
        found.pairs += 1
        _sample(found, pair, draw)
        found.duplicates += not seen.add(pair_key(*pair))
        found.identical += pair[0].casefold() == pair[1].casefold()
        keys = [bare_key(text) for text in pair]
        for name, known in tested.items():
            found.tested[name] += any(key in known for key in keys)
        for side, text, known_texts, bare in zip(found.sides, pair, different, keys, strict=True):
            side.lengths[len(text)] += 1
            side.scripts[script_name(main_alphabet(text))] += 1
            side.words.update(words_of(text))
            side.empty += not any(map(str.isalnum, text))
            known_texts.add(bare)
    found.source.distinct, found.target.distinct = map(len, different)
    return found


def _sample(found: Statistics, pair: tuple[str, str], draw: random.Random) -> None:
    """Keep a few pairs, each with the same chance (reservoir sampling)."""
    if len(found.sample) < SHOWN:
        found.sample.append(pair)
    elif (at := draw.randrange(found.pairs)) < SHOWN:
        found.sample[at] = pair
