"""Graded files: put row beside row or joined by id, filtered, and refused where they do not fit."""

import re
from pathlib import Path

import pytest

from isogloss.data.graded.align import read_graded
from isogloss.errors import DataFormatError, InputError, MissingFileError, UnknownLanguageError

EN = "5.0\tA dog runs.\tA dog is running.\n1.0\tIt rains.\tA man cooks.\n3.0\tTwo cats.\tCats.\n"
DE = (
    "5.0\tEin Hund rennt.\tEin Hund läuft.\n1.0\tEs regnet.\tEin Mann kocht.\n3.0\tZwei Katzen.\t\n"
)


@pytest.fixture
def write(tmp_path: Path):
    def make(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return make


def test_rows_stand_beside_their_translations(write) -> None:
    read = read_graded([f"en={write('en.tsv', EN)}", f"de={write('de.tsv', DE)}"])
    assert read.pairs.languages == ("en", "de")
    assert read.pairs.grades.tolist() == [5.0, 1.0, 3.0]
    assert read.pairs.known("de").tolist() == [True, True, False]  # a sentence is empty
    assert read.pairs.first["de"][1] == "Es regnet."
    told = {"files": ["de.tsv"], "scale": "0-5", "rows": 3, "empty": 1, "unsure": 0}
    assert read.account["de"] == told | {"fingerprint": read.account["de"]["fingerprint"]}


def test_several_files_of_a_language_stand_one_behind_the_other(write) -> None:
    en, de = write("en.tsv", EN), write("de.tsv", DE)
    more = [write("en2.tsv", "2.0\ta\tb\n"), write("de2.tsv", "2.0\tc\td\n")]
    read = read_graded([f"en={en}", f"en={more[0]}", f"de={de}", f"de={more[1]}"])
    assert len(read.pairs) == 4
    assert (read.pairs.first["en"][3], read.pairs.first["de"][3]) == ("a", "c")


def test_rows_are_joined_by_id_in_any_order(write) -> None:
    en = write("en.tsv", "id\tscore\tsentence1\tsentence2\nx\t5\ta\tb\ny\t1\tc\td\nz\t0\te\tf\n")
    de = write("de.tsv", "id\tscore\tsentence1\tsentence2\ny\t1\tC\tD\nx\t5\tA\tB\nw\t2\tG\tH\n")
    pairs = read_graded([f"en={en}", f"de={de}"]).pairs
    assert list(pairs.first["en"]) == ["a", "c", "e", ""]
    assert list(pairs.first["de"]) == ["A", "C", "", "G"]
    assert pairs.grades.tolist() == [5, 1, 0, 2]


def test_translations_that_are_not_sure_are_left_out_in_their_language(write) -> None:
    en = write("en.tsv", EN)
    de = write(
        "de.csv",
        "score,sentence1,sentence2,confidence\n5,a,b,0.9\n1,c,d,0.69\n3,e,f,0.7\n",
    )
    read = read_graded([f"en={en}", f"de={de}"], min_confidence=0.7)
    assert read.pairs.known("de").tolist() == [True, False, True]
    assert read.pairs.known("en").all()
    assert read.account["de"]["unsure"] == 1


@pytest.mark.parametrize(
    ("scores", "grades"),
    [([1.0, 0.2, 0.6], [5.0, 1.0, 3.0]), ([1, 0, 1], [5.0, 0.0, 5.0])],
)
def test_scores_nowhere_above_1_are_taken_for_0_to_1_and_that_is_told(
    write, caplog, scores: list[float], grades: list[float]
) -> None:
    rows = "".join(f"{score}\ta{n}\tb{n}\n" for n, score in enumerate(scores))
    read = read_graded([f"en={write('en.tsv', rows)}", f"de={write('de.tsv', rows)}"])
    assert read.pairs.grades.tolist() == grades
    assert read.account["de"]["scale"] == "0-1"
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert re.search(r"of .*en\.tsv, .*de\.tsv is above 1", record.getMessage())


def test_scores_above_1_are_taken_as_they_are(write, caplog) -> None:
    assert read_graded([f"en={write('en.tsv', EN)}"]).pairs.grades.tolist() == [5.0, 1.0, 3.0]
    assert caplog.records == []


BINARY = "1\ta\tb\n0\tc\td\n1\te\tf\n"
SMALL = "0.8\ta\tb\n0.25\tc\td\n0\te\tf\n"


@pytest.mark.parametrize("languages", [("en", "en"), ("en", "de")])
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize(("other", "high"), [(BINARY, "1"), (SMALL, r"0\.8")])
def test_files_of_unlike_scales_are_refused(
    write, languages: tuple[str, str], aligned: bool, other: str, high: str
) -> None:
    """Behind each other or beside, and whichever is named first."""
    places = [f"{languages[0]}={write('a.tsv', EN)}", f"{languages[1]}={write('b.tsv', other)}"]
    match = rf"b\.tsv has scores from 0 to {high} and .*a\.tsv from 1 to 5; .* rescale the scores"
    for given in (places, places[::-1]):
        with pytest.raises(DataFormatError, match=match):
            read_graded(given, aligned=aligned)


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [("2.857", "2.86", 2.857), ("0.15", "0.2", 0.15), ("0.2", "0.15", 0.2)],
)
def test_rounding_is_let_through_and_the_first_file_counts(
    write, ours: str, theirs: str, kept: float
) -> None:
    rows = "5\ta\tb\n{}\tc\td\n"
    en, de = write("en.tsv", rows.format(ours)), write("de.tsv", rows.format(theirs))
    assert read_graded([f"en={en}", f"de={de}"]).pairs.grades[1] == kept


