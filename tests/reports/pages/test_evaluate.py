"""The page about an evaluation: sections, what was evaluated, published results."""

import json
import re

import numpy as np
import pytest

from isogloss.metrics.correlation import spearman
from isogloss.metrics.score import Score
from isogloss.reports import write_report
from isogloss.reports.figures import accuracy_bars, drawings, sts_heatmap
from isogloss.reports.figures.drawings import comparable
from isogloss.reports.figures.scatter import Graded
from isogloss.reports.pages.evaluate import evaluation_page
from isogloss.reports.published import PUBLISHED_NOTE
from isogloss.reports.results import AGGREGATES
from isogloss.reports.tables import MAX_MISSING_SHOWN
from isogloss.reports.wording import GROUPS
from isogloss.runs.items import Items, write_items
from isogloss.runs.kinds import KINDS
from isogloss.runs.record import EvaluateRecord
from isogloss.runs.signatures import bootstrap_of, signature_fields

SIGNATURE = "metric:spearman|boot:1000|seed:12345|v:0.1.0|data:86124d30"


def page_of(account, scores):
    return evaluation_page(EvaluateRecord.model_validate({"command": "evaluate"} | account), scores)


def score(languages="en-de", value=0.5, *, task="sts", metric="spearman", data="a.tsv"):
    return Score(task, languages, metric, value, value - 0.1, value + 0.1, 20, SIGNATURE, data=data)


@pytest.fixture
def account():
    return {
        "command": "evaluate",
        "isogloss": "0.1.0",
        "finished": "2026-03-04T05:06:07+00:00",
        "models": {
            "student": {"name": "/home/someone/runs/student", "fingerprint": "sha256:aabbccddeeff"},
            "teacher-model": {"name": "owner/teacher-model", "fingerprint": "112233445566"},
        },
        "teacher": {"name": "owner/teacher-model", "fingerprint": "112233445566"},
        "environment": {"python": "3.11.2"},
        "seconds": {"all": 83.0},
    }


@pytest.fixture
def measured():
    rows = [score(), score(metric="pearson"), score("en-de", task="bitext", metric="accuracy_mean")]
    return {"student": rows, "teacher-model": [score(value=0.3)]}


@pytest.fixture
def folder(tmp_path, account, measured):
    rows = [{"model": k} | one.to_dict() for k, found in measured.items() for one in found]
    (tmp_path / "run.json").write_text(json.dumps(account), encoding="utf-8")
    (tmp_path / "scores.json").write_text(json.dumps(rows), encoding="utf-8")
    rng = np.random.default_rng(1)
    gold = rng.uniform(0, 5, 20)
    items = [
        Items("sts", "en-de", "a.tsv", "f", metric, model, rng.uniform(size=20), gold)
        for model in measured
        for metric in ("spearman", "pearson")
    ]
    write_items(tmp_path, items)
    return tmp_path


GOLDEN = [
    "# Evaluation of student and teacher-model\n",
    "- tasks: 2 tasks: semantic textual similarity and finding translations\n",
    "- languages: English and German\n",
    "- teacher: `owner/teacher-model`\n",
    "- finished: 2026-03-04 05:06 UTC\n- isogloss: 0.1.0\n- bootstrap: 1,000 draws, seed 12345\n",
    "### Semantic textual similarity\n",
    "| languages | data | metric | n | student | teacher-model |",
    "| en-de | a.tsv | pearson | 20 | 50.00 [40.00, 60.00] | - |",
    "### Finding translations\n",
    "| student | `student` | `aabbccdd` |",
    "## Origin\n\n- isogloss 0.1.0 · python 3.11.2\n- it took 1 min 23 s\n",
]


@pytest.mark.parametrize("piece", GOLDEN)
def test_the_page_says(piece, account, measured):
    assert piece in page_of(account, measured).markdown()


def test_a_model_without_scores_of_a_kind_has_no_column(account, measured):
    page = page_of(account, measured).markdown()
    assert "| languages | data | metric | n | student |\n" in page


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_task_is_named_in_words(kind, account):
    page = page_of(account, {"m": [score(task=kind)]}).markdown()
    title = KINDS[kind].title
    assert f"- tasks: 1 task: {title.lower()}\n" in page
    assert f"### {title}\n\n{KINDS[kind].meaning}\n" in page


def test_it_names_no_folder(account, measured):
    page = page_of(account, measured).markdown()
    assert "/home" not in page
    assert "someone" not in page


def test_an_evaluation_of_nothing_says_so():
    page = page_of({}, {}).markdown()
    assert page == "# Evaluation\n\nNothing was evaluated.\n"


