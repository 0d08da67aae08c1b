"""What a run's folder gives back, and what it says when it cannot."""

import json

import pytest

from isogloss.errors import DataFormatError, MissingFileError, OutputFolderError
from isogloss.metrics.score import Score
from isogloss.reports import read_scores
from isogloss.runs.files import ONLY_MODEL, score_from_row
from isogloss.writing import write_whole


@pytest.fixture
def scores():
    """Scores of two models, those of one after those of the other."""
    return {
        model: [
            Score("sts", languages, "spearman", value, 0.1, 0.9, 1379, "s", data=f"{languages}.tsv")
            for languages, value in (("en-en", 0.82), ("de-de", 0.38))
        ]
        for model in ("trained", "teacher")
    }


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_scores_come_back_as_they_were_written(tmp_path, scores):
    scores["trained"].append(
        Score("sts", "de-de", "spearman", None, None, None, 2, "s", {"empty": 1}, "n < 3", "x.tsv")
    )
    rows = [{"model": k} | score.to_dict() for k, found in scores.items() for score in found]
    write(tmp_path, "scores.json", rows)
    assert read_scores(tmp_path) == scores


def test_rows_without_a_model_are_those_of_one_model(tmp_path, scores):
    write(tmp_path, "scores.json", [score.to_dict() for score in scores["trained"]])
    assert read_scores(tmp_path) == {ONLY_MODEL: scores["trained"]}


def test_a_row_that_is_no_score_is_named(tmp_path, scores):
    row = scores["trained"][0].to_dict()
    del row["metric"], row["n"]
    write(tmp_path, "scores.json", [scores["trained"][1].to_dict(), row])
    with pytest.raises(DataFormatError, match=r"row 2 lacks metric, n; expected"):
        read_scores(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"scores\.json does not exist"):
        read_scores(tmp_path)


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new" / "page.md"
    write_whole(path, "first\n")
    write_whole(path, "zweite ß\n")
    assert path.read_bytes() == "zweite ß\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFolderError, match="cannot be written"):
        write_whole(tmp_path / "file" / "page.md", "text")


@pytest.mark.parametrize("n", ["x", None, 1.5])
def test_a_number_of_items_that_is_none_is_refused(n: object) -> None:
    row = {"task": "sts", "languages": "en-en", "metric": "spearman", "value": 0.5, "n": n}
    with pytest.raises(DataFormatError, match=r"has n .*; expected a number of items"):
        score_from_row(row, "row 1")


@pytest.mark.parametrize("change", [{"n": True}, {"value": "high"}, {"low": [1]}])
def test_a_number_that_is_none_is_named_with_its_row(tmp_path, scores, change):
    write(tmp_path, "scores.json", [scores["trained"][0].to_dict() | change])
    with pytest.raises(DataFormatError, match=r"row 1 has (n|value|low) .*; expected a number"):
        read_scores(tmp_path)