def test_rounding_on_the_scale_0_to_1_is_let_through(write) -> None:
    en = write("en.tsv", "1\ta\tb\n0.5714\tc\td\n")
    de = write("de.tsv", "1\ta\tb\n0.57\tc\td\n")
    assert read_graded([f"en={en}", f"de={de}"]).pairs.grades[1] == pytest.approx(2.857)


def test_more_than_rounding_is_refused(write) -> None:
    de = write("de.tsv", EN.replace("3.0", "3.06"))
    match = r"line 3, has the score 3\.0 and .*line 3, 3\.06; .* 0\.05 on 0\.\.5.* rescale one"
    with pytest.raises(DataFormatError, match=match):
        read_graded([f"en={write('en.tsv', EN)}", f"de={de}"])


def test_what_stands_beside_what_decides_the_fingerprint_of_a_language(write) -> None:
    head, english = "id\tscore\tsentence1\tsentence2\n", "x\t2\ta\tb\ny\t2\tc\td\n"

    def marks(german: str) -> list[str]:
        places = [f"en={write('en.tsv', head + english)}", f"de={write('de.tsv', head + german)}"]
        return [part["fingerprint"] for part in read_graded(places).account.values()]

    before = marks("x\t2\tA\tB\ny\t2\tC\tD\n")
    assert marks("y\t2\tC\tD\nx\t2\tA\tB\n") == before  # another order of lines
    for german in ("x\t2\tA\tB!\ny\t2\tC\tD\n", "y\t2\tA\tB\nx\t2\tC\tD\n"):
        after = marks(german)
        assert after[0] == before[0]
        assert after[1] != before[1]


def test_files_that_are_no_translations_may_stand_alone(write) -> None:
    places = [f"en={write('en.tsv', EN)}", f"de={write('de.tsv', '2.0	a	b' + chr(10))}"]
    pairs = read_graded(places, aligned=False).pairs
    assert pairs.known("en").tolist() == [True, True, True, False]
    assert pairs.known("de").tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("2.0\ta\tb\n", r"en\.tsv \(en\) has 3 rows and .*de\.tsv \(de\) 1; expected"),
        (DE.replace("1.0\t", "2.0\t"), r"line 2, has the score 1\.0 and .*line 2, 2\.0"),
        (DE.replace("1.0\t", "7.0\t"), r"line 2: score is '7\.0'"),
        ("5.0\tone column less\n" * 3, r"line 1: 2 columns"),
        ("", "has no rows"),
    ],
)
def test_files_that_do_not_fit_are_refused(write, text: str, match: str) -> None:
    places = [f"en={write('en.tsv', EN)}", f"de={write('de.tsv', text)}"]
    with pytest.raises(DataFormatError, match=match):
        read_graded(places)


