"""The queue: who is read with whom, whose turn it is, what is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.server.batching import OVERHEAD, BatchQueue, QueueFullError, Ticket, choose_window

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=12).map(sorted)


def ticket(*lengths: int, group: str = "") -> Ticket:
    return Ticket([[1] * length for length in lengths], group)


def drain(queue: BatchQueue) -> list[list[int]]:
    batches = []
    while batch := queue.take():
        batches.append([entry.length for entry in batch])
    return batches


@given(LENGTHS, st.data(), st.integers(1, 300), st.booleans())
def test_the_window_is_the_best_of_all_that_hold_the_anchor(
    lengths: list[int], data: st.DataObject, budget: int, pads: bool
) -> None:
    anchor = data.draw(st.integers(0, len(lengths) - 1))

    def worth(start: int, end: int) -> float:
        real = sum(lengths[start:end])
        padded = lengths[end - 1] * (end - start) if pads else real
        return 0.0 if padded > budget else real / (OVERHEAD + padded)

    runs = itertools.product(range(anchor + 1), range(anchor + 1, len(lengths) + 1))
    best = max(itertools.starmap(worth, runs))
    start, end = choose_window(lengths, anchor, budget, pads=pads)
    assert start <= anchor < end
    if best and pads:
        assert worth(start, end) == pytest.approx(best)
    assert end - start == 1 or worth(start, end) > 0


def test_a_text_longer_than_the_budget_is_read_alone() -> None:
    assert choose_window([1, 2, 500], 2, budget=100) == (2, 3)


@given(st.lists(st.lists(st.integers(1, 90), min_size=1, max_size=5), min_size=1, max_size=9))
def test_every_text_is_read_once_and_no_batch_is_over_the_budget(rows: list[list[int]]) -> None:
    queue = BatchQueue(100, 10**6)
    for number, lengths in enumerate(rows):
        queue.put(ticket(*lengths), float(number))
    batches = drain(queue)
    assert sorted(itertools.chain(*batches)) == sorted(itertools.chain(*rows))
    assert all(len(batch) * max(batch) <= 100 or len(batch) == 1 for batch in batches)
    assert (len(queue), queue.tokens) == (0, 0)


def test_the_oldest_text_is_in_every_batch_however_badly_it_fits() -> None:
    queue = BatchQueue(200, 10**6)
    queue.put(ticket(90), 0.0)
    for time in range(1, 50):
        queue.put(ticket(3), float(time))
    assert 90 in [entry.length for entry in queue.take()]


def test_a_request_of_one_text_overtakes_the_end_of_a_long_one() -> None:
    queue = BatchQueue(40, 10**6)
    queue.rate = 100.0
    queue.put(ticket(*[20] * 50), 0.0)  # ten seconds of work
    queue.put(late := ticket(20), 1.0)
    turns = [any(entry.ticket is late for entry in queue.take()) for _ in range(26)]
    assert 2 <= turns.index(True) <= 8


def test_a_text_due_is_not_overtaken_by_those_that_come_later() -> None:
    queue = BatchQueue(40, 10**6)
    queue.rate = 100.0
    queue.put(long := ticket(*[20] * 10), 0.0)
    seen: set[int] = set()
    for step in range(200):
        queue.put(ticket(2, 2), step * 0.4)
        seen |= {entry.place for entry in queue.take() if entry.ticket is long}
        if len(seen) == 10:
            break
    assert len(seen) == 10
    assert step < 30


def test_texts_of_two_models_are_never_in_one_batch() -> None:
    queue = BatchQueue(1_000, 10**6)
    for number in range(8):
        queue.put(ticket(5, group="ab"[number % 2]), 0.0)
    while batch := queue.take():
        assert len({entry.ticket.group for entry in batch}) == 1


def test_a_request_that_was_cancelled_costs_nothing_and_the_others_are_read() -> None:
    queue = BatchQueue(20, 10**6)
    queue.put(gone := ticket(10, 10, 10), 0.0)
    queue.put(ticket(7), 0.0)
    assert len(queue.take()) == 2
    assert queue.cancel(gone) in (1, 2)
    assert queue.cancel(gone) == 0
    left = list(itertools.chain(*drain(queue)))
    assert 10 not in left


def test_a_full_queue_says_when_there_is_room_by_the_measured_rate() -> None:
    queue = BatchQueue(100, 1_000)
    queue.put(ticket(*[100] * 10), 0.0)
    for _ in range(200):
        queue.measured(50, 1.0)
    with pytest.raises(QueueFullError) as refused:
        queue.put(ticket(1), 0.0)
    assert refused.value.seconds == 20
    queue.take()
    queue.put(ticket(1), 0.0)


def test_a_request_larger_than_the_queue_is_taken_when_nothing_else_waits() -> None:
    queue = BatchQueue(100, 50)
    queue.put(ticket(40, 40), 0.0)
    assert len(queue) == 2


def test_vectors_come_back_in_the_order_of_the_request() -> None:
    queue = BatchQueue(30, 10**6)
    queue.put(asked := ticket(9, 1, 30, 2, 10), 0.0)
    filled = False
    while batch := queue.take():
        vectors = np.array([[entry.length] for entry in batch], np.float32)
        filled = asked.fill([entry.place for entry in batch], vectors)
    assert filled
    assert asked.vectors[:, 0].tolist() == [9, 1, 30, 2, 10]


def test_little_is_padded_where_much_waits() -> None:
    lengths = np.random.default_rng(0).lognormal(3, 0.8, 400).clip(3, 256).astype(int)
    queue = BatchQueue(2_048, 10**6)
    for number, length in enumerate(lengths):
        queue.put(ticket(int(length)), number / 1_000)
    batches = drain(queue)
    assert sum(len(b) * max(b) for b in batches) / lengths.sum() < 1.15
