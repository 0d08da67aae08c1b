"""A run that ends by the clock embeds and tokenizes no more pairs than it may come to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.parallel import ParallelSentences
from isogloss.recipes.distill import minutes
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.examples import without_tokens
from isogloss.recipes.distill.minutes import draw_for_rate
from isogloss.recipes.distill.pairs import RunPairs
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.reports.run_tables import data_table
from isogloss.runs.lifecycle import RunLog
from isogloss.students import transplant
from isogloss.students.pretrained import Pretrained
from isogloss.students.settings import PretrainedSettings
from isogloss.training.distill.batches import corpus_shares
from isogloss.training.distill.settings import ResolvedSettings, TrainSettings

RATE = 20.0
"""Sentences a second that training reads, in these tests."""


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """Pairs by the thousand are many here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minutes, "FEW", 10)
        yield


def part(language: str, size: int, name: str = "") -> ParallelSentences:
    texts = [[f"{side} {name} {at}" for at in range(size)] for side in ("en", language)]
    return ParallelSentences("en", language, *texts)


def run_pairs(**sizes: list[int]) -> RunPairs:
    """Places of some sizes, of each language."""
    parts = [
        (f"en-{language}={number}.tsv", part(language, size, str(number)))
        for language, given in sizes.items()
        for number, size in enumerate(given)
    ]
    return RunPairs("en", [p for _, p in parts], [], {}, [], [], [name for name, _ in parts])


def settings(minutes: float, **more: Any) -> ResolvedSettings:
    return ResolvedSettings(minutes=minutes, tokens_per_batch=64, seed=3, **more)


def sizes(pairs: RunPairs) -> list[int]:
    return [len(part) for part in pairs.train]


def test_each_place_gives_what_the_minutes_allow():
    pairs = run_pairs(de=[4_000, 1_000], uk=[5_000])
    drawn = draw_for_rate(pairs, settings(5.0, source_share=0.1), RATE)
    expected = 0.9 * RATE * 300 / 10_000
    assert sizes(drawn) == pytest.approx([expected * n for n in (4_000, 1_000, 5_000)], abs=1)
    assert sizes(replace(drawn, drawn=None)) == [4_000, 1_000, 5_000]
    assert [len(part) for part in drawn.evidence] == [4_000, 1_000, 5_000]


def test_of_pairs_that_are_all_read_none_is_left_out():
    pairs = run_pairs(de=[900], uk=[300])
    assert draw_for_rate(pairs, settings(2.0, source_share=0.1), RATE) is pairs


def test_what_a_start_is_solved_from_is_there_however_short_the_run():
    pairs = run_pairs(de=[4_000, 1_000])
    drawn = draw_for_rate(pairs, settings(0.1, source_share=0.1), RATE, least=1_000)
    assert sum(sizes(drawn)) == pytest.approx(1_000, abs=2)
    encoder = Pretrained("encoder", PretrainedSettings())
    assert (encoder.start_pairs, replace(encoder, start="none").start_pairs) == (10_000, 0)


def test_a_small_language_that_is_drawn_often_keeps_all():
    pairs = run_pairs(de=[9_900], uk=[100])
    drawn = draw_for_rate(pairs, settings(5.0, temperature=3.0), RATE)
    assert sizes(drawn)[1] == 100
    assert 1_000 < sizes(drawn)[0] < 9_900


@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=3),
    st.lists(st.integers(1, 200), max_size=2),
    st.sampled_from([{}, {"temperature": 2.0}, {"corpus_temperature": 3.0}]),
    st.floats(0.01, 2.0),
)
def test_pairs_keep_their_order_and_places_their_shares(de, uk, mixing, long):
    pairs = run_pairs(de=de, uk=uk)
    chosen = settings(long, **mixing)
    drawn = draw_for_rate(pairs, chosen, RATE)
    for some, whole in zip(drawn.train, pairs.train, strict=True):
        rows = [int(text.split()[-1]) for text in some.source]
        assert rows == sorted(set(rows)) and rows
        assert [whole[row] for row in rows] == list(some)
    before, after = (corpus_shares(without_tokens(p), "en", chosen) for p in (pairs, drawn))
    rounding = 1.0 / min(sum(sizes(drawn)), sum(sizes(pairs)))
    assert after == pytest.approx(before, abs=0.02 + 4 * rounding)


def test_of_less_time_come_some_of_the_same_pairs():
    pairs = run_pairs(de=[3_000])
    short, long = (draw_for_rate(pairs, settings(m), RATE).train[0].source for m in (1.0, 2.0))
    assert set(short) < set(long)


def test_in_all_languages_the_same_source_sentences_are_drawn():
    """Each has one target; a part of its own for each language would be ten times as many."""
    alike = replace(run_pairs(de=[2_000], uk=[2_000]), new=[part("de", 2_000), part("uk", 2_000)])
    german, ukrainian = draw_for_rate(alike, settings(1.0), RATE).train
    assert german.source == ukrainian.source and 0 < len(german) < 1_000
    other = replace(alike, new=alike.new[::-1], corpora=alike.corpora[::-1])
    assert draw_for_rate(other, settings(1.0), RATE).train == [ukrainian, german]
    seeded = draw_for_rate(alike, replace(settings(1.0), seed=9), RATE)
    assert seeded.train == [german, ukrainian]


