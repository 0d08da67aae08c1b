"""Text files of a spreadsheet: a first line that says which letter parts the columns."""

from pathlib import Path

import pytest

from isogloss.data.graded.nli import read_triplets
from isogloss.data.graded.reader import read_graded_rows
from isogloss.data.loading import load_parallel
from isogloss.errors import DataFormatError


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("first", ["sep=,", "SEP=,", '"sep=,"', "\ufeffsep=,"])
def test_graded_pairs_are_read_below_it(first: str, tmp_path: Path) -> None:
    rows = ("score,sentence1,sentence2", '4.5,A lamp.,"A light, lit."', "1,A cat.,A dog.")
    [one, two] = read_graded_rows(write(tmp_path / "s.csv", first, *rows))
    assert (one.number, one.score, one.second) == (3, 4.5, "A light, lit.")
    assert (two.number, two.first) == (4, "A cat.")


def test_semicolons_that_it_names_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "sep=;", "score;sentence1;sentence2", "4,5;A lamp.;A light.")
    with pytest.raises(DataFormatError, match="semicolons between its columns"):
        read_graded_rows(path)


@pytest.mark.parametrize("labels", [True, False])
def test_triplets_are_read_below_it(labels: bool, tmp_path: Path) -> None:
    named = ("premise,hypothesis,label", "A cat.,An animal.,entailment", "A cat.,A dog.,2")
    rows = named if labels else ("anchor,positive,negative", "A cat.,An animal.,A dog.")
    path = write(tmp_path / "n.csv", "sep=,", *rows)
    [triplet] = read_triplets(f"en={path}", 0)
    assert (triplet.anchor, triplet.positive) == ("A cat.", "An animal.")
    assert triplet.negative == "A dog."
    path = write(tmp_path / "n.csv", "sep=,", *rows, "A cat.")
    with pytest.raises(DataFormatError, match=f"line {len(rows) + 2}: 1 columns"):
        read_triplets(f"en={path}", 0)


def test_a_header_of_pairs_is_found_below_it(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tsv", "sep=\t", "de\ten", "Eine Lampe.\tA lamp.")
    loaded = load_parallel(f"en-de={path}")
    assert list(loaded.sentences) == [("A lamp.", "Eine Lampe.")]
