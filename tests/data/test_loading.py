"""Every door gives the same pairs, and every row is accounted for."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data import Cleaning, ParallelSentences, load_parallel
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError, InputError

PAIRS = [
    ("The kettle is on the stove.", "Der Kessel steht auf dem Herd."),
    ("Who left the gate open?", "Wer hat das Tor offen gelassen?"),
    ("She counted <seven> swans & a heron.", "Sie zählte <sieben> Schwäne & einen Reiher."),
    ('He said "maybe" and left.', "Er sagte „vielleicht“ und ging."),
]


def write_doors(folder: Path) -> list[str]:
    """The same pairs in every format; the places to read them from."""
    source, target = (list(side) for side in zip(*PAIRS, strict=True))
    (folder / "a.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in PAIRS), encoding="utf-8")
    (folder / "a.en").write_text("\n".join(source) + "\n", encoding="utf-8")
    (folder / "a.de").write_text("\n".join(target), encoding="utf-8")
    rows = [json.dumps({"en": s, "de": t}) + "\n" for s, t in PAIRS]
    (folder / "a.jsonl").write_text("".join(rows), encoding="utf-8")
    pq.write_table(pa.table({"source": source, "target": target}), folder / "a.parquet")
    (folder / "hub").mkdir()
    nested = [json.dumps({"translation": {"en": s, "de": t}}) + "\n" for s, t in PAIRS]
    (folder / "hub" / "train.jsonl").write_text("".join(nested), encoding="utf-8")
    units = (
        f'<tu><tuv xml:lang="en"><seg>{s}</seg></tuv><tuv xml:lang="de"><seg>\n{t}</seg></tuv></tu>'
        for s, t in ((s.translate(XML), t.translate(XML)) for s, t in PAIRS)
    )
    (folder / "a.tmx").write_text(f"<tmx>{''.join(units)}</tmx>", encoding="utf-8")
    places = ("a.tsv", "a.jsonl", "a.parquet", "a.tmx")
    moses = f"{folder}/a.en,{folder}/a.de"
    return [f"en-de={folder}/{name}" for name in places] + [moses, f"en-de=hf:{folder}/hub"]


XML = str.maketrans({"<": "&lt;", "&": "&amp;"})


def test_every_door_gives_the_same_pairs(tmp_path: Path) -> None:
    loaded = [load_parallel(place) for place in write_doors(tmp_path)]
    assert len(loaded) == 6
    for one in loaded:
        assert list(one.sentences) == PAIRS
        assert (one.report.read, one.report.kept, one.report.dropped) == (4, 4, {})
    assert len({one.report.fingerprint for one in loaded}) == 1


MESSY = "one\teins\nalone\n\tleer\none\teins\nsame\tsame\ntwo\tzwei\nthree\tdrei\n"


def test_the_report_accounts_for_every_row(tmp_path: Path) -> None:
    path, rejects = tmp_path / "en-de.tsv", tmp_path / "out" / "rejects.tsv"
    path.write_text(MESSY, encoding="utf-8")
    loaded = load_parallel(str(path), rejects=rejects)
    assert list(loaded.sentences) == [("one", "eins"), ("two", "zwei"), ("three", "drei")]
    report = json.loads(json.dumps(dataclasses.asdict(loaded.report)))
    assert report == {
        "where": str(path),
        "languages": "en-de",
        "fingerprint": loaded.sentences.fingerprint(),
        "read": 7,
        "kept": 3,
        "dropped": {"too few columns": 1, "empty": 1, "source equals target": 1, "duplicate": 1},
    }
    assert rejects.read_text(encoding="utf-8") == (
        "2\ttoo few columns\talone\n3\tempty\t\\tleer\n"
        "4\tduplicate\tone\\teins\n5\tsource equals target\tsame\\tsame\n"
    )


@given(lines=st.lists(st.binary(max_size=12)), limit=st.integers(1, 5))
def test_read_is_kept_and_dropped_for_any_bytes(
    lines: list[bytes], limit: int, new_folder: Callable[[], Path]
) -> None:
    path = new_folder() / "en-de.tsv"
    path.write_bytes(b"first\terste\n" + b"\n".join(lines) + b"\nlast\tletzte\n")
    try:
        whole = load_parallel(str(path)).report
    except DataFormatError as error:  # mostly NUL bytes: no text at all, or UTF-16
        assert b"\x00" in path.read_bytes()
        assert re.search("NUL|UTF-16", str(error))
        return
    assert whole.read == whole.kept + sum(whole.dropped.values()) == path.read_bytes().count(b"\n")
    part = load_parallel(str(path), limit=limit).report
    assert part.kept == min(limit, whole.kept)
    assert part.read == part.kept + sum(part.dropped.values()) <= whole.read


def test_limit_stops_reading(tmp_path: Path) -> None:
    path = tmp_path / "en-de.tsv"
    path.write_text(MESSY, encoding="utf-8")
    report = load_parallel(str(path), limit=2).report
    assert (report.read, report.kept) == (6, 2)
    with pytest.raises(InputError, match="limit 0"):
        load_parallel(str(path), limit=0)


def test_no_usable_pair_is_an_error_with_the_reasons(tmp_path: Path) -> None:
    path = tmp_path / "en-de.tsv"
    path.write_text("one\ntwo\nx\tX\n", encoding="utf-8")
    with pytest.raises(
        DataFormatError,
        match=r"3 rows \(2 too few columns \(row 1\), 1 source equals target \(row 3\)\).*one tab",
    ):
        load_parallel(str(path))
    path.write_bytes(b"")
    with pytest.raises(DataFormatError, match="it is empty"):
        load_parallel(str(path))


def test_rejects_never_overwrite_the_data(tmp_path: Path) -> None:
    path = tmp_path / "en-de.tsv"
    path.write_text(MESSY, encoding="utf-8")
    with pytest.raises(InputError, match="is the data itself"):
        load_parallel(str(path), rejects=tmp_path / "." / "en-de.tsv")
    assert path.read_text(encoding="utf-8") == MESSY


def test_a_reject_file_of_an_earlier_run_goes(tmp_path: Path) -> None:
    path = tmp_path / "rejects.tsv"
    with RejectFile(path) as rejects:
        rejects.add(1, Reason.EMPTY, "back\\slash\r\n")
    assert path.read_bytes() == b"1\tempty\tback\\\\slash\\r\\n\n"
    with RejectFile(path):
        assert path.exists()
    assert not path.exists()


def test_parallel_sentences() -> None:
    sentences = ParallelSentences("en", "de", ["a", "b", "c"], ["x", "y", "z"])
    assert len(sentences) == 3
    assert sentences[1] == ("b", "y")
    taken = sentences.take(np.array([2, 0, 2]))
    assert list(taken) == [("c", "z"), ("a", "x"), ("c", "z")]
    with pytest.raises(InputError, match="3 source sentences but 2 target"):
        ParallelSentences("en", "de", ["a", "b", "c"], ["x", "y"])
    with pytest.raises(InputError, match="one string"):
        ParallelSentences("en", "de", "abc", "xyz")


def test_load_is_load_parallel_without_the_report(tmp_path: Path) -> None:
    path = tmp_path / "en-de.tsv"
    path.write_text(MESSY, encoding="utf-8")
    assert ParallelSentences.load(str(path), limit=2).source == ["one", "two"]
    kept = load_parallel(str(path), cleaning=Cleaning(drop_duplicates=False)).report.kept
    assert kept == 4


def test_the_fingerprint_sees_content_and_nothing_else() -> None:
    def fingerprint(source: list[str], target: list[str], language: str = "de") -> str:
        return ParallelSentences("en", language, source, target).fingerprint()

    one = fingerprint(["ab", "c"], ["d", "e"])
    # The definition, byte by byte: fingerprints stand in run.json of past runs.
    assert one == hashlib.sha256(b"en\tde\n2 1\nabd1 1\nce").hexdigest()
    others = [
        fingerprint(["a", "bc"], ["d", "e"]),
        fingerprint(["ab", "c"], ["e", "d"]),
        fingerprint(["c", "ab"], ["e", "d"]),
        fingerprint(["ab"], ["d"]),
        fingerprint(["ab", "c"], ["d", "e"], "fr"),
        fingerprint(["\ud800"], ["x"]),
    ]
    assert len({one, *others}) == 7
    many = [str(i) for i in range(10_000)]
    assert fingerprint(many, many) == fingerprint(list(many), list(many))


def test_importing_the_room_loads_nothing_heavy() -> None:
    heavy = ("torch", "transformers", "datasets", "pyarrow", "numpy", "langcodes")
    code = f"import sys, isogloss.data; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
