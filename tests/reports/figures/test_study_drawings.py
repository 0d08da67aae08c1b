"""The picture of a study: every row at what it learned from, and what was published."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.metrics.score import Score
from isogloss.reports.figures.study_drawings import study_drawings
from isogloss.runs.parts import StudyRecord


def score(task: str, languages: str, metric: str, value: float) -> Score:
    return Score(task, languages, metric, value, value - 0.1, value + 0.1, 250, "s", data="d")


def study(varies: str, **pairs: dict[str, int]) -> StudyRecord:
    rows = [{"label": label, "pairs": learned} for label, learned in pairs.items()]
    return StudyRecord.model_validate({"name": "table6", "varies": varies, "rows": rows})


def test_a_row_stands_at_the_pairs_of_the_language(drawn: list[Any], tmp_path: Path) -> None:
    def rows(value: float) -> list[Score]:
        return [
            score("sts", "en-de", "spearman", value),
            score("sts", "en-ar", "spearman", value / 2),
            score("bitext", "en-de", "accuracy_mean", value),
        ]

    run = study("sizes", teacher={}, small={"de": 100, "ar": 50}, large={"de": 900, "ar": 300})
    (drawing,) = study_drawings(run, {"teacher": rows(0.2), "small": rows(0.6), "large": rows(0.8)})
    drawing.draw(tmp_path / "study.png")
    sts, bitext = drawn[0].axes
    curves = {line.get_label(): line for line in sts.lines if not line.get_label().startswith("_")}
    german, arabic = curves["English–German"], curves["English–Arabic"]
    assert german.get_xdata().tolist() == [100, 900]
    assert arabic.get_xdata().tolist() == [50, 300]
    assert arabic.get_ydata().tolist() == pytest.approx([30, 40])
    assert curves["published, STS 2017: English–German"].get_xdata()[-1] == 483_000
    assert [t.get_text() for t in sts.get_xticklabels()][:2] == ["none", "50"]
    assert not [line for line in bitext.lines if "published" in line.get_label()]


def test_of_many_test_sets_the_average_is_drawn(drawn: list[Any], tmp_path: Path) -> None:
    codes = ["ar", "de", "tr", "es", "fr", "it", "nl"]
    rows = [score("sts", f"en-{code}", "spearman", 0.5) for code in codes]
    rows.append(score("sts", "cross-lingual", "spearman_mean", 0.5))
    (drawing,) = study_drawings(study("corpora", a={"de": 5}, b={"de": 5}), {"a": rows, "b": rows})
    drawing.draw(tmp_path / "study.png")
    (axes,) = drawn[0].axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["cross-lingual sets"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]


def test_language_bias_has_a_panel_of_its_own(drawn: list[Any], tmp_path: Path) -> None:
    rows = [score("sts", "all", "bias_expected", 0.7), score("sts", "all", "bias_actual", 0.6)]
    (drawing,) = study_drawings(study("models", a={}), {"a": rows})
    drawing.draw(tmp_path / "study.png")
    (axes,) = drawn[0].axes
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"] == [70, 60]


def test_language_bias_is_drawn_over_the_pairs_and_apart_for_every_suite(
    drawn: list[Any], tmp_path: Path
) -> None:
    def rows(value: float) -> list[Score]:
        found = [score("sts", "all", f"bias_{name}", value) for name in ("expected", "actual")]
        return [*found, *(replace(one, data="e", value=value / 2) for one in found)]

    run = study("sizes", teacher={}, small={"de": 100}, large={"de": 900})
    (drawing,) = study_drawings(run, {"teacher": rows(0.2), "small": rows(0.6), "large": rows(0.8)})
    drawing.draw(tmp_path / "study.png")
    (axes,) = drawn[0].axes
    curves = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    assert set(curves) == {
        f"{name}, {data}" for name in ("expected", "actual: all pairs joined") for data in "de"
    }
    assert curves["expected, d"].get_xdata().tolist() == [100, 900]
    assert curves["expected, d"].get_ydata().tolist() == pytest.approx([60, 80])
    assert curves["expected, e"].get_ydata().tolist() == pytest.approx([30, 40])


def test_a_study_of_nothing_has_no_picture() -> None:
    assert study_drawings(StudyRecord(), {}) == []
    assert study_drawings(study("models", a={}), {"a": []}) == []
