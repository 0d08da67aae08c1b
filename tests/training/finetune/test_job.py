"""The job of a fine-tuning: which examples a batch holds, and what it costs."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.data.token_table import TokenTable
from isogloss.errors import InputError
from isogloss.losses.graded import cosine_to_grade
from isogloss.losses.settings import GradedLossSettings
from isogloss.training.clock import Clock
from isogloss.training.finetune.health import DevPairs, graded_alarms, graded_figures
from isogloss.training.finetune.job import Batch, FinetuneExamples, FinetuneJob
from isogloss.training.finetune.settings import FinetuneSettings

ITEMS, LANGUAGES, DIM = 7, 3, 8
N_SENTENCES = 2 * ITEMS * LANGUAGES


def sentence(item: int, language: int, side: int) -> int:
    return (item * LANGUAGES + language) * 2 + side


@pytest.fixture
def examples() -> FinetuneExamples:
    """All crossings of seven pairs in three languages; every sentence has other tokens."""
    rows = list(product(range(ITEMS), range(LANGUAGES), range(LANGUAGES)))
    return FinetuneExamples(
        table=TokenTable.from_sentences([[n] * (1 + n % 5) for n in range(N_SENTENCES)]),
        pairs=np.array([[sentence(i, a, 0), sentence(i, b, 1)] for i, a, b in rows]),
        grades=np.array([i / ITEMS for i, _, _ in rows], np.float32),
        items=np.array([i for i, _, _ in rows]),
        crossings=np.array([[a, b] for _, a, b in rows]),
        triplets=np.empty((0, 3), np.int64),
        anchors=np.arange(10),
    )


class Network:
    """Embeddings of sentences by their first token; counts what it is asked."""

    def __init__(self) -> None:
        draw = torch.Generator().manual_seed(0)
        self.table = torch.randn(N_SENTENCES, DIM, generator=draw)
        self.calls: list[list[int]] = []

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        firsts = torch.cat([ids[:, 0] for ids in inputs[::2]])
        self.calls.append(firsts.tolist())
        for ids, mask in zip(inputs[::2], inputs[1::2], strict=True):
            assert ids.shape == mask.shape
        return self.table[firsts]


def job(examples: FinetuneExamples, **settings: Any) -> FinetuneJob:
    made = FinetuneSettings(**({"anchor_share": 0.0, "batch_size": 2} | settings))
    targets = np.zeros((len(examples.anchors), DIM), np.float32)
    return FinetuneJob(examples, 0, made, targets)


def test_an_epoch_is_every_example_once(examples: FinetuneExamples) -> None:
    for together, most in ((True, 2 * LANGUAGES**2), (False, 2)):
        batches = job(examples, together=together).epoch(0)
        seen = np.concatenate([batch.pairs for batch in batches])
        assert sorted(seen) == list(range(len(examples.pairs)))
        assert [len(batch.pairs) for batch in batches[:-1]].count(most) >= len(batches) - 2
        assert max(len(batch.pairs) for batch in batches) == most


def test_crossings_of_a_pair_stay_together(examples: FinetuneExamples) -> None:
    for batch in job(examples).epoch(3):
        counts = np.bincount(examples.items[batch.pairs], minlength=ITEMS)
        assert set(counts) <= {0, LANGUAGES**2}


def test_epochs_differ_and_repeat(examples: FinetuneExamples) -> None:
    made = job(examples)
    orders = [np.concatenate([b.pairs for b in made.epoch(e)]).tolist() for e in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]


def test_processes_share_an_epoch(examples: FinetuneExamples) -> None:
    made = job(examples, batch_size=1)
    parts = [made.epoch(0, rank=rank, processes=2) for rank in (0, 1)]
    assert len(parts[0]) == len(parts[1]) == ITEMS // 2
    ours, theirs = ({int(n) for b in part for n in b.pairs} for part in parts)
    assert not ours & theirs


def test_drawn_languages_bring_all_their_crossings(examples: FinetuneExamples) -> None:
    made = job(examples, languages_per_pair=2)
    rows = np.concatenate([batch.pairs for batch in made.epoch(0)])
    for item in range(ITEMS):
        found = {tuple(pair) for pair in examples.crossings[rows[examples.items[rows] == item]]}
        assert len(found) == 4
        assert found == set(product({a for a, _ in found}, repeat=2))
    other = np.concatenate([batch.pairs for batch in made.epoch(1)])
    assert set(rows) != set(other)


def test_the_language_that_all_are_crossed_with_is_always_drawn(
    examples: FinetuneExamples,
) -> None:
    from dataclasses import replace

    pivoted = (examples.crossings == 1).any(axis=1) | (np.diff(examples.crossings)[:, 0] == 0)
    some = replace(examples.of_pairs(pivoted), always=1)
    rows = np.concatenate([b.pairs for b in job(some, languages_per_pair=2).epoch(0)])
    for item in range(ITEMS):
        found = {tuple(pair) for pair in some.crossings[rows[some.items[rows] == item]]}
        assert len(found) == 4 and (1, 1) in found


def test_languages_that_a_pair_lacks_are_not_drawn(examples: FinetuneExamples) -> None:
    kept = ~((examples.items == 0) & (examples.crossings == 2).any(axis=1))
    fewer = examples.of_pairs(kept)
    for epoch in range(6):
        batches = job(fewer, languages_per_pair=2).epoch(epoch)
        rows = np.concatenate([batch.pairs for batch in batches])
        assert (fewer.items[rows] == 0).sum() == 4


def test_each_sentence_of_a_batch_is_run_once(examples: FinetuneExamples) -> None:
    network, made = Network(), job(examples, tokens_per_forward=12)
    [batch, *_] = made.epoch(0)
    loss = made.loss(network, batch, torch.device("cpu"))
    [run] = network.calls
    assert len(run) == len(set(run)) == 2 * LANGUAGES * 2  # two pairs
    assert made.size(batch).sentences == len(run)
    assert made.size(batch).tokens == sum(1 + n % 5 for n in run)
    pairs = torch.from_numpy(examples.pairs[batch.pairs])
    grades = torch.from_numpy(examples.grades[batch.pairs])
    expected = cosine_to_grade(network.table[pairs[:, 0]], network.table[pairs[:, 1]], grades)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_anchors_come_in_turn_and_are_held_to_their_targets(examples: FinetuneExamples) -> None:
    made = job(examples, anchor_share=0.25, anchor_weight=0.5)
    for batch in made.epoch(0):
        sentences = made.size(batch._replace(anchors=np.empty(0, np.int64))).sentences
        assert len(batch.anchors) == sentences / 3
    rows = np.concatenate([b.anchors for e in (0, 1) for b in made.epoch(e)])
    for start in range(0, len(rows) - 9, 10):
        assert sorted(rows[start : start + 10]) == list(range(10))
    network, none = Network(), np.empty(0, np.int64)
    batch = Batch(none, none, np.array([0, 1]))
    for length in (1.0, 20.0):  # models that are not normalized are held as firmly
        network.table *= length
        made.targets = np.full((2, DIM), length, np.float32)
        loss = made.loss(network, batch, torch.device("cpu"))
        far = (network.table[[0, 1]] / length - 1.0).square().sum(1).mean() / DIM
        assert float(loss) == pytest.approx(0.5 * float(far), rel=1e-5)
        network.table /= length


def test_ranking_is_that_of_the_field_where_all_texts_differ(examples: FinetuneExamples) -> None:
    from dataclasses import replace

    triplets = np.arange(12).reshape(4, 3)
    made = job(replace(examples, triplets=triplets), ranking_temperature=0.1)
    network, none = Network(), np.empty(0, np.int64)
    loss = made.loss(network, Batch(none, np.arange(4), none), torch.device("cpu"))
    rows = torch.nn.functional.normalize(network.table, dim=-1)
    cosines = rows[triplets[:, 0]] @ torch.cat([rows[triplets[:, 1]], rows[triplets[:, 2]]]).T
    expected = torch.nn.functional.cross_entropy(cosines / 0.1, torch.arange(4))
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_ranking_takes_no_right_answer_for_a_wrong_one(examples: FinetuneExamples) -> None:
    from dataclasses import replace

    # one anchor twice; the third row's negative is the first one's positive, which the last shares
    triplets = np.array([[0, 1, 2], [0, 3, 2], [4, 5, 1], [6, 1, 7]])
    made = job(replace(examples, triplets=triplets), ranking_temperature=0.5)
    network, none = Network(), np.empty(0, np.int64)
    loss = made.loss(network, Batch(none, np.arange(4), none), torch.device("cpu"))
    rows = torch.nn.functional.normalize(network.table, dim=-1)

    def one(anchor: int, positive: int, others: list[int]) -> float:
        cosines = rows[anchor] @ rows[[positive, *others]].T / 0.5
        return float(torch.logsumexp(cosines, 0) - cosines[0])

    expected = [one(0, 1, [5, 2, 2, 7]), one(0, 3, [5, 2, 2, 7])]
    expected += [one(4, 5, [1, 3, 1, 2, 2, 1, 7]), one(6, 1, [3, 5, 2, 2, 7])]
    assert float(loss) == pytest.approx(np.mean(expected), rel=1e-5)


def test_rates_go_up_and_down() -> None:
    settings = FinetuneSettings(warmup_share=0.25, final_share=0.0)
    rates = [settings.rate(step, step / 8, 1 / 8) for step in (0, 1, 2, 5, 8)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.5, 0.0])
    by_steps = FinetuneSettings(warmup_steps=10)  # of 40 in all
    rates = [by_steps.rate(step, step / 40, 1 / 40) for step in (4, 10, 25, 40)]
    assert rates == pytest.approx([0.5, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 11, 500])
@pytest.mark.parametrize("warmup_share", [0.0, 0.1, 0.5])
def test_no_step_is_at_rate_0_and_one_is_at_the_peak(steps: int, warmup_share: float) -> None:
    clock, settings = Clock(None, steps), FinetuneSettings(warmup_share=warmup_share)
    rates = [settings.rate(step, clock.fraction(step), clock.first_step) for step in range(steps)]
    assert min(rates) > 0.0
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert all(rate <= 1.0 for rate in rates)
    by_minutes = Clock(60.0, None)
    assert 0.0 < settings.rate(0, 0.0, by_minutes.first_step) <= 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 0},
        {"warmup_share": 1.0},
        {"eps": 0.0},
        {"frozen_lower_layers": 2.0},
        {"anchor_share": 1.0},
    ],
)
def test_settings_that_make_no_run_are_refused(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with pytest.raises(InputError, match=rf"training\.{name} is .*; expected"):
        FinetuneSettings(**wrong)


def test_figures_are_correlations_and_translations_found() -> None:
    draw = np.random.default_rng(0)
    first, second = draw.normal(size=(2, 20, 6)).astype(np.float32)
    grades = np.array(
        [
            float(a @ b) / np.linalg.norm(a) / np.linalg.norm(b)
            for a, b in zip(first, second, strict=True)
        ]
    )
    noise = draw.normal(size=(20, 6)).astype(np.float32)
    dev = {
        "en": DevPairs(np.arange(20), first, second),
        "de": DevPairs(np.arange(10, 20), first[10:], second[10:]),
        "es": DevPairs(np.arange(20), noise, noise),
        "fr": DevPairs(np.arange(2), first[:2], second[:2]),
    }
    figures = graded_figures(dev, grades, "en")
    assert figures["spearman_en-en"] == pytest.approx(1.0)
    assert figures["spearman_en-de"] == pytest.approx(1.0)
    assert "spearman_fr-fr" not in figures  # two pairs have no correlation
    cells = [value for name, value in figures.items() if name.startswith("spearman_")]
    assert figures["spearman"] == pytest.approx(np.mean(cells))
    assert figures["accuracy_de"] == 1.0
    assert figures["accuracy_es"] < 0.5


def test_alarms_compare_with_the_start() -> None:
    start = {"spearman": 0.7, "accuracy_de": 0.95, "random_cosine": 0.1}
    assert graded_alarms(start, start, 0.5) == []
    worse = {"spearman": 0.6, "accuracy_de": 0.9, "random_cosine": 0.5}
    found = graded_alarms(worse, start, 0.5)
    assert [alarm.split()[0] for alarm in found] == ["collapse:", "worse", "de"]
    assert graded_alarms(worse, start, 0.05) == []


def test_a_figure_without_a_value_is_left_out_and_sets_off_nothing() -> None:
    start = {"spearman": 0.7, "accuracy_de": 0.95, "random_cosine": 0.1}
    few = np.eye(2, dtype=np.float32)
    figures = graded_figures({"en": DevPairs(np.arange(2), few, few)}, np.array([1.0, 2.0]), "en")
    assert figures == {}
    for name in start:
        lacking = {k: v for k, v in start.items() if k != name}
        assert graded_alarms(start, lacking, 1.0) == []
        found = graded_alarms(lacking, start, 1.0)
        assert [a.partition(":")[0] for a in found] == (
            ["no correlation"] if name == "spearman" else []
        )


def test_token_embeddings_that_learn_below_frozen_layers_are_refused() -> None:
    with pytest.raises(InputError, match=r"frozen_lower_layers is 0\.5; expected 0"):
        FinetuneSettings(frozen_tokens=False)
    FinetuneSettings(frozen_tokens=False, frozen_lower_layers=0.0)


@pytest.mark.parametrize("together", [True, False])
def test_a_batch_of_one_has_no_order_of_grades_to_learn(together: bool) -> None:
    with pytest.raises(InputError, match=r"batch_size is 1 .* expected at least 2 pairs"):
        FinetuneSettings(
            batch_size=1, together=together, loss=GradedLossSettings(cosine=0.0, cosent=1.0)
        )
    FinetuneSettings(
        batch_size=1, together=together, loss=GradedLossSettings(cosine=1.0, cosent=0.0)
    )
