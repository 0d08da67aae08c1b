"""The loop: it learns, repeats itself bit by bit, and says what goes wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.data.token_table import TokenTable
from isogloss.errors import InputError
from isogloss.losses.settings import LossSettings
from isogloss.training.checkpoints import read_newest
from isogloss.training.distill.examples import Examples

N_OLD = 600

HEALTHY = {
    "fvu": 0.5,
    "fvu_source": 0.1,
    "fvu_es": 0.9,
    "norm_ratio": 1.0,
    "random_cosine": 0.1,
    "random_cosine_teacher": 0.1,
    "cosine_source": 0.99,
}

Weights = dict[str, torch.Tensor]


def same(ours: Weights, theirs: Weights) -> bool:
    return set(ours) == set(theirs) and all(torch.equal(ours[k], theirs[k]) for k in ours)


def test_a_run_without_checkpoints_ends_with_its_weights(run: Any, settings: Any) -> None:
    without = run.trained(settings(checkpoint_minutes=None))
    assert read_newest(run.folder) is None
    assert same(without, run.trained(settings(checkpoint_minutes=0.0)))
    assert read_newest(run.folder) is not None


@pytest.mark.parametrize("minutes", [-1.0, float("inf"), float("nan")])
def test_minutes_are_a_number(settings: Any, minutes: float) -> None:
    with pytest.raises(
        InputError, match=r"training\.checkpoint_minutes is .*; expected at least 0"
    ):
        settings(checkpoint_minutes=minutes)


def test_a_run_learns(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=6))
    first = trainer.callbacks.evaluate()["fvu"]
    state = trainer.run()
    losses = [entry["loss"] for entry in state.history]
    assert losses == sorted(losses, reverse=True)
    assert state.best_value < 0.7 * first
    assert state.best_value == min(entry["dev"]["fvu"] for entry in state.history)
    assert trainer.callbacks.evaluate()["fvu"] == pytest.approx(state.best_value, rel=1e-5)
    assert len(state.history) == 4
    assert state.fraction == 1.0


def test_an_epoch_sees_every_sentence_once_and_rehearses_the_source(
    run: Any, settings: Any
) -> None:
    trainer = run.trainer(settings(epochs=1, source_share=0.2))
    state = trainer.run()
    assert state.sentences == 160 + 40
    assert (state.epoch, state.batch) == (1, 0)
    assert state.step == len(trainer.job.epoch(0))


def test_source_sentences_count_more_in_the_loss(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1, source_weight=5.0))
    start, end = run.examples.streams["en"]
    facts = trainer.job.facts(np.array([start, start - 1, end - 1, 0]), torch.device("cpu"))
    assert facts["weights"].tolist() == [5.0, 1.0, 5.0, 1.0]


def test_the_squared_distance_is_measured_by_the_length_of_the_targets(
    run: Any, settings: Any
) -> None:
    trainer = run.trainer(settings(epochs=1))
    trainer.prepare()
    batch, cpu = trainer.job.epoch(0)[0], torch.device("cpu")
    plain = trainer.job.loss(trainer._forward, batch, cpu).item()
    trainer.job.squared_norm = 4.0
    assert trainer.job.loss(trainer._forward, batch, cpu).item() == pytest.approx(plain / 4)


def test_a_translation_has_the_same_positive(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1, loss=LossSettings(soft=1.0, hard_label_weight=0.2)))
    source, _ = run.examples.streams["en"]
    [translation] = np.flatnonzero(run.examples.keys[:source] == run.examples.keys[source])
    rows = np.array([translation, source, source + 1])
    mask = trainer.job.facts(rows, torch.device("cpu"))["positive_mask"]
    assert mask.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_targets_of_one_translation_are_no_negatives_of_it(run: Any, settings: Any) -> None:
    """The first and the last Spanish sentence are one and the same, of two English ones."""
    job = run.trainer(settings(epochs=1, loss=LossSettings(mse=0.0, contrastive=1.0))).job
    read = [[7, 8], [7, 8, 9], [5], [7, 8]]
    job.examples = Examples(
        TokenTable.from_sentences(read), run.examples.keys[:4], {"es": (0, 4), "en": (4, 4)}
    )
    vectors = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    targets = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    job.targets = lambda rows: targets.numpy()[rows]
    loss = job.loss(lambda *_: vectors, np.arange(4), torch.device("cpu"))
    cosines = torch.cosine_similarity(vectors[:, None], targets, dim=-1)
    expected = 0.0
    for i in range(4):
        rivals = [j for j in range(4) if j == i or read[j] != read[i]]
        logits = cosines[i, rivals] / 0.05
        expected += float(logits.logsumexp(0) - logits[rivals.index(i)]) / 4
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    mask = job.facts(np.arange(4), torch.device("cpu"))["positive_mask"]
    assert mask.nonzero().tolist() == [[0, 0], [0, 3], [1, 1], [2, 2], [3, 0], [3, 3]]


@pytest.mark.parametrize(
    "loss", [{}, {"similarity": 1.0}, {"soft": 1.0}, {"hard_label_weight": 1.0}]
)
def test_positives_are_looked_for_only_where_others_are_negatives(
    run: Any, settings: Any, loss: dict[str, float]
) -> None:
    job = run.trainer(settings(epochs=1, loss=LossSettings(**loss))).job
    assert job.facts(np.arange(4), torch.device("cpu"))["positive_mask"] is None


def test_a_part_of_an_epoch_is_at_least_a_step(run: Any, settings: Any) -> None:
    assert run.trainer(settings(epochs=0.001)).run().step == 1


def test_the_nearer_of_two_limits_ends_a_run(run: Any, settings: Any) -> None:
    assert run.trainer(settings(epochs=1000, minutes=0.0)).run().step == 0
    state = run.trainer(settings(epochs=1, minutes=60)).run()
    assert state.epoch == 1


def test_the_seed_decides_everything(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    first = make_run(tmp_path / "a").trained(settings(epochs=1, seed=5))
    assert same(first, make_run(tmp_path / "b").trained(settings(epochs=1, seed=5)))
    assert not same(first, make_run(tmp_path / "c").trained(settings(epochs=1, seed=6)))


@pytest.mark.parametrize("rate", [0.0, 1e-3])
def test_old_tokens_stay_as_they_were_unless_they_have_a_rate(
    run: Any, settings: Any, rate: float
) -> None:
    trainer = run.trainer(settings(old_token_learning_rate=rate))
    before = trainer.network.table.detach().clone()
    trainer.run()
    after = trainer.network.table
    assert not trainer.network.model[0].auto_model.get_input_embeddings().sparse
    assert torch.equal(before[:N_OLD], after[:N_OLD]) == (rate == 0.0)
    assert not torch.equal(before[N_OLD:], after[N_OLD:])


def test_one_process_may_train_at_one_precision_after_the_other(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    for precision in ("fp32", "bf16", "fp32"):
        run = make_run(tmp_path / precision)
        assert run.trainer(settings(epochs=0.1, precision=precision)).run().step >= 1


def test_losses_that_are_read_late_change_nothing(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    found = []
    for every in (1, 16):
        run = make_run(tmp_path / str(every))
        trainer = run.trainer(settings(epochs=1))
        trainer.losses.every = every
        state = trainer.run()
        found.append((state.loss, [e["loss"] for e in state.history], trainer.network.state_dict()))
    assert found[0][:2] == found[1][:2]
    assert all(torch.equal(found[0][2][name], found[1][2][name]) for name in found[0][2])


def test_what_health_finds_is_an_alarm(run: Any, settings: Any) -> None:
    run.figures = [HEALTHY | {"random_cosine": 0.95}, HEALTHY, HEALTHY, HEALTHY | {"fvu": 1.2}]
    state = run.trainer(settings()).run()
    assert ["collapse" in alarm for alarm in state.alarms] == [True, False]
    assert "no better than a constant" in state.alarms[1]


@pytest.mark.parametrize("every", [1, 16])
def test_a_loss_that_is_no_number_stops_the_run(run: Any, settings: Any, every: int) -> None:
    wanted = settings(checkpoint_minutes=0.0)
    trainer = run.trainer(wanted)
    trainer.losses.every = every  # a GPU reads them late, but before anything is kept
    last = trainer.job.epoch(0)[3]
    run.targets = run.targets.copy()
    run.targets[last] = float("nan")
    with pytest.raises(InputError, match=r"the loss is nan at step 4.*whole"):
        trainer.run()
    newest = read_newest(run.folder)
    assert newest is not None
    assert newest.step == 3
    assert all(torch.isfinite(tensor).all() for tensor in newest.tensors["model"].values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"source_share": 1.0},
        {"source_share": -0.1},
        {"token_beta2": 1.0},
        {"tokens_per_batch": 0},
        {"epochs": -1},
        {"minutes": -1},
        {"learning_rate": -1e-4},
        {"learning_rate": float("nan")},
        {"seed": -1},
    ],
)
def test_settings_that_make_no_run_are_refused(settings: Any, wrong: dict[str, float]) -> None:
    [name] = wrong
    with pytest.raises(InputError, match=rf"training\.{name} is .*; expected"):
        settings(**wrong)


def test_a_run_that_gets_no_better_ends(run: Any, settings: Any) -> None:
    run.figures = [HEALTHY | {"fvu": value} for value in (0.5, 0.4, 0.41, 0.42, 0.43, 0.3)]
    state = run.trainer(settings(epochs=6, evaluations=6, patience=2)).run()
    assert len(state.history) == 4
    assert state.over
    assert state.best_value == 0.4


@pytest.mark.parametrize(
    ("looks", "paused"),
    [
        ([0.5, 0.5, 0.5], True),
        ([0.5, 0.5], False),  # not for long enough
        ([0.5, 0.4, 0.3], False),
        ([0.5, 0.55, 0.6], False),  # it is being unlearned
        ([0.5, 0.503, 0.502], True),
        ([0.5, 0.6, 0.502], True),
        ([0.5, 0.503, 0.502, 0.52], False),  # rested, and got worse
        ([0.5, float("nan"), float("nan")], False),
    ],
)
def test_a_language_rests_that_gets_neither_better_nor_worse(
    run: Any, settings: Any, looks: list[float], paused: bool
) -> None:
    job = run.trainer(settings(patience=2)).job
    history = [{"dev": {"fvu_es": value}} for value in looks]
    assert job.learned(history) == (["es"] if paused else [])
    job.replayed = frozenset({"es"})
    assert job.learned(history) == []


def test_a_language_that_gets_worse_learns_again(run: Any, settings: Any) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.7), (0.1, 0.7)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    before, planned = sum(map(len, trainer.job.epoch(0))), []
    pause = trainer.job.pause
    trainer.job.pause = lambda names: (planned.append(list(names)), pause(names))
    assert trainer.run().resting == []
    assert planned == [["es"], []]
    assert sum(map(len, trainer.job.epoch(0))) == before


def test_a_language_that_gets_no_better_is_only_rehearsed(run: Any, settings: Any) -> None:
    looks = [(0.5, 0.6), (0.4, 0.6), (0.3, 0.6), (0.2, 0.6), (0.1, 0.6)]
    run.figures = [HEALTHY | {"fvu": mean, "fvu_es": own} for mean, own in looks]
    trainer = run.trainer(settings(epochs=4, evaluations=5, patience=2, source_share=0.2))
    before = sum(map(len, trainer.job.epoch(0)))
    state = trainer.run()
    assert state.resting == ["es"]
    assert not state.over
    after = sum(map(len, trainer.job.epoch(0)))
    assert (before, after) == (160 + 40, 16 + 4)


def test_a_run_taken_up_again_remembers_what_is_paused(
    make_run: Callable[[Path], Any], settings: Any, tmp_path: Path
) -> None:
    looks = [HEALTHY | {"fvu": 0.9 - n / 10, "fvu_es": 0.5} for n in range(6)]
    wanted = settings(epochs=4, evaluations=6, patience=2, checkpoint_minutes=0.0)
    whole = make_run(tmp_path / "whole")
    whole.figures = list(looks)
    expected = whole.trained(wanted)
    cut = make_run(tmp_path / "cut")
    cut.figures = list(looks)
    trainer = cut.trainer(wanted)
    paused = next(step for step in range(1, 100) if int(step / trainer.clock.limit_steps * 6) == 3)
    cut.fails_at = paused + 2
    with pytest.raises(RuntimeError, match="the power fails"):
        trainer.run()
    cut.fails_at = None
    assert same(cut.trained(wanted, resume=True), expected)
