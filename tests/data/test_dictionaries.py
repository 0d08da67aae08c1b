"""Dictionaries as places: a pair for each translation, nothing lost, nothing made up."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data import load_parallel, parse_where
from isogloss.data.places import Where
from isogloss.data.readers import READERS
from isogloss.data.rejects import RejectFile
from isogloss.errors import InputError, MissingFileError

from ..damage import attempt, damaged


def read(tmp_path: Path, text: str | bytes) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """The pairs of a dictionary, and its rejects."""
    path = tmp_path / "words.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with RejectFile() as rejects:
        rows = list(READERS["dict"](parse_where(f"en-de=dict:{path}"), rejects))
    return [(row.source, row.target) for row in rows], rejects.counts


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("house haus", [("house", "haus")]),
        ("house\tHaus", [("house", "Haus")]),
        (
            "house\tHaus; Gebäude, Heim",
            [("house", "Haus"), ("house", "Gebäude"), ("house", "Heim")],
        ),
        ("look after\tsich kümmern (um etw.)", [("look after", "sich kümmern")]),
        (
            "Haus {n} [arch.] | Häuser {pl} :: house | houses",
            [("Haus", "house"), ("Häuser", "houses")],
        ),
        ("Haus | Häuser :: house", [("Haus", "house"), ("Häuser", "house")]),
        ("house /haʊs/ <n>\tHaus", [("house", "Haus")]),
        ("and/or\tund/oder", [("and/or", "und/oder")]),
        ("house\tHaus; Haus", [("house", "Haus")]),
        ("house\tHaus\ta note", [("house", "Haus")]),
    ],
)
def test_every_form_of_a_line_is_read(
    line: str, pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert read(tmp_path, line + "\n") == (pairs, {})


def test_comments_and_lines_without_two_sides_are_rejected(tmp_path: Path) -> None:
    text = "# a comment\n\nhouse\nthree plain words\nhouse\t(only a note)\nhouse haus\n"
    pairs, counts = read(tmp_path, text)
    assert pairs == [("house", "haus")]
    assert counts == {"too few columns": 4, "a side is missing": 1}


def test_a_line_gone_wrong_is_rejected_whole(tmp_path: Path) -> None:
    pairs, counts = read(tmp_path, "a\t" + ";".join(f"w{i}" for i in range(100_000)))
    assert (pairs, counts) == ([], {"too long": 1})


def test_a_dictionary_loads_as_parallel_sentences(tmp_path: Path) -> None:
    path = tmp_path / "en-de.txt"
    path.write_text("house Haus\nhouse Haus\ntree Baum\n", encoding="utf-8")
    report = load_parallel(f"dict:{path}").report
    assert (report.languages, report.kept, report.dropped) == ("en-de", 2, {"duplicate": 1})


def test_a_dictionary_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no file"):
        parse_where("en-de=dict:nowhere.txt")
    path = tmp_path / "words.txt"
    path.write_text("a b\n")
    other = tmp_path / "other.txt"
    other.write_text("a b\n")
    with pytest.raises(InputError, match="expected one dictionary"):
        parse_where(f"en-de=dict:{path},{other}")
    with pytest.raises(InputError, match="does not tell the languages"):
        parse_where(f"dict:{path}")


@given(st.data())
def test_a_damaged_dictionary_is_read_or_refused(
    new_folder: Callable[[], Path],
    data: st.DataObject,
) -> None:
    path = new_folder() / "words.txt"
    whole = "house\tHaus; Heim\nBaum {m} | Bäume :: tree | trees\ncat katze\n# end\n".encode()
    path.write_bytes(damaged(data, whole))
    where = Where(("en", "de"), "dict", (str(path),), "x")  # type: ignore[arg-type]
    with RejectFile() as rejects:
        rows = attempt(lambda: list(READERS["dict"](where, rejects)))
    if rows is None:
        return
    numbers = {row.number for row in rows}
    read = max([*numbers, *rejects.examples.values()], default=0)
    assert len(numbers) + sum(rejects.counts.values()) >= read  # no line is lost
    if not path.read_bytes().startswith(b"\x1f\x8b"):
        content = path.read_bytes()
        lines = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
        assert len(numbers) + sum(rejects.counts.values()) == lines
    for row in rows:
        assert row.source.strip() and row.target.strip()
        assert "\t" not in row.source + row.target
