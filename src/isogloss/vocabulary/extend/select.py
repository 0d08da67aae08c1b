"""Which of the learnt pieces earn a row: add them all, count their uses, keep the useful ones.

A piece is used where it is cut out, and where it is a part of another: a BPE merge rests on the
merges below it, and a word that holds an unknown letter falls to [UNK] as soon as no longer piece
covers it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from isogloss.protocols import BoolArray, LongArray
from isogloss.vocabulary.extend.parts import CountedTexts, parts_at_spaces
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    ExtendedTokenizer,
    State,
    count_tokens,
    load_tokenizer,
    number_of_ids,
)

SOURCE_SAMPLE = 300_000
"""Source sentences whose cut is looked at, and compared with the teacher's."""

ROUNDS = 2
"""Uses are counted again without the pieces dropped first: what they cut falls to others."""


@dataclass(frozen=True)
class Candidates:
    """A teacher and the pieces it may get.

    Attributes:
        teacher: its parsed tokenizer.json, added tokens settled.
        pieces: new pieces in the order of their ids; parts come before what is made of them.
        build: pieces to keep → the student's parsed tokenizer.json, their ids following the
            teacher's in order.
        text: piece → the text it stands for.
        parts: piece → the new pieces it is made of, as often as they occur in it; a missing piece
            has none.
        letters: new pieces that are characters the teacher has no token for. Pieces made of them
            are never dropped for the source: the teacher's cut of such words is [UNK], and nobody
            wants it back.
        stands_on_parts: whether a piece cannot exist without its parts (BPE).
        at_spaces: see `ExtendedTokenizer`: whether each different part needs to be cut only once.
    """

    teacher: State
    pieces: Sequence[str]
    build: Callable[[Sequence[str]], State]
    text: Callable[[str], str]
    parts: Mapping[str, Sequence[str]]
    letters: frozenset[str] = frozenset()
    stands_on_parts: bool = False
    at_spaces: bool = False

    @cached_property
    def n_old(self) -> int:
        """Number of ids the teacher has."""
        return number_of_ids(self.teacher)

    def only(self, keep: BoolArray) -> "Candidates":
        """The same with some of the pieces; `keep` is `(len(pieces),)`."""
        kept = [piece for piece, wanted in zip(self.pieces, keep, strict=True) if wanted]
        return replace(self, pieces=kept)


@dataclass(frozen=True)
class Uses:
    """How often each new piece is used in some text.

    Attributes:
        counts: uses, alone or as part of another piece, `(len(pieces),)`.
        total: tokens of the text.
    """

    counts: LongArray
    total: int

    @property
    def rates(self) -> npt.NDArray[np.float64]:
        """Uses per token, `(len(pieces),)`."""
        return self.counts / max(1, self.total)


def select_tokens(
    candidates: Candidates,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Keep the pieces that cut enough target text and leave the source text alone.

    Args:
        candidates: the teacher and its candidates.
        targets: language to sentences; a piece has to be useful in one of them.
        source: sentences of the source language.
        settings: `min_count` and `source_share`.

    Returns:
        The extended tokenizer, new ids in the order of the candidates.
    """
    dropped, met = 0, parts_at_spaces if candidates.at_spaces else CountedTexts
    of_source, of_targets = met(source), [met(texts) for texts in targets.values()]
    for _ in range(ROUNDS):
        tokenizer = load_tokenizer(candidates.build(candidates.pieces))
        in_source = _uses(candidates, tokenizer, of_source)
        keep = np.zeros(len(candidates.pieces), bool)
        used = np.zeros(len(candidates.pieces), bool)
        for texts in of_targets:
            in_target = _uses(candidates, tokenizer, texts)
            keep |= useful(candidates, in_target, in_source, settings)
            used |= enough(candidates, in_target, settings)
        keep &= supported(candidates, keep)
        dropped += int((used & ~keep).sum())
        candidates = candidates.only(keep)
    return ExtendedTokenizer(
        state=candidates.build(candidates.pieces),
        n_old=candidates.n_old,
        tied={
            candidates.n_old + i: candidates.text(piece)
            for i, piece in enumerate(candidates.pieces)
        },
        dropped_for_source=dropped,
        at_spaces=candidates.at_spaces,
    )


def _uses(candidates: Candidates, tokenizer: Tokenizer, met: CountedTexts) -> Uses:
    """Uses of each new piece in some text."""
    size = candidates.n_old + len(candidates.pieces)
    return count_uses(candidates, count_tokens(tokenizer, met.texts, size, met.times))


def count_uses(candidates: Candidates, tokens: LongArray) -> Uses:
    """Uses of each new piece, from how often each token is cut out.

    Args:
        candidates: the candidates.
        tokens: count of each id, `(n_old + len(pieces),)`.

    Returns:
        Uses of each piece: for BPE how often its merge is made, for a letter how often it occurs.
    """
    counts = tokens[candidates.n_old :].copy()
    place = {piece: i for i, piece in enumerate(candidates.pieces)}
    for i in reversed(range(len(counts))):
        for part in candidates.parts.get(candidates.pieces[i], ()):
            if part in place:
                counts[place[part]] += counts[i]
    return Uses(counts, int(tokens.sum()))


def useful(
    candidates: Candidates, target: Uses, source: Uses, settings: VocabularySettings
) -> BoolArray:
    """Which pieces the target text needs and the source text hardly meets, `(len(pieces),)`."""
    rare_in_source = source.rates <= settings.source_share * target.rates
    unwritable: set[str] = set(candidates.letters)
    for piece in candidates.pieces:
        if unwritable.intersection(candidates.parts.get(piece, ())):
            unwritable.add(piece)
    excused = np.array([piece in unwritable for piece in candidates.pieces], bool)
    return enough(candidates, target, settings) & (rare_in_source | excused)


def enough(candidates: Candidates, target: Uses, settings: VocabularySettings) -> BoolArray:
    """Which pieces the target text uses often enough, `(len(pieces),)`.

    A letter is worth its row from the first time on, in every form it has: without it each word it
    occurs in is [UNK].
    """
    counted = zip(candidates.pieces, target.counts, strict=True)
    written = {
        candidates.text(piece) for piece, count in counted if count and piece in candidates.letters
    }
    needed = [
        piece in candidates.letters and candidates.text(piece) in written
        for piece in candidates.pieces
    ]
    return (target.counts >= settings.min_count) | np.array(needed, bool)


def supported(candidates: Candidates, keep: BoolArray) -> BoolArray:
    """Which pieces can exist when only some are kept, `(len(pieces),)`."""
    if not candidates.stands_on_parts:
        return np.ones(len(candidates.pieces), bool)
    kept: set[str] = set()
    for piece, wanted in zip(candidates.pieces, keep, strict=True):
        if wanted and kept.issuperset(candidates.parts.get(piece, ())):
            kept.add(piece)
    return np.array([piece in kept for piece in candidates.pieces], bool)
