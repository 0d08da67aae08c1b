"""Texts: every format gives the same ones, rows keep their numbers, and what is lost is told."""

import gzip
import io
import json
import logging
import lzma
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.data.rejects import RejectFile
from isogloss.data.texts import Text, check_texts, read_texts
from isogloss.errors import DataFormatError, InputError, MissingFileError

from ..damage import attempt, damaged

SENTENCES = ["A first.", "Ein zweiter: \u2028 äöü", 'ثالث "', "第四"]
ROWS = [
    {"id": f"k{number}", "lang": "xx", "text": text} for number, text in enumerate(SENTENCES, 1)
]


def texts(rows: Iterable[Text]) -> list[str]:
    return [row.text for row in rows]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def as_format(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The rows in the format of the file's name."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    if path.suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    elif path.suffix == ".tsv":
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    else:
        lines = [row["text"] for row in rows]
    return written(path, "".join(f"{line}\n" for line in lines).encode())


@pytest.mark.parametrize("name", ["a.txt", "a", "a.tsv", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_every_format_gives_the_same_texts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, pack: Any
) -> None:
    path = as_format(tmp_path / name, ROWS)
    path.write_bytes(pack(path.read_bytes()))
    assert texts(read_texts(path)) == SENTENCES
    assert not caplog.messages


@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl", "a.parquet"])
def test_a_column_an_id_and_metadata_are_taken_by_name(tmp_path: Path, name: str) -> None:
    path = as_format(tmp_path / name, ROWS)
    first = next(iter(read_texts(path, metadata=True)))
    assert (first.id, first.text, first.metadata) == ("k1", SENTENCES[0], {"lang": "xx"})
    second = list(read_texts(path, "lang", id_column="text", metadata=True))[1]
    assert (second.id, second.text) == (SENTENCES[1], "xx")
    assert second.metadata == {"id": "k2"}
    with pytest.raises(DataFormatError, match="no column 'de'; it has 'id', 'lang', 'text'"):
        list(read_texts(path, "de"))


def test_a_column_is_taken_by_number_with_a_header_and_without(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", b"en\tone\nde\teins\n")
    assert list(read_texts(path, "2")) == [
        Text(1, "1", "one", numbered=True),
        Text(2, "2", "eins", numbered=True),
    ]
    path = written(tmp_path / "b.tsv", b"lang\ttext\nde\teins\n")
    assert list(read_texts(path, "2")) == [Text(2, "2", "eins", numbered=True)]
    path = written(tmp_path / "c.txt", b"en\tone\nde\teins\n")
    assert texts(read_texts(path, "1")) == ["en", "de"]


def test_columns_that_do_not_tell_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", b"en\tone\nde\teins\n")
    with pytest.raises(DataFormatError, match="name it with --column"):
        list(read_texts(path))
    path = as_format(tmp_path / "a.jsonl", [{"id": "1", "caption": "one"}])
    assert texts(read_texts(path)) == ["one"]


def test_a_row_without_text_shifts_none_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path / "a.txt", b"one\n\n\xff\xfe\n \t\nfive\r\n")
    with caplog.at_level(logging.WARNING):
        assert [(row.id, row.text) for row in read_texts(path)] == [("1", "one"), ("5", "five")]
    assert "3 of 5 rows hold no text (2 empty (row 2), 1 not UTF-8 (row 3)); they are" in (
        caplog.text
    )
    assert texts(read_texts(path, every_row=True)) == ["one", "", "", "", "five"]


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (['{"text": "a"}', "no", "[1]", '{"x": 1}'], {"not a JSON object": 2, "empty": 1}),
        (['{"text": "a"}', '{"text": 3}', '{"text": null}'], {"a side is not text": 1, "empty": 1}),
        (['{"text": "a"}', '{"text": "\\ud800"}'], {"lone surrogate": 1}),
    ],
)
def test_json_rows_without_text_are_counted(
    tmp_path: Path, lines: list[str], counts: dict[str, int]
) -> None:
    path = written(tmp_path / "a.jsonl", "\n".join(lines).encode())
    with RejectFile() as rejects:
        assert texts(read_texts(path, rejects=rejects)) == ["a"]
        assert rejects.counts == counts
    assert texts(read_texts(path, every_row=True)) == ["a"] + [""] * (len(lines) - 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no text in 0 rows"),
        (b"\n\n", "no text in 2 rows"),
        ("weiß\n".encode("latin-1") * 3 + b"a\n", "3 of its first 4 lines are not UTF-8"),
        (bytes(range(256)) * 20, "is no text|not UTF-8"),
        (b'{"text": "a"}\n', "is JSON"),
        ("a\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path / "a.txt", content)
    with pytest.raises(DataFormatError, match=message) as raised:
        list(read_texts(path, every_row=True))
    assert "\n" not in str(raised.value)


def test_a_place_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        check_texts(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder"):
        check_texts(tmp_path)
    with pytest.raises(InputError, match="is CSV"):
        check_texts(written(tmp_path / "a.csv", b"text\na\n"))
    with pytest.raises(DataFormatError, match="not a sound Parquet file"):
        list(read_texts(written(tmp_path / "a.parquet", b"PAR1 and no more")))


def test_a_line_of_a_megabyte_is_one_text(tmp_path: Path) -> None:
    long = "word " * 200_000
    path = written(tmp_path / "a.txt", f"{long}\nshort\n".encode())
    assert texts(read_texts(path)) == [long, "short"]


@pytest.mark.skipif(os.name == "nt", reason="pipes by path")
@pytest.mark.parametrize(
    ("content", "column"), [("one\ntwo\n", None), ('{"text": "one"}\n{"text": "two"}\n', None)]
)
def test_the_standard_input_tells_its_format_by_its_first_line(
    content: str, column: str | None
) -> None:
    script = "from isogloss.data.texts import read_texts; print([r.text for r in read_texts('-')])"
    done = subprocess.run(
        [sys.executable, "-c", script], input=content, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['one', 'two']\n"


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.jsonl", "a.parquet"])
@settings(max_examples=80)
@given(data=st.data())
def test_every_row_of_a_damaged_file_is_a_text_or_rejected_and_none_is_shifted(
    name: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    path = as_format(new_folder() / name, ROWS)
    path.write_bytes(damaged(data, path.read_bytes()))
    rejects, again = RejectFile(), RejectFile()
    kept = attempt(lambda: list(read_texts(path, rejects=rejects)))
    if kept is None:
        return
    every = list(read_texts(path, every_row=True, rejects=again))
    assert len(kept) + sum(rejects.counts.values()) == len(every)
    assert rejects.counts == again.counts
    first = every[0].number  # behind a header
    assert [row.number for row in every] == list(range(first, first + len(every)))
    assert [row for row in every if row.text] == kept
    ids = {row["id"]: row["text"] for row in ROWS}
    times = Counter(row.id for row in kept)  # a bit can make an id another's
    for row in kept if name != "a.txt" else ():
        if row.id in ids and times[row.id] == 1 and row.text in SENTENCES:
            assert ids[row.id] == row.text


def test_reading_is_lazy(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb") as packed:
        packed.write(b"a line\n" * 300_000)
    path = written(tmp_path / "a.gz", stream.getvalue()[:-20])  # cut short: met at the end only
    assert next(read_texts(path)).text == "a line"
