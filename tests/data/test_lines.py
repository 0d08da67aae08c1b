"""Line formats: what ends a line, what is a header, what is rejected."""

import gzip
import lzma
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.loading import load_parallel
from isogloss.data.places import parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.opening import read_lines
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError

from .reading import read, sides

HAZARDS = [
    ("line\u2028separator", "Zeilen\u2028trenner"),
    ("next\u0085line", "nächste\u0085Zeile"),
    ("lone\rreturn", "einzelner\rRücklauf"),
    ('stray " quote', 'verirrtes " Zeichen'),
    ("'", '"'),
    ("form\ffeed", "Seiten\x0bvorschub"),
    ("\u2029 paragraph", "\x1c Absatz"),
]


def test_tsv_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes("".join(f"{s}\t{t}\tmore\r\n" for s, t in HAZARDS).encode())
    pairs, rejected = read(f"en-de={path}")
    assert sides(pairs) == HAZARDS
    assert [pair.number for pair in pairs] == list(range(1, len(HAZARDS) + 1))
    assert rejected == {}


def test_moses_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    for index, suffix in enumerate(("en", "de")):
        text = "\n".join(pair[index] for pair in HAZARDS)
        (tmp_path / f"a.{suffix}").write_bytes(text.encode())
    pairs, _ = read(f"{tmp_path}/a.en,{tmp_path}/a.de")
    assert sides(pairs) == HAZARDS