def test_no_minutes_and_a_corpus_of_hardly_any_weight_leave_something_to_learn_from():
    pairs = run_pairs(de=[3_000, 3_000])
    drawn = draw_for_rate(pairs, settings(0.0), RATE)
    assert sum(sizes(drawn)) == pytest.approx(minutes.FEW, abs=3)
    light = settings(1.0, corpus_weights={pairs.corpora[1]: 1e-9})
    drawn = draw_for_rate(pairs, light, RATE)
    assert sizes(drawn)[1] == 1 < sizes(drawn)[0]
    assert corpus_shares(without_tokens(drawn), "en", light)[pairs.corpora[1]] < 1e-3


def test_pairs_of_more_weight_are_not_repeated_for_want_of_others():
    whole = part("de", 10_000)
    heavy = np.where(np.arange(10_000) % 50, 1.0, 50.0).astype(np.float32)
    pairs = replace(run_pairs(de=[10_000]), new=[replace(whole, weights=heavy)])
    by_loss = draw_for_rate(pairs, settings(0.1), RATE)
    by_draw = draw_for_rate(pairs, settings(0.1, pair_weights="draw"), RATE)
    assert sizes(by_draw)[0] == pytest.approx(sizes(by_loss)[0] * 50 / heavy.mean(), rel=0.02)


def test_what_others_leave_to_a_language_is_there():
    pairs = run_pairs(de=[5_000], uk=[5_000])
    short = draw_for_rate(pairs, settings(0.0, patience=2), RATE, least=500)
    assert sum(sizes(short)) == pytest.approx(500, abs=2)  # not twice as many
    usual, patient = (draw_for_rate(pairs, settings(2.0, patience=p), RATE) for p in (None, 2))
    assert sizes(patient) == pytest.approx([2 * n for n in sizes(usual)], abs=2)


@pytest.fixture
def by_clock(recipe: DistillRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """250 pairs, of which so many minutes may read some tens."""
    monkeypatch.setattr(minutes, "measured_rate", lambda *_: 3 * RATE)
    monkeypatch.setattr("isogloss.recipes.distill.dry_run.measured_rate", lambda *_: 3 * RATE)
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))

    def make(**limits: float) -> DistillRecipe:
        training = TrainSettings(**{"precision": "fp32", "tokens_per_batch": 256} | limits)
        return replace(recipe, out=str(tmp_path / "out"), training=training)

    assert transplant.TRAINING_COST == 3.0
    return make


def test_what_is_not_read_is_not_embedded(by_clock):
    made = by_clock(minutes=0.1)
    told = plan(made)
    prepared = prepare(made, [], RunLog())
    data = prepared.facts.data[0]
    expected = round(0.9 * RATE * 6)
    assert data.drawn == pytest.approx(expected, abs=1) and data.kept > 2 * data.drawn
    assert told["data"][0]["drawn"] == data.drawn
    assert len(prepared.store()) <= data.drawn + data.dev
    assert len(prepared.store()) == told["estimate"]["targets_to_embed"]
    start, end = prepared.examples().streams["de"]
    assert end - start == data.drawn
    assert prepared.examples().corpora["de"][0].pairs == data.kept - data.dev
    of_all = prepare(replace(by_clock(epochs=1.0), out=f"{made.out}-all"), [], RunLog()).facts
    assert prepared.facts.student.new_tokens == of_all.student.new_tokens
    assert prepared.facts.minutes == 0.1 and of_all.minutes is None
    table = data_table(prepared.facts.data)
    assert dict(zip(table.columns, table.rows[0], strict=True))["drawn"] == str(data.drawn)


@pytest.mark.parametrize("limits", [{"epochs": 0.1}, {"epochs": 0.1, "minutes": 0.1}])
def test_with_a_number_of_epochs_all_pairs_are_there(by_clock, limits):
    prepared = prepare(by_clock(**limits), [], RunLog())
    data = prepared.facts.data[0]
    assert data.drawn is None
    start, end = prepared.examples().streams["de"]
    assert end - start == data.kept - data.dev


def test_few_pairs_are_all_kept(by_clock, monkeypatch):
    monkeypatch.setattr(minutes, "FEW", 1_000)
    assert prepare(by_clock(minutes=0.1), [], RunLog()).facts.data[0].drawn is None


def test_the_start_of_a_student_has_its_pairs(by_clock, monkeypatch):
    monkeypatch.setattr(transplant.Transplant, "start_pairs", 150)
    made = by_clock(minutes=0.1)
    assert plan(made)["data"][0]["drawn"] == pytest.approx(150, abs=1)
    assert prepare(made, [], RunLog()).facts.data[0].drawn == pytest.approx(150, abs=1)


def test_several_processes_read_more(by_clock):
    facts = prepare(by_clock(minutes=0.1), [], RunLog(), processes=2).facts
    assert facts.data[0].drawn == pytest.approx(2 * 0.9 * RATE * 6, abs=1)


def test_no_minutes_leave_an_untrained_student(by_clock):
    facts = prepare(by_clock(minutes=0.0), [], RunLog()).facts
    assert facts.data[0].drawn == pytest.approx(minutes.FEW, abs=2)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"minutes": 0.05}, False),
        ({"minutes": 0.1}, False),
        ({"minutes": 0.2}, True),
        ({"epochs": 1.0}, True),
    ],
)
def test_a_longer_resume_says_how_few_pairs_it_has(by_clock, caplog, limits, told):
    prepare(by_clock(minutes=0.1), [], RunLog())
    caplog.clear()
    drawn = prepare(by_clock(**limits), [], RunLog()).facts.data[0].drawn
    assert (
        f"goes on with the {drawn} pairs that were drawn for 0.1 minutes" in caplog.text
    ) is told
