"""What is said of rows that were dropped: how many, why, which, and the way out."""

import logging
import re
from pathlib import Path

import pytest

from isogloss.data import load_parallel
from isogloss.data.checks.dropping import WAYS, few_different, ways_out
from isogloss.data.cleaning import Cleaning
from isogloss.data.rejects import Reason

GOOD = [f"This is sentence number {i}.\tDas ist Satz Nummer {i}." for i in range(95)]


def said(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    lines: list[bytes],
    rejects: Path | None = None,
) -> list[str]:
    """The warnings about a file."""
    path = folder / "corpus.en-de.tsv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        report = load_parallel(str(path), rejects=rejects).report
    assert report.read == report.kept + sum(report.dropped.values()) == len(lines)
    return [record.message for record in caplog.records]


def test_a_file_in_another_encoding_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [line.encode() for line in GOOD]
    assert said(tmp_path, caplog, lines) == []
    lines.insert(17, "It is late.\tEs ist spät.".encode("latin-1"))
    rejects = tmp_path / "rejects.tsv"
    [warning] = said(tmp_path, caplog, lines, rejects)
    assert "corpus.en-de.tsv: 1 of 96 rows are dropped: 1 not UTF-8 (row 18)" in warning
    assert str(rejects) in warning
    assert "iconv -f ENCODING -t utf-8 FILE (cp1252" in warning


@pytest.mark.parametrize(
    ("line", "reason", "way"),
    [
        (
            "{i}.5\tA sentence that is long, and all of it is English {i}.",
            "length ratio",
            "source=2",
        ),
        ("One sentence alone {i}", "too few columns", "one tab"),
        ("It is as it was.\tEs ist, wie es war.", "duplicate", "count once"),
        ("The same {i}\tThe same {i}", "source equals target", "cleaning.drop_identical"),
        ("\tDas ist Nummer {i}", "empty", "both sentences"),
    ],
)
def test_a_place_that_loses_much_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, reason: str, way: str
) -> None:
    good = [text.encode() for text in GOOD]
    bad = [line.format(i=i).encode() for i in range(40)]
    [warning] = said(tmp_path, caplog, good + bad)
    assert re.search(rf": (40|39) of 135 rows are dropped: (40|39) {reason} \(row 9[67]\)", warning)
    assert way in warning
    assert said(tmp_path, caplog, good + bad[:20]) == []


def test_every_reason_has_a_way_out() -> None:
    assert set(WAYS) == set(Reason)
    assert ways_out({Reason.RATIO: 300, Reason.LONG: 2}, 1000) == WAYS[Reason.RATIO]
    assert ways_out({}, 10) == ""


def test_what_the_user_asks_to_drop_is_accounted_for_too(tmp_path: Path) -> None:
    path = tmp_path / "corpus.en-de.tsv"
    path.write_text("\n".join(GOOD) + "\n", encoding="utf-8")
    report = load_parallel(str(path), cleaning=Cleaning(max_characters=26)).report
    assert report.read == report.kept + sum(report.dropped.values()) == 95


def test_many_pairs_with_few_targets_are_told() -> None:
    said = few_different("en-de=a.tsv", ["Hallo Welt."] * 200)
    assert said is not None
    assert "200 pairs have 1 different target sentences, such as 'Hallo Welt.'" in said
    assert few_different("en-de=a.tsv", [f"Satz {n % 20}." for n in range(200)]) is None
    assert few_different("en-de=a.tsv", ["Ja."] * 99) is None