def test_a_folder_gets_pages_and_the_pictures_they_name(folder):
    pytest.importorskip("matplotlib")
    report = write_report(folder).read_text(encoding="utf-8")
    named = re.findall(r"\]\((plots/[^)]+)\)", report)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")} == set(named)
    assert [name.removeprefix("plots/") for name in named] == [
        "accuracy.png",
        "sts.png",
        "sts_difference.png",
        "scatter_01_en-de.png",
    ]
    assert (folder / "report.html").read_text(encoding="utf-8").count("<figure") == len(named)


def test_pages_are_the_same_when_made_again(folder):
    pytest.importorskip("matplotlib")
    write_report(folder)
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write_report(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first


def test_a_lone_model_has_the_name_of_the_run(folder, account, measured):
    account["models"].pop("teacher-model")
    (folder / "run.json").write_text(json.dumps(account), encoding="utf-8")
    rows = [one.to_dict() for one in measured["student"]]
    (folder / "scores.json").write_text(json.dumps(rows), encoding="utf-8")
    report = write_report(folder).read_text(encoding="utf-8")
    assert report.startswith("# Evaluation of student\n")
    assert "| n | student |" in report


def test_of_very_many_pictures_the_first_are_drawn_and_the_page_says_so(folder, monkeypatch):
    pytest.importorskip("matplotlib")
    from isogloss.reports.figures import run_plots

    monkeypatch.setattr(run_plots, "MAX_PICTURES", 2)
    report = write_report(folder).read_text(encoding="utf-8")
    assert "2 more plots of cosines against grades would follow; none was drawn." in report
    assert {path.name for path in (folder / "plots").iterdir()} == {"accuracy.png", "sts.png"}


def test_pictures_of_an_earlier_evaluation_go_and_other_files_stay(folder):
    pytest.importorskip("matplotlib")
    write_report(folder)
    (folder / "plots" / "mine.png").write_text("a user's own", encoding="utf-8")
    (folder / "items.npz").unlink()
    write_report(folder)
    names = {path.name for path in (folder / "plots").iterdir()}
    assert names == {"accuracy.png", "sts.png", "sts_difference.png", "mine.png"}


def test_a_teacher_scored_on_other_languages_has_no_differences(account):
    scores = {"student": [score("de-de")], "teacher-model": [score("en-en")]}
    label = drawings.reference(EvaluateRecord.model_validate(account), scores)
    assert label == "teacher-model"
    assert [drawing.name for drawing in drawings.score_drawings(scores, label)] == ["sts"]
    scores["student"].append(score("en-en"))
    names = [drawing.name for drawing in drawings.score_drawings(scores, label)]
    assert names == ["sts", "sts_difference"]


def pairs_of(gold, *, shift=0.0):
    return {"student": Graded(np.asarray(gold) / 5 + shift, np.asarray(gold, dtype=float))}


def test_only_comparable_tasks_are_laid_side_by_side():
    one, two, other = [0, 1, 5], [0, 2, 5], [1, 2, 3]
    same_gold = {("en-en", "a"): pairs_of(one), ("de-de", "b"): pairs_of(one)}
    assert list(comparable(same_gold | {("de-de", "c"): pairs_of(two)})) == ["en-en", "de-de"]
    one_set = {(pair, "set"): pairs_of(gold) for pair, gold in zip("xyz", (two, other, [2, 3, 4]))}  # noqa: B905
    assert list(comparable(same_gold | one_set)) == ["x", "y", "z"]
    apart = {("en-en", "a"): pairs_of(one), ("de-de", "b"): pairs_of(two)}
    assert list(comparable(apart)) == ["en-en", "de-de"]
    assert comparable({("en-en", "a"): pairs_of(one), ("en-en", "b"): pairs_of(two)}) == {}
    assert comparable({("en-en", "a"): pairs_of(one)}) == comparable({}) == {}


def test_the_bias_map_tells_bias_and_leaves_out_who_lacks_a_pair(folder, monkeypatch):
    pytest.importorskip("matplotlib")
    drawn = {}
    monkeypatch.setattr(drawings, "bias_map", lambda panels, *rest: drawn.update(panels))
    gold = np.array([0.0, 1, 2, 3, 4, 5])
    items = [
        Items("sts", pair, "set", "f", "spearman", "student", gold / 5 + shift, gold)
        for pair, shift in (("en-en", 0.0), ("de-de", -2.0))
    ]
    items.append(Items("sts", "en-en", "set", "f", "spearman", "half", gold, gold))
    bias = drawings.item_drawings(items, ["student", "half"])[0]
    assert bias.name == "bias"
    bias.draw(folder / "bias.png")
    assert list(drawn) == ["student"]
    means = [[0, 0.2, 0.4, 0.6, 0.9], [-2, -1.8, -1.6, -1.4, -1.1]]
    assert drawn["student"].means == pytest.approx(np.array(means))
    joined = spearman(np.concatenate([gold / 5, gold / 5 - 2]), np.concatenate([gold, gold]))
    minus = "\N{MINUS SIGN}"
    expected = f"bias {minus}{100 - 100 * joined:.1f} (expected 100.0, actual {100 * joined:.1f})"
    assert drawn["student"].note == expected


def test_grades_on_another_scale_have_no_bias_map():
    gold = np.array([0.0, 50, 100])
    items = [
        Items("sts", pair, "set", "f", "spearman", "m", gold, gold) for pair in ("en-en", "de-de")
    ]
    names = [drawing.name for drawing in drawings.item_drawings(items, ["m"])]
    assert names == ["scatter_01_en-en", "scatter_02_de-de"]


def suite_rows():
    """Two sets of a suite, what aggregates they have, and what is missing."""
    rows = [score("en-en", 0.8, data="sts17-paper"), score("en-de", 0.4, data="sts17-paper")]
    for group in GROUPS:
        rows.append(score(group, 0.6, metric="spearman_mean", data="sts17-paper"))
    gap = Score("sts", "en-tr", "spearman", None, None, None, 0, "", data="sts17-paper")
    return [*rows, gap]


def test_notes_stand_above_the_tables_without_folders(account):
    account["notes"] = ["one of /home/someone/data/sts17 is missing"]
    page = page_of(account, {"m": suite_rows()}).markdown()
    note = "Notes on these numbers:\n\n- one of sts17 is missing\n"
    assert note in page
    assert page.index(note) < page.index("### Semantic textual similarity")


def test_a_suite_shows_aggregates_and_gaps_and_counts_neither_as_tasks(account):
    page = page_of(account, {"m": suite_rows()}).markdown()
    assert (
        "- tasks: 2 tasks: semantic textual similarity\n- languages: English and German\n" in page
    )
    assert "| cross-lingual | sts17-paper | spearman_mean | 20 | 60.00 [50.00, 70.00] |" in page
    assert "| en-tr | sts17-paper | spearman | 0 | missing |" in page
    assert AGGREGATES in page
    assert AGGREGATES not in page_of(account, {"m": suite_rows()[:2]}).markdown()


def test_very_many_missing_sets_have_no_rows(account):
    rows = [score("en-de", data="many")]
    for place in range(MAX_MISSING_SHOWN + 1):
        rows.append(Score("sts", f"x{place}", "spearman", None, None, None, 0, "", data="many"))
    assert "missing" not in page_of(account, {"m": rows}).markdown()
    assert "missing" in page_of(account, {"m": rows[:-1]}).markdown()


def test_aggregates_are_no_languages_in_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    named = [score("en-de"), score("en-de", task="bitext", metric="accuracy_mean")]
    groups = [score(name) for name in GROUPS]
    groups += [score(name, task="bitext", metric="accuracy_mean") for name in GROUPS]
    assert drawings.score_drawings({"m": groups}, None) == []
    for name, rows in (("one", named), ("two", [*named, *groups])):
        sts_heatmap({"m": rows}, tmp_path / f"{name}.sts.svg")
        accuracy_bars({"m": rows}, tmp_path / f"{name}.bars.svg")
    for kind in ("sts", "bars"):
        one, two = (tmp_path / f"{name}.{kind}.svg" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    gold = np.array([0.0, 1, 2, 3, 4, 5])
    items = [Items("sts", group, "s", "f", "spearman", "m", gold, gold) for group in GROUPS]
    assert drawings.item_drawings(items, ["m"]) == []


def test_published_results_are_shown_where_the_run_asks_for_them(account):
    scores = {"mine": suite_rows()}
    assert "Published results" not in page_of(account, scores).markdown()
    account["published"] = True
    page = page_of(account, scores).markdown()
    assert f"## Published results\n\n{PUBLISHED_NOTE}\n\n### sts17-paper, beside: " in page
    assert "| mine | measured | 80.00 |" in page
    assert "| published |" in page
    nothing = page_of(account, {"mine": [score()]}).markdown()
    assert "None are known for what was measured here." in nothing


def test_signatures_tell_version_and_draws():
    assert signature_fields("a:1|b:sha256:2|c") == {"a": "1", "b": "sha256:2"}
    assert bootstrap_of({"m": [score()]}) == "1,000 draws, seed 12345"
    bare = Score("sts", "en-de", "spearman", 0.5, None, None, 9, "s")
    assert bootstrap_of({"m": [bare]}) == ""
