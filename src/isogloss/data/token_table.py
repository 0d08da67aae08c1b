"""Tokenized sentences without Python lists: all tokens end to end, and where each begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isogloss.protocols import LongArray

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class TokenTable:
    """Token ids of many sentences.

    Attributes:
        tokens: int32 `(n_tokens,)`, all sentences one after the other.
        offsets: int64 `(n_sentences + 1,)`; sentence `k` is `tokens[offsets[k]:offsets[k + 1]]`.
    """

    tokens: IntArray
    offsets: LongArray

    @classmethod
    def from_sentences(cls, sentences: Iterable[Sequence[int]]) -> TokenTable:
        """Flatten ids as they come; the sentences may be a generator."""
        parts: list[IntArray] = []
        lengths: list[int] = []
        pending: list[int] = []
        for ids in sentences:
            lengths.append(len(ids))
            pending.extend(ids)
            if len(pending) > 1_000_000:
                parts.append(np.array(pending, np.int32))
                pending = []
        parts.append(np.array(pending, np.int32))
        return cls(np.concatenate(parts), _offsets(np.array(lengths, np.int64)))

    @classmethod
    def concatenate(cls, tables: Sequence[TokenTable]) -> TokenTable:
        """Several tables, one behind the other."""
        lengths = np.concatenate([table.lengths for table in tables])
        return cls(np.concatenate([table.tokens for table in tables]), _offsets(lengths))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, k: int) -> IntArray:
        return self.tokens[self.offsets[k] : self.offsets[k + 1]]

    @property
    def lengths(self) -> LongArray:
        """Tokens per sentence, `(n_sentences,)`."""
        return np.diff(self.offsets)

    def lengths_of(self, rows: LongArray) -> LongArray:
        """Tokens of some sentences, `(n,)`; `lengths` reads the offsets of all."""
        lengths: LongArray = self.offsets[rows + 1] - self.offsets[rows]
        return lengths

    def holding(self, least: int) -> LongArray:
        """Numbers of the sentences that hold a token id of at least `least`."""
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.tokens >= least)])
        return np.flatnonzero(before[self.offsets[1:]] > before[self.offsets[:-1]])

    def take(self, rows: LongArray) -> TokenTable:
        """The sentences of the given numbers, in that order."""
        lengths = self.lengths_of(rows)
        offsets = _offsets(lengths)
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return TokenTable(self.tokens[at], offsets)

    def with_first(self, token: int) -> TokenTable:
        """Every sentence with one token put before it."""
        tokens = np.insert(self.tokens, self.offsets[:-1], token).astype(np.int32)
        return TokenTable(tokens, self.offsets + np.arange(len(self) + 1))

    def padded(self, rows: LongArray, pad: int) -> LongArray:
        """Some sentences as one rectangle.

        Args:
            rows: sentence numbers, `(n,)`.
            pad: id that fills the short ones.

        Returns:
            int64 `(n, longest)`.
        """
        lengths = self.lengths_of(rows)
        width = int(lengths.max(initial=0))
        column = np.arange(width)
        inside = column < lengths[:, None]
        rectangle = np.full((len(rows), width), pad, np.int64)
        rectangle[inside] = self.tokens[(self.offsets[rows][:, None] + column)[inside]]
        return rectangle


def _offsets(lengths: LongArray) -> LongArray:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def length_batches(lengths: LongArray, budget: int) -> list[LongArray]:
    """Cut sentences into batches of like length, the longest first.

    A batch is as many sentences as its longest one allows, so nearly all batches of one width have
    one height too: a processor that prepares a kernel per shape meets few shapes.

    Args:
        lengths: tokens per sentence, `(n,)`.
        budget: padded tokens in a batch; a single sentence may have more.

    Returns:
        Indices per batch.
    """
    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        end = start + max(1, budget // max(1, int(lengths[order[start]])))
        batches.append(order[start:end])
        start = end
    return batches


def unpadded_batches(lengths: LongArray, budget: int) -> list[LongArray]:
    """Cut sentences into batches of so many tokens, the longest first: for who needs no padding.

    Args:
        lengths: tokens per sentence, `(n,)`.
        budget: tokens in a batch; a single sentence may have more.

    Returns:
        Indices per batch.
    """
    order = np.argsort(-lengths, kind="stable")
    ends = np.cumsum(lengths[order])
    batches, start, before = [], 0, 0
    while start < len(order):
        end = max(start + 1, int(np.searchsorted(ends, before + budget, "right")))
        batches.append(order[start:end])
        start, before = end, int(ends[end - 1])
    return batches
