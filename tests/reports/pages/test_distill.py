"""The report says what the run says, leaves out what it does not, and tells no paths."""

import json
import logging
import subprocess
import sys

import pytest

from isogloss.errors import MissingFileError
from isogloss.reports import write_report
from isogloss.reports.pages.distill import distill_page
from isogloss.reports.results import changes, result_sections
from isogloss.runs.record import DistillRecord


def distill_report(run, scores):
    record = DistillRecord.model_validate({"command": "distill"} | run)
    return distill_page(record, scores).markdown()


@pytest.fixture
def folder(tmp_path, run, scores):
    rows = [{"model": k} | score.to_dict() for k, found in scores.items() for score in found]
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (tmp_path / "scores.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


GOLDEN = [
    "# Distill: German and Ukrainian",
    "No alarms.",
    "A transplant student learned German and Ukrainian from the teacher"
    " `sentence-transformers/all-MiniLM-L6-v2` with 1,800 pairs of parallel sentences (2 sources"
    " of data). It saw 1,880 sentences in 2 min 21 s of training. The checkpoint of step 17"
    " (dev_fvu 0.848) was kept.",
    "- accuracy of finding translations: 9.4 → 55.7 (mean of 2)",
    "- STS beyond English: 31.7 → 41.5 (mean of 3)\n- STS in English: 74.9 → 75.0",
    "| languages | data | metric | n | teacher | untrained | trained |",
    "| de-de | graded.de-de.tsv | spearman | 240 | 45.01 [32.81, 55.38] | 43.99 [31.27, 54.38] |"
    " 45.81 [33.54, 56.01] |",
    "| en-uk | test.en-uk.tsv | accuracy_mean | 205† |",
    "## English kept\n\n100% of English sentences are cut as before.",
    "| en-de | test.en-de.tsv | cosine_source_p1 | 205 | 100.00 [100.00, 100.00] | 98.65",
    "| English–German | `en-de.tsv` | 900 | 900 | 54 | 0 |",
    "| all |  | 1,800 | 1,800 | 108 | 0 |",
    "| tokens per sentence in German, before → after | 18.9 → 13.9 |",
    "| sentences per second | 13 |\n| processes | 1 |\n| precision | bf16 |",
    "| peak memory | 1.7 GB |",
    "Where the time went: data 1.1 s · targets 30 s · student 3 min 0 s · training 2 min 21 s",
    "- teacher `8457b09e` · student `04da60cd` · en-de.tsv `73332829`",
    "`isogloss distill --recipe-from run.json --out AGAIN`",
]


def test_the_report_says_how_a_pretrained_student_began(run, scores):
    start = {
        "method": "ridge",
        "pairs": 7_626,
        "fvu": 0.807,
        "fvu_before": 2.087,
        "accuracy": {"ja": 0.96, "ko": 0.9},
        "accuracy_before": {"ja": 0.92, "ko": 0.88},
        "width": 384,
    }
    student = run["student"] | {"kind": "pretrained", "dim": 768, "start": start}
    assert (
        "It began at a linear map of its 384 dimensions to the teacher's 768 (ridge, 7,626 pairs): "
        "held-out FVU 2.09 without it, 0.81 with it; 90.0% and 93.0% of held-out translations"
        " found. It"
    ) in distill_report(run | {"student": student}, scores)
    student["start"] = start | {"width": 768, "accuracy_before": {}}
    assert (
        "It began at a linear map (ridge, 7,626 pairs): held-out FVU 2.09 without it, 0.81 with it."
    ) in distill_report(run | {"student": student}, scores)
    student["start"] = start | {"method": "none"}
    assert "linear map" not in distill_report(run | {"student": student}, scores)


@pytest.mark.parametrize("piece", GOLDEN)
def test_the_report_says(piece, run, scores):
    assert piece in distill_report(run, scores)


def test_the_report_names_no_folder(run, scores):
    run["alarms"] = ["uk lags behind (see /home/someone/private/uk.log): add data"]
    run["data"][0]["where"] = "en-de=/home/someone/private/en-de.tsv.gz"
    run["data"][1]["where"] = "en-uk=hf:owner/corpus"
    page = distill_report(run, scores)
    assert "> [!WARNING]\n> - uk lags behind (see uk.log): add data" in page
    assert "| English–German | `en-de.tsv.gz` | 900 |" in page
    assert "| English–Ukrainian | `hf:owner/corpus` | 900 |" in page
    assert "/home" not in page
    assert "private" not in page


def test_what_was_dropped_and_taken_up_again_is_told(run, scores):
    run["data"][0]["dropped"] = {"too long": 50, "duplicate": 550}
    run["training"]["resumed_from"] = [400]
    page = distill_report(run, scores)
    assert "| English–German | `en-de.tsv` | 900 | 900 | 54 | 550 duplicate, 50 too long |" in page
    assert "| all |  | 1,800 | 1,800 | 108 | 550 duplicate, 50 too long |" in page
    assert "| resumed from step | 400 |" in page


def test_the_teacher_is_not_compared_with_its_own_index(run, scores):
    kept = distill_report(run, scores).partition("## English kept")[2].partition("\n## ")[0]
    assert "| n | untrained | trained |" in kept


def test_a_finished_student_stands_as_it_was_given(run, scores):
    assert "`before`" not in distill_report(run, scores)
    scores["before"] = scores.pop("untrained")
    page = distill_report(run, scores)
    assert "| languages | data | metric | n | teacher | before | trained |" in page
    assert "`before`: the finished student that it started from, as it was given." in page


@pytest.mark.parametrize("key", ["recipe", "teacher", "student", "data", "training", "alarms"])
def test_what_the_run_does_not_say_is_left_out(key, run, scores):
    whole = distill_report(run, scores)
    del run[key]
    page = distill_report(run, scores)
    assert len(page) < len(whole) or key == "recipe"
    assert "None" not in page


def test_an_empty_run_still_gives_a_page():
    page = distill_report({}, {})
    assert page == "# Distill\n\nA student learned.\n\n## Results\n\nNothing was evaluated.\n"


def test_no_alarm_is_said_only_where_alarms_were_looked_for(run):
    assert "No alarms." in distill_report(run | {"alarms": []}, {})
    assert "alarm" not in distill_report({"command": "distill"}, {}).lower()


def test_packages_are_named_once(run):
    run["environment"] = {"python": "3.11.2", "packages": {"isogloss": "9", "torch": "2.13.0"}}
    page = distill_report(run, {})
    assert "- isogloss 0.1.0 · python 3.11.2 · torch 2.13.0\n" in page


def test_means_hold_only_what_both_models_were_scored_on(scores):
    scores["teacher"] = [score for score in scores["teacher"] if score.languages != "uk-uk"]
    found = {change.name: change for change in changes(scores, "en")}
    assert found["STS beyond English"].n == 2
    assert found["STS beyond English"].after == pytest.approx(
        (0.45807872795906507 + 0.4092468232040735) / 2
    )


def test_unknown_kinds_of_task_come_last_with_all_metrics(scores):
    import dataclasses

    mined = dataclasses.replace(scores["trained"][0], task="clusters", metric="purity")
    section = result_sections({"trained": [mined, *scores["trained"]]})[-1]
    assert (section.title, section.text) == ("Task clusters", [""])
    assert "| purity |" in section.markdown_table


def test_a_folder_gets_its_report_and_plots_and_gets_them_again(folder):
    pytest.importorskip("matplotlib")
    report = write_report(folder)
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    names = {path.name for path in first}
    assert names == {
        "run.json",
        "scores.json",
        "report.md",
        "report.html",
        "training_curve.png",
        "accuracy.png",
        "sts.png",
        "sts_difference.png",
    }
    page = report.read_text(encoding="utf-8")
    for name in ("training_curve", "accuracy", "sts", "sts_difference"):
        assert f"](plots/{name}.png)" in page
    write_report(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first


def test_without_scores_the_report_says_so(folder):
    pytest.importorskip("matplotlib")
    (folder / "scores.json").unlink()
    assert "Nothing was evaluated." in write_report(folder).read_text(encoding="utf-8")
    assert [path.name for path in (folder / "plots").iterdir()] == ["training_curve.png"]


def test_without_matplotlib_the_report_and_the_log_say_so(folder, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with caplog.at_level(logging.WARNING):
        page = write_report(folder).read_text(encoding="utf-8")
    assert "No plots were drawn: matplotlib is not installed" in page
    assert "isogloss[plots]" in caplog.text
    assert not (folder / "plots").exists()


def test_without_a_run_there_is_no_report(tmp_path):
    with pytest.raises(MissingFileError, match=r"run\.json does not exist"):
        write_report(tmp_path)


def test_importing_reports_loads_nothing_heavy():
    heavy = ("torch", "transformers", "matplotlib", "scipy", "numba", "sentence_transformers")
    code = (
        "import sys, isogloss.reports;"
        f"sys.exit(' '.join(name for name in {heavy!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
