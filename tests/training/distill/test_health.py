"""Figures on dev data, and what sets off an alarm."""

from typing import Any

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.training.clock import Clock
from isogloss.training.distill.health import (
    DevEmbeddings,
    DistillEvaluator,
    alarms,
    dev_figures,
)

HEALTHY = {
    "fvu": 0.2,
    "fvu_source": 0.01,
    "fvu_de": 0.3,
    "fvu_uk": 0.3,
    "norm_ratio": 1.0,
    "random_cosine": 0.1,
    "random_cosine_teacher": 0.05,
    "cosine_source": 0.99,
}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"random_cosine": 0.4}, "collapse"),
        ({"fvu": 1.01}, "no better than a constant"),
        ({"norm_ratio": 0.4}, "norms drift"),
        ({"norm_ratio": 2.5}, "norms drift"),
        ({"fvu_uk": 0.9}, "uk lags"),
        ({"cosine_source": 0.9}, "the source drifts"),
    ],
)
def test_each_illness_has_its_alarm(wrong: dict[str, float], word: str) -> None:
    [alarm] = alarms(HEALTHY | wrong, {}, 0.5)
    assert word in alarm
    assert "\n" not in alarm


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"random_cosine": 0.8, "random_cosine_teacher": 0.7},
        {"fvu_uk": 0.29, "fvu_de": 0.05},
    ],
)
def test_a_healthy_run_has_none(fine: dict[str, float]) -> None:
    assert alarms(HEALTHY | fine, {}, 0.5) == []


def test_a_figure_without_a_value_sets_off_nothing() -> None:
    for name in HEALTHY:
        lacking = {k: v for k, v in HEALTHY.items() if k != name}
        assert [alarm.partition(":")[0] for alarm in alarms(lacking, {}, 1.0)] == (
            ["no FVU"] if name == "fvu" else []
        )


def test_the_other_languages_are_judged_beside_one_without_a_value() -> None:
    ill = {k: v for k, v in HEALTHY.items() if k != "fvu_uk"} | {"fvu": 1.7, "fvu_tt": 2.5}
    assert [alarm.split()[0] for alarm in alarms(ill, {}, 0.5)] == ["no", "tt"]


def test_an_untrained_student_whose_vectors_are_alike_is_no_collapse_of_the_run() -> None:
    alike = {"random_cosine": 0.6}
    assert alarms(HEALTHY | alike, HEALTHY | {"random_cosine": 0.55}, 0.5) == []
    for start in (HEALTHY, HEALTHY | {"random_cosine": 0.2}, {}):
        [alarm] = alarms(HEALTHY | alike, start, 0.5)
        assert alarm.startswith("collapse")


def test_an_encoder_that_began_far_from_the_teacher_does_not_drift_by_coming_nearer() -> None:
    start = HEALTHY | {"cosine_source": 0.70}
    assert alarms(HEALTHY | {"cosine_source": 0.74}, start, 0.5) == []
    [alarm] = alarms(HEALTHY | {"cosine_source": 0.67}, start, 0.5)
    assert alarm.startswith("the source drifts")


def test_the_first_steps_are_not_judged() -> None:
    ill = HEALTHY | {"fvu": 3.0, "cosine_source": 0.1}
    assert alarms(ill, {}, 0.09) == []
    assert len(alarms(ill, {}, 0.1)) == 1  # the source may drift, and come back, until half-way
    assert len(alarms(ill, {}, 0.5)) == 2


def dev(n: int, noise: float, seed: int = 0) -> DevEmbeddings:
    rng = np.random.default_rng(seed)
    teacher = rng.normal(size=(n, 8)).astype(np.float32)
    target = teacher + noise * rng.normal(size=(n, 8)).astype(np.float32)
    return DevEmbeddings(teacher, teacher.copy(), target)


def test_figures_follow_their_definitions() -> None:
    parts = {"de": dev(50, 0.1), "uk": dev(40, 1.0, seed=1)}
    figures = dev_figures(parts)
    for language, part in parts.items():
        error = ((part.target - part.teacher) ** 2).sum()
        spread = ((part.teacher - part.teacher.mean(0)) ** 2).sum()
        assert figures[f"fvu_{language}"] == pytest.approx(error / spread, rel=1e-4)
    explained = [figures[f"fvu_{name}"] for name in ("source", "de", "uk")]
    assert figures["fvu"] == pytest.approx(sum(explained) / 3)
    assert figures["fvu_source"] == 0.0
    assert figures["cosine_source"] == pytest.approx(1.0)
    assert figures["accuracy_de"] == 1.0
    assert figures["accuracy_uk"] < 1.0


