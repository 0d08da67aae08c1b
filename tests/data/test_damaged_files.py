"""Whatever happened to a file of pairs: it is read in order, or refused in one line."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.data import load_parallel
from isogloss.data.languages import LanguagePair
from isogloss.data.places import Where
from isogloss.errors import IsoglossError

from ..damage import attempt, damaged

WORDS = ["lamp", "door", "river", "garden", "winter", "teacher"]
WORDS += ["bottle", "window", "summer", "engine", "bridge", "doctor"]
SOURCE = [f'The {word} "{at * 7:03d}" is here; é, {word[::-1]}.' for at, word in enumerate(WORDS)]
TARGET = [
    f"Hier ist {word.title()} {at * 7:03d}, „{word[::-1]}“ ü." for at, word in enumerate(WORDS)
]
WEIGHTS = list(range(1, len(SOURCE) + 1))
PARTNER = dict(zip(SOURCE, TARGET, strict=True))


def tsv() -> bytes:
    rows = zip(SOURCE, TARGET, strict=True)
    return ("en\tde\n" + "".join(f"{a}\t{b}\n" for a, b in rows)).encode()


def jsonl() -> bytes:
    rows = zip(SOURCE, TARGET, strict=True)
    return "".join(json.dumps({"en": a, "de": b}) + "\n" for a, b in rows).encode()


def tmx() -> bytes:
    sides = '<tuv xml:lang="{}"><seg>{}</seg></tuv>'
    units = (
        f"<tu>{sides.format('en', a)}{sides.format('de', b)}</tu>\n"
        for a, b in zip(SOURCE, TARGET, strict=True)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx>{"".join(units)}</tmx>\n'.encode()


def parquet() -> bytes:
    table, stream = pa.table({"en": SOURCE, "de": TARGET}), io.BytesIO()
    pq.write_table(table, stream, write_page_checksum=True, compression="none")
    return stream.getvalue()


def weighted() -> bytes:
    rows = zip(SOURCE, TARGET, WEIGHTS, strict=True)
    return ("en\tde\tscore\n" + "".join(f"{a}\t{b}\t{n}\n" for a, b, n in rows)).encode()


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for code, texts in (("en", SOURCE), ("de", TARGET)):
            packed.writestr(f"T.de-en.{code}", "".join(f"{text}\n" for text in texts))
    return stream.getvalue()


FILES = {"tsv": tsv(), "jsonl": jsonl(), "tmx": tmx(), "parquet": parquet()}


def check(place: str | Where) -> None:
    """Read a place: pairs are those that belong together, or one line says why there are none."""
    loaded = attempt(lambda: load_parallel(place))
    if loaded is None:
        return
    report = loaded.report
    assert report.read == report.kept + sum(report.dropped.values())
    for source, target in loaded.sentences:
        if source in PARTNER and target in TARGET:
            assert PARTNER[source] == target


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_read_in_order_or_refused(
    kind: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    path = new_folder() / f"a.{kind}"
    path.write_bytes(damaged(data, FILES[kind]))
    check(f"en-de={path}")


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_archive_of_a_corpus_is_read_in_order_or_refused(
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    path = new_folder() / "de-en.zip"
    path.write_bytes(damaged(data, archive()))
    pair = LanguagePair("en", "de")
    check(Where(pair, "opus", (str(path),), "en-de=opus:T/v1", config="T", split="v1"))


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tsv"])
@settings(max_examples=12)
@given(data=st.data())
def test_a_damaged_folder_of_a_dataset_is_read_in_order_or_refused(
    kind: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()
    (folder / f"train.{kind}").write_bytes(damaged(data, FILES[kind]))
    check(f"en-de=hf:{folder}")


@settings(max_examples=150)
@given(data=st.data())
def test_weights_stay_with_their_pairs_in_a_damaged_file(
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    path = new_folder() / "a.tsv"
    path.write_bytes(damaged(data, weighted()))
    loaded = attempt(lambda: load_parallel(f"en-de={path}?weight=score"))
    if loaded is None:
        return
    sentences, report = loaded.sentences, loaded.report
    assert report.read == report.kept + sum(report.dropped.values())
    for (source, target), weight in zip(sentences, sentences.weights, strict=True):
        assert weight > 0
        if source in PARTNER and target in TARGET:
            assert PARTNER[source] == target
            row = f"{source}\t{target}\t{weight:.0f}"  # the digit itself may be what was damaged
            assert row.encode() in path.read_bytes() or weight == 1 + SOURCE.index(source)


@pytest.mark.parametrize("side", ["en", "de"])
@settings(max_examples=150)
@given(data=st.data())
def test_line_aligned_files_of_which_one_is_damaged_are_never_shifted(
    side: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()
    for suffix, texts in (("en", SOURCE), ("de", TARGET)):
        content = "".join(f"{text}\n" for text in texts).encode()
        if suffix == side:
            content = damaged(data, content)
        (folder / f"a.{suffix}").write_bytes(content)
    check(f"{folder}/a.en,{folder}/a.de")


@pytest.mark.parametrize("kind", ["tsv", "jsonl"])
@given(data=st.data())
def test_every_line_is_kept_or_counted(
    kind: str, data: st.DataObject, new_folder: Callable[[], Path]
) -> None:
    """The lines are counted here by the line feeds, without the reader."""
    path = new_folder() / f"a.{kind}"
    header = kind == "tsv"
    lines = FILES[kind].splitlines(keepends=True)
    for at in data.draw(st.lists(st.integers(header, len(lines) - 1), max_size=4), label="lines"):
        piece = data.draw(st.sampled_from([b"\xff", b"\0", b"\t", b"\n", b"\r", b"\xc2\x85", b""]))
        middle = len(lines[at]) // 2
        lines[at] = lines[at][:middle] + piece + lines[at][middle:]
    content = b"".join(lines)
    path.write_bytes(content)
    assert load_parallel(f"en-de={path}").report.read == content.count(b"\n") - header


@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl", "a.tmx", "a.parquet", "a.xyz"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 100, b"\xef\xbb\xbf", b"{}", b"[]", b"<"])
def test_files_of_nothing_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IsoglossError):
        load_parallel(f"en-de={tmp_path / name}")
