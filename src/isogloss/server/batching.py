"""Which of the waiting texts the model reads next: no model, no threads and no clock in here."""

import heapq
import itertools
from bisect import bisect_left, insort
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from isogloss.protocols import FloatArray

OVERHEAD = 32
"""What a batch counts beyond its tokens, in tokens: the larger, the more padding is worth while.

On mixed texts, 64 of which always wait, 32 gives 1.08 to 1.12 padded tokens a real one and 64 gives
1.13 to 1.21, at the same cost in all even if a batch does cost 64: what is left fits a later batch.
"""

START_RATE = 10_000.0
"""Tokens a second, until it is measured."""

_SMOOTHING = 0.1
"""Weight of the last batch in the measured rate."""


class QueueFullError(Exception):
    """No more can wait.

    Attributes:
        seconds: until there will be room, by the measured rate.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the queue is full for {seconds} s")
        self.seconds = seconds


@dataclass(eq=False)
class Ticket:
    """A request: texts that are answered together.

    Attributes:
        rows: token ids per text.
        group: texts of one group can be read in one batch, such as those for one model.
        future: its result is float32 `(len(rows), dim)`, in the order of `rows`.
    """

    rows: Sequence[Sequence[int]]
    group: Hashable = None
    future: "Future[FloatArray]" = field(default_factory=Future)
    entries: "list[Entry]" = field(default_factory=list, repr=False)
    vectors: Any = field(default=None, repr=False)
    missing: int = 0
    arrived: float = 0.0

    def fill(self, places: Sequence[int], vectors: FloatArray) -> bool:
        """Put some texts' vectors into their places.

        Returns:
            Whether this was the last of them.
        """
        if self.vectors is None:
            self.vectors = np.empty((len(self.rows), vectors.shape[1]), np.float32)
        self.vectors[places] = vectors
        self.missing -= len(places)
        return not self.missing


class Entry(NamedTuple):
    """A text that waits; entries sort by length, then by age.

    Attributes:
        length: tokens.
        number: of arrival, which no other entry has.
        due: when its turn comes, at the latest by which no newcomer overtakes it.
        place: in the request.
        ticket: the request.
    """

    length: int
    number: int
    due: float
    place: int
    ticket: Ticket


class BatchQueue:
    """Texts in the order of their turn, and by length.

    A batch always holds the text whose turn it is, so that none starves, and around it those of
    nearest length. The turn of a request's first text is when it arrives; each further text is due
    later by the time that those before it take, so that a request of one text need not wait for
    the whole of one with thousands.

    Args:
        batch_tokens: see `Limits`.
        queue_tokens: see `Limits`; one request alone may have more.
        pads: whether a batch costs its longest text times its number of texts.
    """

    def __init__(self, batch_tokens: int, queue_tokens: int, *, pads: bool = True) -> None:
        self.batch_tokens, self.queue_tokens, self.pads = batch_tokens, queue_tokens, pads
        self.tokens = 0
        self.rate = START_RATE
        self._groups: dict[Hashable, list[Entry]] = {}
        self._turns: list[tuple[float, int, Entry]] = []
        self._waiting: set[int] = set()
        self._numbers = itertools.count()

    def __len__(self) -> int:
        """Number of texts that wait."""
        return len(self._waiting)

    def put(self, ticket: Ticket, now: float) -> None:
        """Let a request wait.

        Args:
            ticket: with at least one row.
            now: seconds on any clock, the same in all calls.

        Raises:
            QueueFullError: there is no room for it.
        """
        lengths = [len(row) for row in ticket.rows]
        if self.tokens and self.tokens + sum(lengths) > self.queue_tokens:
            raise QueueFullError(self.seconds_left())
        ticket.arrived, ticket.missing = now, len(lengths)
        before, group = 0, self._groups.setdefault(ticket.group, [])
        for place, length in enumerate(lengths):
            entry = Entry(length, next(self._numbers), now + before / self.rate, place, ticket)
            before += length
            insort(group, entry)
            heapq.heappush(self._turns, (entry.due, entry.number, entry))
            self._waiting.add(entry.number)
            ticket.entries.append(entry)
        self.tokens += before

    def take(self) -> list[Entry]:
        """The next batch, all of one group; empty when nothing waits."""
        while self._turns and self._turns[0][1] not in self._waiting:
            heapq.heappop(self._turns)
        if not self._turns:
            return []
        first = self._turns[0][2]
        group = self._groups[first.ticket.group]
        window = self._window(group, bisect_left(group, first))
        batch = group[window]
        del group[window]
        if not group:
            del self._groups[first.ticket.group]
        self._forget(batch)
        return batch

    def cancel(self, ticket: Ticket) -> int:
        """Let a request wait no more.

        Returns:
            How many of its texts had not been taken.
        """
        left = [entry for entry in ticket.entries if entry.number in self._waiting]
        group = self._groups.get(ticket.group, [])
        for entry in left:
            del group[bisect_left(group, entry)]
        if left and not group:
            del self._groups[ticket.group]
        self._forget(left)
        return len(left)

    def measured(self, tokens: int, seconds: float) -> None:
        """Note how long a batch took."""
        if seconds > 0:
            self.rate += _SMOOTHING * (tokens / seconds - self.rate)

    def seconds_left(self) -> int:
        """Whole seconds until what waits now is done, by the measured rate; at least 1."""
        return max(1, ceil(self.tokens / max(self.rate, 1.0)))

    def _forget(self, entries: Sequence[Entry]) -> None:
        self._waiting.difference_update(entry.number for entry in entries)
        self.tokens -= sum(entry.length for entry in entries)

    def _window(self, group: Sequence[Entry], anchor: int) -> slice:
        most = self.batch_tokens  # a text has a token at least, but for an empty one
        nearby = slice(max(0, anchor - most), anchor + most)
        lengths = np.array([max(1, entry.length) for entry in group[nearby]], np.int64)
        start, end = choose_window(lengths, anchor - nearby.start, most, pads=self.pads)
        return slice(nearby.start + start, nearby.start + end)


def choose_window(
    lengths: Sequence[int] | np.ndarray, anchor: int, budget: int, *, pads: bool = True
) -> tuple[int, int]:
    """The neighbors of a text that it is best read with.

    Of all runs of texts that hold the anchor and fit the budget, the one with the most tokens read
    per cost, which is the padded tokens and `OVERHEAD`. Where nothing is padded, not all of them
    are looked at.

    Args:
        lengths: tokens per text, rising, each at least 1.
        anchor: number of the text that must be among them; it may be longer than the budget.
        budget: padded tokens at most.
        pads: whether short texts are filled up.

    Returns:
        First text, and the one behind the last.

    Example:
        >>> choose_window([5, 80, 84, 90, 900], anchor=2, budget=1_000)
        (1, 4)
    """
    lengths = np.asarray(lengths, np.int64)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    reach = budget // int(lengths[anchor])  # texts that could stand beside it, were all as long
    ends = np.arange(anchor + 1, min(len(lengths), anchor + max(1, reach)) + 1)
    starts = np.arange(max(0, anchor - max(1, reach) + 1), anchor + 1)
    real = sums[ends][:, None] - sums[starts]
    padded = lengths[ends - 1][:, None] * (ends[:, None] - starts) if pads else real
    worth = np.where(padded <= budget, real / (OVERHEAD + padded), 0.0)
    if not worth.any():
        return anchor, anchor + 1
    end, start = np.unravel_index(int(worth.argmax()), worth.shape)
    return int(starts[start]), int(ends[end])
