"""Tests of a fine-tuning: as they are, without what was seen, and all of them joined."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from isogloss.data.graded.nli import Triplet
from isogloss.data.graded.pairs import GradedPairs
from isogloss.metrics.score import Score
from isogloss.protocols import FloatArray
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.leakage import seen_sentences, unseen_tasks
from isogloss.recipes.finetune.scores import finetune_scores
from isogloss.recipes.finetune.tasks import graded_tasks
from isogloss.reports.results import judged
from isogloss.runs.roles import ALL_TESTS, HELD_OUT, UNSEEN, on_tests
from isogloss.tasks import StsTask
from isogloss.tasks.kinds.sts import StsData

N = 30


def texts(language: str, side: str) -> list[str]:
    return [f"{language} {side} {n}" for n in range(N)]


def task(one: str, other: str) -> StsTask:
    gold = np.linspace(0.0, 5.0, N)[np.arange(N) * 7 % N]
    return StsTask(f"{one}-{other}", StsData(texts(one, "a"), texts(other, "b"), gold), "test")


class Hashed:
    """An encoder of random vectors by text."""

    dim, fingerprint, name = 4, "hashed", "hashed"

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        rows = [np.random.default_rng(abs(hash(text))).normal(size=4) for text in sentences]
        return np.array(rows, np.float32).reshape(-1, 4)


TASKS = [task("en", "en"), task("de", "de"), task("en", "de")]


def test_a_pair_seen_in_one_language_is_left_out_in_all() -> None:
    seen = {"de b 3", "en a 5"}
    found = unseen_tasks(TASKS, seen)
    assert [t.name for t in found] == ["test" + UNSEEN] * 3
    for kept in found:
        assert isinstance(kept, StsTask)
        assert len(kept.data) == N - 2
        assert kept.data.dropped["seen in training"] == 2
        assert not any(text.endswith((" a 5", " b 3")) for text in kept.data.sentences1)
    assert unseen_tasks(TASKS, {"fr a 5"}) == []


def test_a_seen_pair_is_left_out_in_a_language_that_lacks_others() -> None:
    columns = [{name: texts(name, side) for name in ("en", "de")} for side in ("a", "b")]
    pairs = GradedPairs(columns[0], columns[1], TASKS[0].data.gold)
    pairs = pairs.without("de", np.arange(N) < 4)
    found = unseen_tasks(graded_tasks(pairs, "en", "test"), {"de a 9", "en b 2", "de b 20"})
    kept = {one.languages: one.data for one in found if isinstance(one, StsTask)}
    assert {name: len(data) for name, data in kept.items()} == {
        "en-en": N - 3,
        "en-de": N - 6,
        "de-en": N - 6,
        "de-de": N - 6,
    }
    for data in kept.values():
        assert not any(text.endswith((" 9", " 2", " 20")) for text in data.sentences1)
    assert set(kept["de-de"].numbers) < set(kept["en-en"].numbers)


def test_all_tests_without_what_was_seen_hold_those_of_which_nothing_was() -> None:
    gold = np.linspace(0.0, 5.0, N)[np.arange(N) * 11 % N]
    other = StsTask("fr-fr", StsData(texts("fr", "a"), texts("fr", "b"), gold), "test")
    data = FinetuneData(triplets=[Triplet("DE B 7", "y", "z")])
    rows = finetune_scores(data, {"m": Hashed()}, None, "en", [*TASKS, other]).scores["m"]
    joined = {
        row.data: row.n for row in rows if (row.metric, row.languages) == ("spearman_joined", "all")
    }
    assert joined == {ALL_TESTS: 4 * N, ALL_TESTS + UNSEEN: 3 * (N - 1) + N}


def test_sentences_of_triplets_are_seen() -> None:
    assert seen_sentences([None], ["EN a 5 "]) == {"en a 5"}


def test_all_tests_are_scored_as_one() -> None:
    train = GradedPairs({"en": ["en a 0"]}, {"en": ["x"]}, np.array([1.0]))
    data = FinetuneData(train=train, triplets=[Triplet("DE B 7", "y", "z")])
    scores = finetune_scores(data, {"before": Hashed()}, None, "en", TASKS).scores["before"]
    joined = {
        row.data: row
        for row in scores
        if row.metric == "spearman_joined" and row.languages == "all"
    }
    assert set(joined) == {ALL_TESTS, ALL_TESTS + UNSEEN}
    assert joined[ALL_TESTS].n == 3 * N
    assert joined[ALL_TESTS + UNSEEN].n == 3 * (N - 2)
    parts = [row.items for row in scores if row.metric == "spearman" and row.data == "test"]
    cosines = np.concatenate([part.values for part in parts if part is not None])
    gold = np.concatenate([part.gold for part in parts if part is not None])
    assert joined[ALL_TESTS].value == pytest.approx(stats.spearmanr(cosines, gold).statistic)


def test_a_pair_of_languages_tested_twice_is_not_joined_and_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    train = GradedPairs({"en": ["en a 0"]}, {"en": ["x"]}, np.array([1.0]))
    data = FinetuneData(train=train)  # so that there are unseen rows, too
    scores = finetune_scores(data, {"m": Hashed()}, None, "en", [*TASKS, TASKS[0]])
    assert {row.data for row in scores.scores["m"]} == {"test", "test" + UNSEEN}
    [record] = [record for record in caplog.records if "as one" in record.getMessage()]
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("en-en tested more than once")


def test_tests_of_unlike_languages_are_joined_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    finetune_scores(FinetuneData(), {"m": Hashed()}, None, "en", TASKS)
    assert caplog.records == []


def test_graded_pairs_are_tested_in_every_crossing() -> None:
    columns = [{name: texts(name, side) for name in ("en", "de")} for side in ("a", "b")]
    data = FinetuneData(test=GradedPairs(columns[0], columns[1], TASKS[0].data.gold))
    rows = finetune_scores(data, {"m": Hashed()}, None, "en", []).scores["m"]
    graded = {row.languages: row.value for row in rows if row.metric == "spearman"}
    assert set(graded) == {"en-en", "de-de", "en-de", "de-en"}
    alone = finetune_scores(FinetuneData(), {"m": Hashed()}, None, "en", TASKS).scores["m"]
    assert graded["en-de"] == next(
        r.value for r in alone if (r.languages, r.metric) == ("en-de", "spearman")
    )
    assert {row.n for row in rows if row.metric == "spearman_joined"} == {4 * N, 2 * N}


def test_pictures_show_the_tests_where_there_are_any() -> None:
    def row(languages: str, data: str) -> Score:
        return Score("sts", languages, "spearman", 0.5, 0.4, 0.6, N, "s", data=data)

    rows = [row("en-de", "test"), row("en-de", "test" + UNSEEN), row("en-de", HELD_OUT)]
    rows += [row("de-de", HELD_OUT)]
    assert on_tests({"m": rows}) == {"m": [rows[0], rows[3]]}


def test_a_run_is_judged_by_few_metrics() -> None:
    scores = finetune_scores(FinetuneData(), {"m": Hashed()}, None, "en", TASKS).scores
    metrics = {row.metric for row in judged(scores)["m"]}
    assert metrics == {"spearman", "spearman_mean", "spearman_joined"}
    assert "pearson" in {row.metric for row in scores["m"]}