def test_every_translation_of_a_source_that_stands_twice_finds_it() -> None:
    once = dev(30, 0.1)
    sides = (once.teacher, once.source, once.target)
    twice = DevEmbeddings(*(np.repeat(side, 2, axis=0) for side in sides))
    assert dev_figures({"de": twice})["accuracy_de"] == 1.0


@pytest.mark.parametrize("n", [1, 2])
def test_a_language_of_few_sentences_leaves_its_figures_out(n: int) -> None:
    parts = {"de": dev(50, 0.1), "tt": dev(n, 0.1, seed=1)}
    if n == 2:  # one source sentence, twice
        one = parts["tt"].teacher[[0, 0]]
        parts["tt"] = DevEmbeddings(one, one, one)
    figures = dev_figures(parts)
    assert "fvu_tt" not in figures
    assert figures["fvu"] == pytest.approx((figures["fvu_source"] + figures["fvu_de"]) / 2)
    assert all(np.isfinite(value) for value in figures.values())
    alone = dev_figures({"tt": parts["tt"]})
    assert not {"fvu", "fvu_tt", "fvu_source", "random_cosine"} & set(alone)
    assert [alarm.partition(":")[0] for alarm in alarms(alone, {}, 1.0)] == ["no FVU"]


def test_a_student_whose_vectors_are_no_numbers_has_diverged() -> None:
    part = dev(60, 0.0)
    broken = part.source.copy()
    broken[7, 3] = np.inf
    with pytest.raises(InputError, match=r"the student's vectors .* lower the learning rate"):
        dev_figures({"de": DevEmbeddings(part.teacher, broken, part.target)})


def test_a_constant_student_is_seen_through() -> None:
    part = dev(60, 0.0)
    constant = np.ones_like(part.teacher)
    figures = dev_figures({"de": DevEmbeddings(part.teacher, constant, constant)})
    found = " ".join(alarms(figures, {}, 1.0))
    for word in ("collapse", "no better than a constant", "drifts"):
        assert word in found


def test_a_clock_counts_only_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Any = {"t": 100.0}
    monkeypatch.setattr("time.monotonic", lambda: now["t"])
    clock = Clock(limit_seconds=60.0, limit_steps=None)
    assert clock.fraction(5) == 0.0
    clock.start()
    now["t"] += 15
    assert clock.fraction(5) == 0.25
    clock.pause()
    now["t"] += 1000
    assert (clock.elapsed(), clock.running) == (15.0, False)
    clock.start()
    now["t"] += 45
    assert clock.fraction(0) == 1.0
    now["t"] += 45
    assert clock.fraction(0) == 1.0


def test_the_nearer_limit_counts() -> None:
    assert Clock(limit_seconds=60.0, limit_steps=10, seconds=6.0).fraction(5) == 0.5
    assert Clock(limit_seconds=60.0, limit_steps=10, seconds=48.0).fraction(5) == 0.8
    assert Clock(limit_seconds=None, limit_steps=0).fraction(0) == 1.0
    assert Clock(limit_seconds=None, limit_steps=None).fraction(9) == 0.0


@pytest.mark.parametrize(
    ("start", "near"),
    [
        ({"fvu": 0.9, "accuracy_de": 0.0}, True),
        ({"fvu": 1.2, "accuracy_de": 0.9, "accuracy_ja": 0.2}, True),  # few pairs, a good encoder
        ({"fvu": 1.2, "accuracy_de": 0.9, "accuracy_ja": 0.0}, False),
        ({"fvu": 1.0}, False),
        ({}, False),
    ],
)
def test_a_student_began_near_by_its_distance_or_by_what_it_found(
    start: dict[str, float], near: bool
) -> None:
    evaluator = DistillEvaluator(None, {}, {})  # type: ignore[arg-type]  # it reads nothing
    evaluator.start = start
    assert evaluator.began_near() is near