def test_ids_must_be_met_once_and_shared(write) -> None:
    head = "id\tscore\tsentence1\tsentence2\n"
    en = write("en.tsv", head + "x\t5\ta\tb\n")
    with pytest.raises(InputError, match="no id in common"):
        read_graded([f"en={en}", f"de={write('de.tsv', head + 'y	5	a	b' + chr(10))}"])
    double = write("fr.tsv", head + "x\t5\ta\tb\nx\t5\ta\tb\n")
    with pytest.raises(DataFormatError, match="id 'x' stands there more than once"):
        read_graded([f"en={en}", f"fr={double}"])


def test_translations_of_which_one_grade_differs_do_not_stand_alone(write) -> None:
    places = [f"en={write('en.tsv', EN)}", f"de={write('de.tsv', DE.replace('1.0', '2.0'))}"]
    with pytest.raises(DataFormatError, match=r"line 2, has the score 1\.0 and .*line 2, 2\.0"):
        read_graded(places, aligned=False)


def test_other_pairs_of_equal_number_stand_alone(write, caplog) -> None:
    other = "".join(f"{grade}\tx{grade}\ty{grade}\n" for grade in (0.5, 1.5, 2.5))
    places = [f"en={write('en.tsv', EN)}", f"de={write('de.tsv', other)}"]
    assert len(read_graded(places, aligned=False).pairs) == 6
    assert "are no translations of each other" in caplog.text


def test_confidence_must_be_a_share(write) -> None:
    wrong = write("de.tsv", "score\tsentence1\tsentence2\tconfidence\n5\ta\tb\thigh\n")
    with pytest.raises(DataFormatError, match="confidence is 'high'"):
        read_graded([f"de={wrong}"])


def test_places_are_checked(write, tmp_path: Path) -> None:
    en = write("en.tsv", EN)
    with pytest.raises(InputError, match="lack a language or a file"):
        read_graded([en])
    with pytest.raises(UnknownLanguageError):
        read_graded([f"qqq9={en}"])
    with pytest.raises(MissingFileError):
        read_graded([f"en={tmp_path / 'none.tsv'}"])
    with pytest.raises(InputError, match="unlike numbers of files"):
        read_graded([f"en={en}", f"en={en}", f"de={en}"])
    with pytest.raises(InputError, match="no graded pairs"):
        read_graded([])


def test_a_dataset_is_read_like_a_file(write, tmp_path: Path) -> None:
    rows = "similarity_score,sentence1,sentence2\n5.0,Ein Hund rennt.,Ein Hund läuft.\n"
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train.csv").write_text(rows, encoding="utf-8")
    read = read_graded([f"de=hf:{tmp_path / 'set'}"])
    assert list(read.pairs.second["de"]) == ["Ein Hund läuft."]
    assert read.pairs.grades.tolist() == [5.0]


def test_two_columns_of_scores_in_a_dataset_are_told_with_its_name(tmp_path: Path, caplog) -> None:
    rows = "similarity_score,score,sentence1,sentence2\n5.0,4.0,Ein Hund rennt.,Ein Hund läuft.\n"
    (tmp_path / "train.csv").write_text(rows, encoding="utf-8")
    read_graded([f"de=hf:{tmp_path}"])
    assert f"hf:{tmp_path}: column 'score' is taken" in caplog.text


@pytest.mark.parametrize(
    ("rows", "split", "match"),
    [
        ("a,b\n1,2\n", "", "has the columns a, b; expected score"),
        ("score,sentence1,sentence2\n9,a,b\n", "", "row 1: score is 9"),
        ("score,sentence1,sentence2\n1,a,b\n", "#none", "cannot be read"),
    ],
)
def test_a_dataset_that_does_not_fit_is_refused(
    tmp_path: Path, rows: str, split: str, match: str
) -> None:
    (tmp_path / "train.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(DataFormatError, match=match):
        read_graded([f"de=hf:{tmp_path}{split}"])


@pytest.mark.parametrize(
    ("language", "told"), [("en-de", True), ("en-DE", False), ("de-at", False), ("en", False)]
)
def test_two_languages_that_are_read_as_one_in_a_region_are_told(
    language: str, told: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.tsv").write_text(EN, encoding="utf-8")
    read_graded([f"{language}={tmp_path / 'a.tsv'}"])
    assert ("--task sts:en-de=FILE; write en-DE if the region is meant" in caplog.text) is told
