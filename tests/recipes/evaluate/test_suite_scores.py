"""Aggregates of suites against the definitions, on the same cosines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from isogloss.metrics.score import Score
from isogloss.protocols import NO_ROLE, FloatArray, Role
from isogloss.recipes.evaluate.run import Evaluation, evaluate
from isogloss.tasks.suites import load_suites
from isogloss.tasks.suites.scores import is_monolingual

from .test_suites import Letters, root, sts

__all__ = ["root"]


def evaluated(folder: Path, name: str, languages: list[str] | None = None) -> list[Score]:
    suites = load_suites([name], data_root=folder, languages=languages)
    evaluation: Evaluation = evaluate({"m": Letters()}, suites=suites)
    return evaluation.scores["m"]


def value(scores: list[Score], languages: str, metric: str) -> float:
    (score,) = [s for s in scores if (s.languages, s.metric) == (languages, metric)]
    assert score.value is not None
    return score.value


def cosines(scores: list[Score]) -> dict[str, tuple[Any, Any]]:
    return {
        s.languages: (s.items.values.astype(float), s.items.gold)
        for s in scores
        if s.metric == "spearman" and s.items is not None
    }


def test_every_aggregate_is_what_its_name_says(root: Path) -> None:
    scores = evaluated(root, "sts17-paper")
    sets = cosines(scores)
    assert list(sets) == ["en-en", "ar-ar", "en-ar", "en-de"]
    for group, names in {
        "monolingual": ["en-en", "ar-ar"],
        "cross-lingual": ["en-ar", "en-de"],
        "all": list(sets),
    }.items():
        each = [spearmanr(*sets[name]).statistic for name in names]
        sizes = [len(sets[name][0]) for name in names]
        assert value(scores, group, "spearman_mean") == pytest.approx(np.mean(each))
        assert value(scores, group, "spearman_weighted") == pytest.approx(
            np.average(each, weights=sizes)
        )
        assert value(scores, group, "spearman_fisher") == pytest.approx(
            np.tanh(np.mean(np.arctanh(each)))
        )
        both = [np.concatenate([sets[name][side] for name in names]) for side in (0, 1)]
        assert value(scores, group, "spearman_joined") == pytest.approx(spearmanr(*both).statistic)


def test_aggregates_carry_intervals_sizes_and_what_is_missing(root: Path) -> None:
    scores = evaluated(root, "sts17-paper")
    rows = {s.languages: s for s in scores if s.metric == "spearman_mean"}
    assert [rows[g].n for g in ("monolingual", "cross-lingual", "all")] == [41, 45, 86]
    assert [rows[g].dropped for g in ("monolingual", "cross-lingual", "all")] == [
        {"missing test sets": 1},
        {"missing test sets": 5},
        {"missing test sets": 6},
    ]
    assert "sets:4" in rows["all"].signature
    for row in rows.values():
        assert row.low is not None and row.high is not None
        assert row.low < row.value < row.high  # type: ignore[operator]


def test_a_choice_of_languages_makes_no_whole(root: Path) -> None:
    rows = {s.languages: s for s in evaluated(root, "sts17-paper", ["ar"]) if "_mean" in s.metric}
    assert rows["all"].dropped == {"test sets of other languages": 7}
    assert rows["monolingual"].dropped == {"test sets of other languages": 1}
    crossed = evaluated(root, "stsb-multi-mt", ["de"])
    assert all(not s.dropped for s in crossed)


def test_mstsb_reports_both_correlations(root: Path) -> None:
    for at, name in enumerate(("en", "cs", "en-cs")):
        sts(root / "mstsb" / f"{name}.tsv", seed=at)
    scores = evaluated(root, "mstsb", ["cs"])
    metrics = {s.metric for s in scores if s.languages == "all"}
    assert {"spearman_fisher", "pearson_fisher", "pearson_joined"} <= metrics
    each = [pearsonr(*pair).statistic for pair in cosines(scores).values()]
    assert value(scores, "all", "pearson_mean") == pytest.approx(np.mean(each))
    assert {s.languages for s in scores if s.metric == "spearman_mean"} == {"monolingual", "all"}


def test_a_single_set_has_no_aggregate(root: Path) -> None:
    scores = evaluated(root, "mstsb", ["en"]) if (root / "mstsb").exists() else []
    assert scores == []
    sts(root / "KorSTS" / "sts-test.tsv")
    assert [s.metric for s in evaluated(root, "korsts")] == ["spearman", "pearson"]


def test_the_bias_suite_reports_bias_alone(root: Path) -> None:
    scores = evaluated(root, "bias")
    plain = cosines(evaluated(root, "sts17-paper"))
    metrics = {s.metric for s in scores if not s.missing}
    assert {"bias", "bias_expected", "bias_actual"} <= metrics
    assert "spearman" not in metrics
    assert value(scores, "all", "bias") == pytest.approx(
        value(scores, "all", "bias_actual") - value(scores, "all", "bias_expected")
    )
    cosine, gold = plain["en-ar"]
    inside = cosine[(gold >= 2) & (gold < 3)]
    assert value(scores, "en-ar", "cosine_gold_2_to_3") == pytest.approx(inside.mean())


def test_a_pair_is_one_in_all_languages_that_have_it(root: Path) -> None:
    file = root / "stsb" / "de-test.tsv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[3] = "3\tabc\t\n"  # German lacks a pair
    file.write_text("".join(lines), encoding="utf-8")
    scores = evaluated(root, "stsb-multi-mt", ["de"])
    (joined,) = [s for s in scores if (s.languages, s.metric) == ("all", "spearman_joined")]
    assert joined.n == 2 * 20 + 2 * 19  # those with German second lack one
    assert joined.items is not None and joined.items.pairs is not None
    counts = np.bincount(joined.items.pairs)
    assert sorted(counts.tolist()) == [2, *[4] * 19]


class Flat:
    """Gives every text the same vector."""

    fingerprint = "flat"

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        return np.ones((len(sentences), 4), np.float32)


def test_sets_without_a_correlation_are_not_missing(root: Path) -> None:
    suites = load_suites(["stsb-multi-mt"], data_root=root, languages=["de"])
    rows = evaluate({"m": Flat()}, suites=suites).scores["m"]
    assert {row.value for row in rows} == {None}
    assert not any(row.missing for row in rows)
    assert {row.n for row in rows if row.metric == "spearman_joined"} == {40, 80}


def test_crossed_suites_report_bias_beside(root: Path) -> None:
    scores = evaluated(root, "stsb-multi-mt", ["de"])
    sets = cosines(scores)
    assert len(sets) == 4
    expected = np.mean([spearmanr(*pair).statistic for pair in sets.values()])
    assert value(scores, "all", "bias_expected") == pytest.approx(expected)
    assert value(scores, "all", "bias_actual") == pytest.approx(
        value(scores, "all", "spearman_joined")
    )


def test_accuracies_are_averaged_over_languages(root: Path) -> None:
    scores = evaluated(root, "tatoeba")
    each = [s.value for s in scores if s.metric == "accuracy_mean" and s.value is not None]
    assert len(each) == 2
    assert value(scores, "all", "macro_accuracy_mean") == pytest.approx(np.mean(each))
    (row,) = [s for s in scores if s.metric == "macro_accuracy_source_to_target"]
    assert row.dropped == {"missing test sets": 110}
    assert "interval:mover" in row.signature


def test_a_language_without_a_value_is_left_out_of_the_mean_and_told(root: Path) -> None:
    for side in ("fra", "eng"):
        (root / "tatoeba" / f"tatoeba.fra-eng.{side}").write_text("abc\n" * 8)
    scores = evaluated(root, "tatoeba")
    german = value(scores, "de-en", "accuracy_mean")
    (row,) = [s for s in scores if s.metric == "macro_accuracy_mean"]
    assert (row.value, row.n) == (pytest.approx(german), 8)
    assert row.dropped == {"missing test sets": 110, "test sets without a value": 1}
    assert "sets:1" in row.signature


@pytest.mark.parametrize(
    ("languages", "single"),
    [("de-de", True), ("en-de", False), ("zh-CN-zh-CN", True), ("en-zh-CN", False)],
)
def test_pairs_are_monolingual_or_not(languages: str, single: bool) -> None:
    assert is_monolingual(languages) == single


class LettersWithPrompts(Letters):
    """Has a prompt for STS 2017, and another for all that is graded."""

    name, dim = "letters with prompts", 6

    def prompt_for(self, role: Role) -> str:
        return {"STS17": "of 2017: ", "KorSTS": "STS: "}.get(role.task, "")

    def encode(self, sentences: Sequence[str], *, role: Role = NO_ROLE, **_: Any) -> FloatArray:
        return super().encode([self.prompt_for(role) + text for text in sentences])


def test_a_suite_is_read_with_the_prompt_of_its_name_in_mteb(root: Path) -> None:
    suites = load_suites(["sts17-paper"], data_root=root)
    rows = evaluate({"m": LettersWithPrompts()}, suites=suites).scores["m"]
    measured = [row for row in rows if not row.missing]
    assert {row.metric for row in measured} > {"spearman", "spearman_mean"}
    assert all(row.signature.endswith('|prompt:"of 2017: "') for row in measured)
