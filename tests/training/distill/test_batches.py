"""Which sentence stands in which batch: once per epoch, within the budget, the same always."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.training.distill.batches import BatchPlan, epoch_quotas

BUDGET = 64


def lengths_of(n: int, seed: int = 0, longest: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, longest + 1, n)


def plan_of(
    sizes: dict[str, int], quotas: dict[str, int] | None = None, *, seed: int = 0, longest: int = 40
) -> BatchPlan:
    streams, start = {}, 0
    for name, size in sizes.items():
        streams[name] = (start, start + size)
        start += size
    return BatchPlan(lengths_of(start, longest=longest), streams, quotas or sizes, BUDGET, seed)


def drawn(plan: BatchPlan, epoch: int) -> list[int]:
    return [int(k) for batch in plan.epoch(epoch) for k in batch]


def equal(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


@given(st.integers(1, 300), st.integers(0, 5), st.integers(0, 3))
def test_every_example_stands_once_in_an_epoch_of_one_language(
    size: int, epoch: int, seed: int
) -> None:
    plan = plan_of({"de": size}, seed=seed)
    assert sorted(drawn(plan, epoch)) == list(range(size))


@given(st.integers(1, 300), st.integers(0, 3))
def test_the_budget_holds_except_for_one_overlong_example(size: int, epoch: int) -> None:
    plan = plan_of({"de": size}, longest=100)
    for batch in plan.epoch(epoch):
        padded = plan.lengths[batch].max() * len(batch)
        assert len(batch) > 0
        assert padded <= BUDGET or len(batch) == 1


def test_there_is_almost_no_padding_and_batches_are_full() -> None:
    lengths = lengths_of(20_000)
    plan = BatchPlan(lengths, {"de": (0, 20_000)}, {"de": 20_000}, 2_048, seed=0)
    batches = plan.epoch(0)
    padded = sum(int(lengths[batch].max()) * len(batch) for batch in batches)
    assert padded <= 1.05 * lengths.sum()
    assert padded >= 0.9 * 2_048 * len(batches)


def test_batches_come_in_no_order_of_length() -> None:
    plan = plan_of({"de": 2_000})
    first = [int(plan.lengths[batch].max()) for batch in plan.epoch(0)]
    assert abs(np.corrcoef(first, np.arange(len(first)))[0, 1]) < 0.2


@given(st.integers(1, 4), st.integers(50, 200), st.integers(0, 2))
def test_processes_get_disjoint_batches_of_equal_number(
    processes: int, size: int, epoch: int
) -> None:
    plan = plan_of({"de": size, "uk": size // 2})
    shares = [plan.epoch(epoch, rank=rank, processes=processes) for rank in range(processes)]
    whole = plan.epoch(epoch)
    assert {len(share) for share in shares} == {len(whole) // processes}
    examples = Counter(int(k) for share in shares for batch in share for k in batch)
    assert set(examples.values()) <= {1}
    turns = [batch for step in zip(*shares, strict=True) for batch in step]
    assert equal(turns, whole[: len(turns)])


def test_it_follows_from_seed_and_epoch_alone() -> None:
    def epoch(seed: int, number: int) -> list[np.ndarray]:
        return plan_of({"de": 200, "uk": 90}, seed=seed).epoch(number)

    assert equal(epoch(3, 7), epoch(3, 7))
    assert not equal(epoch(3, 7), epoch(4, 7))
    assert not equal(epoch(3, 7), epoch(3, 8))
    plan = plan_of({"de": 200, "uk": 90}, seed=3)
    plan.epoch(1)
    assert equal(plan.epoch(7), epoch(3, 7))


@pytest.mark.parametrize("quota", [7, 30, 100, 250])
def test_a_stream_goes_on_over_epochs_and_repeats_nothing_before_its_end(quota: int) -> None:
    plan = plan_of({"de": 100}, {"de": quota})
    seen: Counter[int] = Counter()
    for epoch in range(20):
        seen.update(drawn(plan, epoch))
        assert max(seen.values()) - min(seen[k] for k in range(100)) <= 1
    assert sum(seen.values()) == 20 * quota


def test_each_stream_gives_its_quota() -> None:
    plan = plan_of({"de": 100, "uk": 10, "en": 60}, {"de": 80, "uk": 30, "en": 0})
    counts = Counter("de" if k < 100 else "uk" if k < 110 else "en" for k in drawn(plan, 2))
    assert counts == {"de": 80, "uk": 30}


def test_quotas_by_size_keep_the_sizes_and_add_the_source() -> None:
    sizes = {"de": 900, "uk": 100, "en": 950}
    quotas = epoch_quotas(sizes, source="en", source_share=0.2, temperature=1.0)
    assert quotas == {"de": 900, "uk": 100, "en": 250}
    assert quotas["en"] / sum(quotas.values()) == 0.2


def test_without_rehearsal_the_source_gives_nothing() -> None:
    sizes = {"de": 900, "en": 950}
    assert epoch_quotas(sizes, source="en", source_share=0.0, temperature=1.0)["en"] == 0
    assert epoch_quotas({"de": 9}, source=None, source_share=0.5, temperature=1.0) == {"de": 9}


def test_temperature_evens_the_languages_out_and_keeps_their_sum() -> None:
    sizes = {"de": 900, "uk": 100}
    warm = epoch_quotas(sizes, source=None, source_share=0.0, temperature=2.0)
    assert warm == {"de": 750, "uk": 250}  # 30 : 10
    hot = epoch_quotas(sizes, source=None, source_share=0.0, temperature=1e6)
    assert hot == {"de": 500, "uk": 500}
