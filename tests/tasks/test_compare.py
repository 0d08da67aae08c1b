"""Two runs side by side: what both have is tested, what only one has is named."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.recipes.evaluate.compare import compare, write_comparison
from isogloss.recipes.evaluate.run import evaluate, write_evaluation
from isogloss.reports.pages.compare import comparison_table
from isogloss.runs.items import read_items, write_items
from isogloss.tasks import BitextData, BitextTask, HealthData, HealthTask, StsData, StsTask
from isogloss.tasks.task import Settings


@pytest.fixture
def tasks(pairs):
    english, german = [a for a, _ in pairs], [b for _, b in pairs]
    gold = np.array([float(i % 6) for i in range(len(pairs))])
    return {
        "bitext": BitextTask("en-de", BitextData(english, german), "b.tsv"),
        "sts": StsTask("en-de", StsData(english, german, gold), "s.tsv"),
        "other": StsTask("en-de", StsData(english, german[::-1], gold), "s.tsv"),
        "health": HealthTask("en-de", HealthData(english, german), "b.tsv"),
    }


@pytest.fixture
def run(tmp_path, tasks, teacher):
    """Writes an evaluation and gives its folder."""

    def write(name, models, chosen, **settings):
        found = evaluate(
            models,
            [tasks[one] for one in chosen],
            teacher=teacher if "health" in chosen else None,
            settings=Settings(**settings),
        )
        write_evaluation(found, tmp_path / name)
        return str(tmp_path / name)

    return write


def rows(comparison):
    return {(row.task, row.metric): row for row in comparison.compared}


def test_shared_tasks_are_compared_and_values_are_the_scores(run, toy, student, german):
    a = run("a", {"student": student}, ["bitext", "sts"])
    b = run("b", {"perfect": toy("perfect", german)}, ["bitext", "sts"])
    found = compare(a, b)
    assert (found.a.run, found.a.model, found.b.model) == ("a", "student", "perfect")
    assert found.unpaired == []
    for side, folder in (("a", a), ("b", b)):
        scores = json.loads(Path(folder, "scores.json").read_text(encoding="utf-8"))
        values = {(row["task"], row["metric"]): row["value"] for row in scores}
        assert values.keys() == rows(found).keys()
        for key, row in rows(found).items():
            assert getattr(row.result, side) == pytest.approx(values[key]), key
    accuracy = rows(found)["bitext", "accuracy_mean"]
    assert accuracy.n == 24
    assert accuracy.result.difference > 0.2
    assert accuracy.result.real
    assert rows(found)["bitext", "accuracy_source_to_target"].result.mcnemar < 0.05
    assert rows(found)["bitext", "xsim_error"].result.difference < 0


def test_correlations_over_several_sets_are_told_by_their_names(run, toy, student, german):
    folders = [run("a", {"s": student}, ["sts"]), run("b", {"p": toy("p", german)}, ["sts"])]
    for folder in map(Path, folders):
        items = list(read_items(folder))
        more = [replace(one, metric=f"{one.metric}_joined") for one in items]
        write_items(folder, [*items, *more])
    found = rows(compare(*folders))
    results = {metric: found["sts", metric].result for metric in ("spearman", "pearson")}
    assert results["spearman"] != results["pearson"]
    for metric, result in results.items():
        assert found["sts", f"{metric}_joined"].result == result


def test_what_only_one_run_has_is_named(run, toy, student, german):
    a = run("a", {"s": student}, ["bitext", "sts", "health"])
    b = run("b", {"p": toy("perfect", german)}, ["bitext", "other"])
    found = compare(a, b)
    assert {row.task for row in found.compared} == {"bitext"}
    named = {(row.task, row.metrics, row.reason) for row in found.unpaired}
    assert ("sts", ("spearman", "pearson"), "in A; B has other data of this task") in named
    assert ("sts", ("spearman", "pearson"), "in B; A has other data of this task") in named
    assert any(task == "health" and reason == "only in A" for task, _, reason in named)
    untested = ("cosine_source_p1", "random_cosine", "random_cosine_target")
    assert ("health", untested, "no values per item, so no paired test") in named
    notes = comparison_table(found.to_dict()).notes
    assert any(n.startswith("not compared: health en-de (b.tsv) fvu_source") for n in notes)


def test_accuracies_by_cosine_and_by_margin_are_not_compared(run, student):
    a = run("a", {"s": student}, ["bitext"])
    b = run("b", {"s": student}, ["bitext"], nearest_by="margin")
    found = compare(a, b)
    assert set(rows(found)) == {("bitext", "xsim_error"), ("bitext", "mteb_tatoeba_f1")}
    assert "computed as usual in A, by:margin-ratio-k4 in B" in {r.reason for r in found.unpaired}


def test_a_label_chooses_a_model_and_trained_is_the_default(run, toy, student, german):
    models = {"teacher": toy(), "untrained": student, "trained": toy("perfect", german)}
    folder = run("a", models, ["bitext"])
    found = compare(f"{folder}:untrained", folder)
    assert (found.a.model, found.b.model) == ("untrained", "trained")
    assert rows(found)["bitext", "accuracy_mean"].result.b == 1
    with pytest.raises(InputError, match=r"teacher, untrained, trained; expected one.*:LABEL"):
        compare(f"{folder}:nobody", folder)
    two = run("two", {"x": student, "y": toy()}, ["bitext"])
    with pytest.raises(InputError, match="holds the models x, y; expected one of them"):
        compare(two, folder)


def test_a_folder_whose_name_has_a_colon_is_a_folder(run, student):
    folder = run("a:b", {"s": student}, ["bitext"])
    assert compare(folder, f"{folder}:s").a == compare(folder, folder).b


def test_mistakes_say_the_way_out(run, student, tmp_path):
    a, b = run("a", {"s": student}, ["bitext"]), run("b", {"s": student}, ["sts"])
    with pytest.raises(InputError, match=r"share no task \(bitext en-de \(b.tsv\) \| sts en-de"):
        compare(a, b)
    with pytest.raises(MissingFileError, match="nowhere is no folder; expected"):
        compare(a, str(tmp_path / "nowhere"))
    (tmp_path / "b" / "items.npz").write_bytes(b"")
    with pytest.raises(DataFormatError, match=r"items\.npz cannot be read"):
        compare(a, b)
    (tmp_path / "b" / "items.npz").unlink()
    with pytest.raises(MissingFileError, match=r"items\.npz does not exist.*evaluate again"):
        compare(a, b)


def test_files_hold_the_comparison(run, toy, student, german, tmp_path):
    a = run("a", {"s": student}, ["bitext"])
    b = run("b", {"p": toy("perfect", german)}, ["bitext"])
    found = compare(a, b, draws=100)
    write_comparison(found, tmp_path / "out")
    write_comparison(found, None)
    content = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(found.to_dict()))
    row = content["compared"][0]
    assert {"a", "b", "difference", "low", "high", "p_value", "real", "n"} <= row.keys()
    page = (tmp_path / "out" / "compare.md").read_text(encoding="utf-8")
    assert "A: a (s)   B: b (p)" in page
    assert str(tmp_path) not in page
    error = rows(found)["bitext", "xsim_error"].result
    assert (
        f"| xsim_error ↓ | 24 | {error.a * 100:.2f} | 0.00 | {error.difference * 100:+.2f}" in page
    )


def test_a_score_without_a_value_is_shown_with_its_reason(tmp_path, toy):
    data = StsData(["a", "b"], ["a", "b"], np.array([1.0, 2.0]))
    for name in ("a", "b"):
        found = evaluate({"m": toy()}, [StsTask("de-de", data, "x.tsv")])
        write_evaluation(found, tmp_path / name)
    table = comparison_table(compare(str(tmp_path / "a"), str(tmp_path / "b")).to_dict())
    assert table.rows[0][5:] == ("-", "-", "-", "-", "-")
    assert any(
        "no difference, A: 2 pairs; a correlation needs at least 3" in n for n in table.notes
    )