def test_rejects_have_number_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"good\tgut\nalone\n\xff\xfe\tx\nsurrogate \xed\xa0\x80\tx\n\nlast\tletzte")
    where = parse_where(f"en-de={path}")
    with RejectFile(tmp_path / "rejects.tsv") as rejects:
        pairs = list(READERS["tsv"](where, rejects))
    assert pairs == [RawPair(1, "good", "gut"), RawPair(6, "last", "letzte")]
    assert (tmp_path / "rejects.tsv").read_text(encoding="utf-8").split("\n") == [
        "2\ttoo few columns\talone",
        "3\tnot UTF-8\t\\\\xff\\\\xfe\\tx",
        "4\tnot UTF-8\tsurrogate \\\\xed\\\\xa0\\\\x80\\tx",
        "5\ttoo few columns\t",
        "",
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_packing_is_told_by_content_and_a_mark_is_dropped(
    tmp_path: Path, pack: type[bytes], suffix: str
) -> None:
    path = tmp_path / f"a.tsv{suffix}"
    path.write_bytes(pack("\ufeffone\teins\ntwo\tzwei\n".encode()))
    assert sides(read(f"en-de={path}")[0]) == [("one", "eins"), ("two", "zwei")]


def test_two_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"one\teins\n") + gzip.compress(b"two\tzwei\n"))
    assert sides(read(f"en-de={path}")[0]) == [("one", "eins"), ("two", "zwei")]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_damaged_archives_are_an_error(tmp_path: Path, pack: type[bytes]) -> None:
    whole = pack(b"".join(b"%d\t%d\n" % (i, i * i) for i in range(5000)))
    broken = whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]
    for content in (whole[: len(whole) // 2], broken):
        path = tmp_path / "a.tsv.gz"
        path.write_bytes(content)
        with pytest.raises(DataFormatError, match="damaged or incomplete"):
            read(f"en-de={path}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "zip"),
        (b"\x28\xb5\x2f\xfdrest", "zstd"),
        (b"BZh91AY&SYrest", "bzip2"),
        (b"PAR1rest", r"Parquet file.*name that ends in \.parquet"),
        ("a\tb\n".encode("utf-16"), "is UTF-16;"),
        ("a\tb\n".encode("utf-32"), r"is UTF-32;.*iconv -f UTF-32"),
        ("one\teins\n".encode("utf-16-le"), "UTF-16LE without a byte order mark.*iconv"),
        ("one\teins\n".encode("utf-16-be"), "UTF-16BE without"),
        ("one\teins\n".encode("utf-32-le"), "UTF-32LE without"),
        ("one\teins\n".encode("utf-32-be"), "UTF-32BE without"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (b"\0\1\0\0\2\0\0\0" * 99, "is no text"),
        (b"one\teins\rtwo\tzwei\r", "carriage return alone"),
        (
            gzip.compress(gzip.compress(b"one\teins\n", mtime=0), mtime=0),
            "packed twice: gzip inside",
        ),
        (gzip.compress(lzma.compress(b"one\teins\n"), mtime=0), "packed twice: xz inside"),
        (b'{"en": "one", "de": "eins"}\n', r"is JSON.*\.jsonl"),
        (b'<?xml version="1.0"?>\n', r"XML.*\.tmx"),
    ],
)
def test_foreign_files_are_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(content)
    with pytest.raises(DataFormatError, match=message):
        read(f"en-de={path}")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en\tde", ("one", "eins")),
        ("de\ten", ("eins", "one")),
        ("English\tGerman", ("one", "eins")),
        ("source\ttarget", ("one", "eins")),
        ("tgt\tsrc", ("eins", "one")),
        ("score\tsentence1\tsentence2", ("eins", "0.5")),
    ],
)
def test_a_header_that_names_the_columns_is_followed(
    tmp_path: Path, header: str, expected: tuple[str, str]
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(f"{header}\none\teins\t0.5\n", encoding="utf-8")
    assert read(f"en-de={path}")[0] == [RawPair(2, *expected)]


def test_a_first_row_that_only_resembles_a_header_is_data(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("source\tQuelle\none\teins\n", encoding="utf-8")
    assert sides(read(f"en-de={path}")[0]) == [("source", "Quelle"), ("one", "eins")]


def test_tsv_columns_by_number_and_name(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("id\tleft\tright\n1\tone\teins\n", encoding="utf-8")
    assert read(f"en-de={path}?source=left&target=right")[0] == [RawPair(2, "one", "eins")]
    assert read(f"en-de={path}?source=3&target=2")[0][-1] == RawPair(2, "eins", "one")
    with pytest.raises(DataFormatError, match=r"no column 'middle'.*'left'"):
        read(f"en-de={path}?source=middle&target=right")


def test_unequal_moses_files_are_an_error_with_both_counts(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("1\n2\n3\n", encoding="utf-8")
    (tmp_path / "a.de").write_text("1\n2\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"a\.en has 3 lines but .*a\.de has 2"):
        read(f"{tmp_path}/a.en,{tmp_path}/a.de")


def test_a_moses_line_that_cannot_be_decoded_takes_its_partner_along(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_bytes(b"one\ntwo \xe2\x82\nthree\n")
    (tmp_path / "a.de").write_bytes(b"eins\nzwei\ndrei\n")
    pairs, rejected = read(f"{tmp_path}/a.en,{tmp_path}/a.de")
    assert [pair.number for pair in pairs] == [1, 3]
    assert rejected == {"not UTF-8": 1}


def test_a_header_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("en\tde\tde\none\teins\tein\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="more than one column 'de'"):
        read(f"en-de={path}")
    assert sides(read(f"en-de={path}?source=1&target=3")[0]) == [("one", "ein")]


def test_blank_lines_that_one_file_has_more_at_its_end_are_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\ntwo\n\n\n", encoding="utf-8")
    (tmp_path / "a.de").write_text("eins\nzwei\n", encoding="utf-8")
    place = f"{tmp_path}/a.en,{tmp_path}/a.de"
    assert sides(read(place)[0]) == [("one", "eins"), ("two", "zwei")]
    (tmp_path / "a.en").write_text("one\ntwo\n\nthree\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="has 4 lines but"):
        read(place)


def test_a_pipe_is_a_file_and_an_empty_one_says_so(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for content in (b"en\tde\none\teins\n", gzip.compress(b"one\teins\n")):
        with piped(pipe, content):
            assert sides(read(f"en-de={pipe}")[0]) == [("one", "eins")]
    with piped(pipe, b""), pytest.raises(DataFormatError, match="a pipe can be read once"):
        load_parallel(f"en-de={pipe}")


@contextmanager
def piped(pipe: Path, content: bytes) -> Iterator[None]:
    """Writes into a pipe while it is read."""
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    yield
    writer.join()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\t\n\r"), min_size=1)


rows = st.lists(st.tuples(texts.map("x".__add__), texts), min_size=1, max_size=20)


@given(rows=rows)
def test_tsv_round_trip(rows: list[tuple[str, str]], new_folder: Callable[[], Path]) -> None:
    path = new_folder() / "a.tsv"
    path.write_bytes("".join(f"{source}\t{target}\n" for source, target in rows).encode())
    assert sides(read(f"en-de={path}")[0]) == rows


def test_marks_and_line_ends_of_files_that_were_joined(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark = b"\xef\xbb\xbf"
    rows = [f"Word {at} is here.\tWort {at} ist hier.".encode() for at in range(40)]
    (tmp_path / "a.tsv").write_bytes(
        mark + b"\n".join(rows[:9]) + b"\n" + mark + rows[9] + b"\n" + b"\r".join(rows[10:])
    )
    found = list(read_lines(str(tmp_path / "a.tsv")))
    assert found[:10] == rows[:10]
    assert "a.tsv, line 11 holds 29 carriage returns, and is read as one line" in caplog.text
