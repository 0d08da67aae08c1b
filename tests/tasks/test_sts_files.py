"""STS files as spreadsheets and habits write them: read right, or refused with the way out."""

import json
import logging
from pathlib import Path

import pytest

from isogloss.data.graded.align import read_graded
from isogloss.errors import DataFormatError
from isogloss.samples import read_rows
from isogloss.tasks import load_task

ROWS = read_rows("held_out")[:20]
EN, DE, UK = ([row[code] for row in ROWS] for code in ("en", "de", "uk"))
GRADES = [round(at * 7 % 51 / 10, 1) for at in range(20)]
COMMAS = [str(grade).replace(".", ",") for grade in GRADES]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*columns, name="a.tsv", by="\t", header=""):
        rows = zip(*columns, strict=True)
        text = header + "".join(by.join(map(str, row)) + "\n" for row in rows)
        Path(name).write_text(text, encoding="utf-8")
        return name

    return make


def refused(place, words):
    for read in (lambda: load_task(f"sts:en-de={place}"), lambda: read_graded([f"en={place}"])):
        with pytest.raises(DataFormatError, match=words):
            read()


def test_semicolons_and_decimal_commas_are_named(write):
    write(EN, DE, COMMAS, name="a.csv", by=";", header="sentence1;sentence2;score\n")
    refused("a.csv", r"semicolons between its columns.*4\.5 for 4,5")
    # read as CSV with commas, these rows have three columns and a score in the last
    commas = [f"{text}, and more" for text in ("One", "Two", "Three")]
    write(commas, ["x", "y", "z"], ["4,5", "3,5", "2,0"], name="b.csv", by=";")
    refused("b.csv", "semicolons")
    refused(write(COMMAS, EN, DE), r"score is '0,0'.*write a decimal point in place of the comma")


def test_a_semicolon_inside_sentences_is_a_letter(write):
    text = [f"one; two; three; {at}" for at in range(20)]
    assert len(load_task(f"sts:en-de={write(GRADES, text, text)}").data) == 20


def test_numbers_in_a_column_of_sentences_are_refused(write):
    refused(write(GRADES, range(10, 30), EN, DE), "sentence 1 holds numbers")
    refused(write(GRADES, EN, [f"id-{at}" for at in range(20)], DE), "sentence 2 holds ids")
    # ids that could be grades stand first, the grades second
    refused(write(range(5), GRADES[1:6], EN[:5], DE[:5]), "sentence 1 holds numbers")


def test_the_layout_is_that_of_all_rows(write):
    ids = [0, *range(100, 119)]  # the first could be a grade
    write(ids, ["a genre"] * 20, ["a file"] * 20, ids, GRADES, EN, DE)
    assert load_task("sts:en-de=a.tsv").data.gold.tolist() == GRADES


def test_json_lines_are_named(write):
    rows = zip(GRADES, EN, DE, strict=True)
    lines = [json.dumps({"score": g, "sentence1": a, "sentence2": b}) for g, a, b in rows]
    Path("a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    refused("a.jsonl", "is JSON; expected score, sentence 1, sentence 2; convert it to TSV")


def test_sentences_in_each_others_script_are_refused(write):
    with pytest.raises(DataFormatError, match=r"each other's script.*uk-en"):
        load_task(f"sts:en-uk={write(GRADES, UK, EN)}")
    assert len(load_task(f"sts:uk-en={write(GRADES, UK, EN)}").data) == 20


def test_a_name_and_letters_of_another_language_are_noted(write, caplog):
    with caplog.at_level(logging.WARNING):
        read_graded([f"de={write(GRADES, UK, UK, name='stsb-uk-train.tsv')}"])
    assert "read as de, but the name says uk" in caplog.text
    assert "what should be German is in Cyrillic letters" in caplog.text
    caplog.clear()
    load_task(f"sts:en-de={write(GRADES, EN, DE, name='my-stsb-de.tsv')}")
    assert caplog.text == ""


def test_columns_cannot_be_named_here(write):
    with pytest.raises(FileNotFoundError, match="graded pairs in the file's header"):
        load_task(f"sts:en-de={write(GRADES, EN, DE)}?source=2&target=3")


def test_a_score_is_taken_before_a_label(write, caplog):
    labels = [at % 2 for at in range(20)]
    write(labels, EN, DE, GRADES, header="label\tsentence1\tsentence2\tscore\n")
    with caplog.at_level(logging.WARNING):
        assert load_task("sts:en-de=a.tsv").data.gold.tolist() == GRADES
    assert "a.tsv: column 'score' is taken, ['label'] left aside" in caplog.text


@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("grades", [GRADES, [at * 2 % 5 for at in range(20)]])
def test_two_columns_that_could_be_the_score_are_refused(write, layout, grades):
    folds = [at % 6 for at in range(20)]
    columns = [folds, EN, DE, grades] if layout == "first" else [EN, DE, folds, grades]
    number = 1 if layout == "first" else 3
    refused(write(*columns), f"no header, and column {number} or 4 could be the score.*a header")


def test_fractions_are_the_score_beside_whole_numbers(write):
    for counts in ([at % 6 for at in range(20)], [3.5] * 20, [100 + at for at in range(20)]):
        write(GRADES, EN, DE, counts)
        assert load_task("sts:en-de=a.tsv").data.gold.tolist() == GRADES


@pytest.mark.parametrize(
    "header",
    [
        "grade\tsentence1\tsentence2",
        "labels\tText 1\tText 2",
        "#score\tsentence-1\tsentence-2",
        "gold score\tpremise\thypothesis",
    ],
)
def test_headers_of_other_words_are_known(write, header):
    write(GRADES, EN, DE, header=header + "\n")
    assert load_task("sts:en-de=a.tsv").data.gold.tolist() == GRADES


def test_a_header_that_is_not_known_is_told_with_the_names_that_are(write):
    refused(
        write(EN, DE, GRADES, header="english\tgerman\thow alike\n"),
        r"line 1 is a header.*'how alike'.*expected score \(or .*sentence1 and sentence2.*rename",
    )
    # labels of inference are no grades
    labels = [at % 3 for at in range(20)]
    refused(write(EN, DE, labels, header="premise\thypothesis\tlabel\n"), "line 1 is a header")


@pytest.mark.parametrize(("scale", "words"), [(20, "as 100"), (2, "as 10"), (-0.2, "as -1")])
def test_another_scale_is_told(write, scale, words):
    grades = [at * scale for at in range(6)]
    for columns in ([grades, EN[:6], DE[:6]], [EN[:6], DE[:6], grades]):
        refused(
            write(*columns), rf"score is .* lie outside, such {words}: rescale all to 0-5 or 0-1"
        )


def test_quoted_numbers_are_told(write):
    quoted = [f'"{grade}"' for grade in GRADES]
    refused(write(EN, DE, quoted), "its cells are quoted.* save the file without quotes")
    refused(write(quoted, EN, DE, header="score\ts1\ts2\n"), "its cells are quoted")
