"""One story end to end: files, tasks, two models and a teacher, scores.json and report.md."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from isogloss.errors import InputError, OutputFolderError
from isogloss.metrics import pearson, spearman
from isogloss.recipes.evaluate.run import (
    Evaluation,
    evaluate,
    format_table,
    write_evaluation,
)
from isogloss.runs.folder import check_like
from isogloss.runs.items import read_items
from isogloss.tasks import StsData, StsTask, load_task


def overlap(first: str, second: str) -> float:
    a, b = set(first.split()), set(second.split())
    return round(5 * len(a & b) / len(a | b), 2)


@pytest.fixture
def lines(tmp_path, pairs):
    """An English and a German STS file with the same grades, and a bitext."""
    shifts = [(a, b) for shift in (0, 1, 3, 7) for a, b in zip(pairs, np.roll(pairs, shift, 0))]  # noqa: B905
    graded = [(overlap(a[0], b[0]), a, b) for a, b in shifts]
    for side, code in enumerate(("en", "de")):
        text = "".join(f"{score}\t{a[side]}\t{b[side]}\n" for score, a, b in graded)
        (tmp_path / f"{code}.tsv").write_text(text, encoding="utf-8")
    text = "".join(f"{a}\t{b}\n" for a, b in pairs)
    (tmp_path / "bitext.tsv").write_text(text, encoding="utf-8")
    return [
        f"sts:en-en={tmp_path}/en.tsv",
        f"sts:de-de={tmp_path}/de.tsv",
        f"bitext:en-de={tmp_path}/bitext.tsv",
        f"health:en-de={tmp_path}/bitext.tsv",
    ]


@pytest.fixture
def evaluation(lines, student, teacher):
    models = {"student": student, "teacher": teacher}
    return evaluate(models, [load_task(line) for line in lines], teacher=teacher)


def find(evaluation, label, metric, languages):
    (score,) = [
        score
        for score in evaluation.scores[label]
        if (score.metric, score.languages) == (metric, languages)
    ]
    return score


def test_each_text_is_embedded_once_per_model(evaluation, student, teacher, pairs):
    texts = {text for pair in pairs for text in pair}
    for model in (student, teacher):
        assert Counter(model.asked) == dict.fromkeys(texts, 1)


def test_the_student_learnt_german_and_kept_english(evaluation):
    english = [find(evaluation, label, "spearman", "en-en").value for label in evaluation.scores]
    assert english[0] == english[1]
    fvu = {label: find(evaluation, label, "fvu_target", "en-de") for label in evaluation.scores}
    assert fvu["student"].value < fvu["teacher"].value
    assert find(evaluation, "student", "accuracy_mean", "en-de").value > 0.3


def test_retention_is_the_students_value_over_the_teachers_english(evaluation):
    retention = find(evaluation, "student", "retention", "de-de")
    expected = (
        find(evaluation, "student", "spearman", "de-de").value
        / find(evaluation, "teacher", "spearman", "en-en").value
    )
    assert retention.value == pytest.approx(expected)
    assert "teacher:teacher-" in retention.signature
    assert find(evaluation, "student", "retention", "en-en").value == 1


def test_retention_is_left_out_without_teacher_or_original(lines, student, teacher):
    for chosen, named in ((lines[:2], None), (lines[1:2], teacher)):
        found = evaluate({"s": student}, [load_task(line) for line in chosen], teacher=named)
        assert {score.metric for score in found.scores["s"]} == {"spearman", "pearson"}


def test_all_models_have_the_same_rows(evaluation):
    kinds = [
        [(score.task, score.languages, score.metric) for score in scores]
        for scores in evaluation.scores.values()
    ]
    assert kinds[0] == kinds[1]
    assert len(set(kinds[0])) == len(kinds[0]) == 3 + 3 + 9 + 9


def test_scores_json_and_report(evaluation, tmp_path):
    out = tmp_path / "new" / "run"
    write_evaluation(evaluation, out)
    write_evaluation(evaluation, out)
    names = {path.name for path in out.iterdir()} - {"plots"}
    assert names == {"items.npz", "report.html", "report.md", "run.json", "scores.json"}
    rows = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert len(rows) == 48
    assert {row["model"] for row in rows} == {"student", "teacher"}
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "| languages | data | metric | n | student | teacher |" in report
    score = find(evaluation, "student", "spearman", "de-de")
    assert f"| {score.value * 100:.2f} [{score.low * 100:.2f}, {score.high * 100:.2f}] |" in report
    assert "24† |" in report


def test_run_json_says_what_was_evaluated(evaluation, tmp_path):
    write_evaluation(evaluation, tmp_path)
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert run["command"] == "evaluate"
    prints = {label: model["fingerprint"] for label, model in run["models"].items()}
    assert prints == {"student": "student-fingerprint", "teacher": "teacher-fingerprint"}
    assert run["teacher"]["fingerprint"] == "teacher-fingerprint"
    kinds = [(task["task"], task["languages"]) for task in run["tasks"]]
    assert kinds == [("sts", "en-en"), ("sts", "de-de"), ("bitext", "en-de"), ("health", "en-de")]
    assert run["settings"]["draws"] == 1000
    assert datetime.fromisoformat(run["finished"]).tzname() == "UTC"


def test_the_folder_of_another_run_is_refused(evaluation, tmp_path):
    out = tmp_path / "student"
    out.mkdir()
    (out / "run.json").write_text('{"command": "distill"}', encoding="utf-8")
    with pytest.raises(OutputFolderError, match="holds a run of distill"):
        write_evaluation(evaluation, out)
    assert [path.name for path in out.iterdir()] == ["run.json"]
    write_evaluation(evaluation, None)


@pytest.mark.parametrize("name", ["report.md", "thesis.txt", "plots", ".git"])
def test_a_folder_of_somebody_else_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    for out in (tmp_path, Path("/")):
        with pytest.raises(OutputFolderError, match="is not empty and holds no run of evaluate"):
            check_like(out, "evaluate")


def test_a_folder_that_an_evaluation_began_or_a_file_browser_saw_is_taken(evaluation, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in (".DS_Store", "._scores.json", "scores.json", ".scores.json.12"):
        (out / name).touch()
        check_like(out, "evaluate")
    write_evaluation(evaluation, out)
    check_like(out, "evaluate")


def test_the_values_per_item_give_the_scores_again(evaluation, tmp_path):
    write_evaluation(evaluation, tmp_path / "out")
    found = {(i.model, i.task, i.languages, i.metric): i for i in read_items(tmp_path / "out")}
    unkept = set()
    for label, scores in evaluation.scores.items():
        for score in scores:
            items = found.pop((label, score.task, score.languages, score.metric), None)
            if items is None:
                unkept.add(score.metric)
                continue
            values = items.values.astype(np.float64)
            if items.gold is not None:
                again = {"spearman": spearman, "pearson": pearson}[score.metric](values, items.gold)
            else:
                weights = np.ones(len(values)) if items.weights is None else items.weights
                again = values.sum() / weights.sum()
            assert score.value == pytest.approx(again, abs=1e-7), score.metric
            assert f"data:{items.fingerprint[:8]}" in score.signature
    assert found == {}
    assert unkept == {"retention", "cosine_source_p1", "random_cosine", "random_cosine_target"}


def test_one_model_gives_the_plain_rows(lines, student, tmp_path):
    evaluation = evaluate({"student": student}, [load_task(lines[0])])
    write_evaluation(evaluation, tmp_path / "out")
    rows = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    keys = ["task", "languages", "metric", "value", "low", "high", "n", "signature", "data"]
    assert list(rows[0]) == keys
    write_evaluation(evaluation, None)


def test_the_table_says_what_is_missing_and_dropped(toy):
    data = StsData(["a"], ["b"], np.array([1.0]), {"empty sentence": 2})
    table = format_table(evaluate({"m|1": toy()}, [StsTask("de-de", data, "a.tsv")]))
    assert table.columns == ("task", "languages", "data", "metric", "n", "m|1")
    assert [row[-1] for row in table.rows] == ["-", "-"]
    assert "sts de-de (a.tsv): left out 2 empty sentence" in table.notes
    assert any("no value, 1 pairs" in note for note in table.notes)
    markdown = table.markdown()
    assert "m\\|1" in markdown
    assert all(f"\n- {note}" in markdown for note in table.notes)


def test_two_files_of_one_name_stay_two_rows(toy):
    def task(gold):
        return StsTask("de-de", StsData(["a", "b", "c"], ["a", "b a", "d"], gold), "same.tsv")

    tasks = [task(np.array([5.0, 3, 0])), task(np.array([5.0, 1, 2]))]
    assert len(format_table(evaluate({"m": toy()}, tasks)).rows) == 4


def test_mistakes_are_found_before_any_work(lines, student):
    with pytest.raises(InputError, match="--model"):
        evaluate({}, [load_task(lines[0])])
    with pytest.raises(InputError, match="--task"):
        evaluate({"student": student}, [])
    with pytest.raises(InputError, match="--teacher"):
        evaluate({"student": student}, [load_task(line) for line in lines])
    assert student.asked == []


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputFolderError, match="--out"):
        write_evaluation(Evaluation({}), tmp_path / "file")
