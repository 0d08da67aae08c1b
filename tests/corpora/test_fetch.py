"""Fetching from OPUS: whole or not at all, whatever the server does."""

import gzip
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.corpora.fetch import cached_places, fetch_missing
from isogloss.corpora.sources.patience import UnreachableError
from isogloss.data import load_parallel, parse_where
from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.recipes.data.fetch import fetch, list_corpora

PLACE = "en-uk=opus:TED2020/v1"


def lines(folder: Path) -> list[str]:
    """The pairs that were written."""
    with gzip.open(folder / "TED2020-v1.en-uk.tsv.gz", "rt", encoding="utf-8") as stream:
        return stream.read().splitlines()


def test_a_corpus_becomes_a_file_of_pairs_and_an_entry(opus: Any, tmp_path: Path) -> None:
    (entry,) = fetch([PLACE], tmp_path / "out")
    assert lines(tmp_path / "out")[7] == "\t".join(opus.pairs[7])
    assert (entry.rows, entry.licence, entry.revision) == (400, "not stated", "v1")
    saved = json.loads((tmp_path / "out" / "manifest.json").read_text())["corpora"][0]
    assert saved["bytes"] == len(opus.content)
    assert saved["url"].startswith(opus.url)
    assert len(saved["sha256"]) == 64


def test_the_second_run_downloads_nothing(opus: Any, tmp_path: Path) -> None:
    first = fetch([PLACE], tmp_path / "out")
    asked = list(opus.asked)
    again = fetch([PLACE], tmp_path / "out")
    assert opus.asked == asked
    assert again == first
    fetch([PLACE], tmp_path / "other")
    assert opus.asked == asked


def test_training_data_are_read_from_the_same_cache(opus: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"isogloss data fetch en-uk=opus:TED2020/v1"):
        load_parallel(PLACE)
    fetch([PLACE], tmp_path / "out")
    loaded = load_parallel(PLACE)
    assert loaded.report.read == loaded.report.kept == 400
    turned = load_parallel("uk-en=opus:TED2020/v1")
    assert turned.sentences[3] == opus.pairs[3][::-1]


def test_a_place_that_training_names_is_fetched_where_it_is_missing(opus: Any) -> None:
    fetch_missing([parse_where(PLACE)])
    asked = list(opus.asked)
    assert load_parallel(PLACE).report.kept == 400
    fetch_missing([parse_where("uk-en=opus:TED2020/v1")])
    assert opus.asked == asked


def test_a_cut_connection_is_gone_on_with_by_range(opus: Any, tmp_path: Path) -> None:
    opus.faults = ["cut", "cut"]
    fetch([PLACE], tmp_path / "out")
    ranges = [asked for _, asked in opus.files]
    assert ranges[0] == "" and all(r.startswith("bytes=") for r in ranges[1:])
    assert len(lines(tmp_path / "out")) == 400


def test_what_a_killed_run_left_is_gone_on_with(opus: Any, tmp_path: Path) -> None:
    opus.faults = ["cut", *[503] * 6]
    with pytest.raises(UnreachableError, match="what is fetched so far is kept"):
        fetch([PLACE], tmp_path / "out")
    opus.asked.clear()
    fetch([PLACE], tmp_path / "out")
    assert opus.files[0][1] == f"bytes={len(opus.content) // 2}-"


@pytest.mark.parametrize("fault", [None, "stale", "shifted"])
@pytest.mark.parametrize("changed", [True, False])
def test_no_file_is_put_together_from_two(
    fault: str | None,
    changed: bool,
    opus: Any,
    tmp_path: Path,
    pack: Callable[..., bytes],
) -> None:
    opus.faults = ["cut", *[503] * 6]
    with pytest.raises(UnreachableError):
        fetch([PLACE], tmp_path / "out")
    opus.faults = [fault] if fault else []
    if changed:  # of the same size: only what the server says tells them apart
        one, other = ("\n".join(side) for side in zip(*opus.pairs, strict=True))
        names = ("TED2020.en-uk.en", "TED2020.en-uk.uk")
        opus.content = pack(
            dict(zip(names, (one.replace("sentence", "fragment"), other), strict=True))
        )
        opus.etag = '"2"'
    fetch([PLACE], tmp_path / "out")
    (archive,) = (tmp_path / "cache").rglob("en-uk.zip")
    assert archive.read_bytes() == opus.content


KILLED = """
import sys
from isogloss.recipes.data.fetch import fetch
fetch([sys.argv[1]], sys.argv[2])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_goes_on_from_the_byte_it_had(
    opus: Any, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    sides = {code: "\n".join(f"{code} {n}" for n in range(60_000)) for code in ("en", "uk")}
    opus.content = pack({f"TED2020.en-uk.{code}": text for code, text in sides.items()})
    opus.faults = ["hang"]
    process = subprocess.Popen([sys.executable, "-c", KILLED, PLACE, str(tmp_path / "out")])
    try:
        assert opus.hanging.wait(60)
        part = tmp_path / "cache" / "corpora" / "opus" / "TED2020" / "v1" / "en-uk.zip.part"
        while part.stat().st_size < 1 << 18 and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.kill()
        opus.go_on.set()
    assert process.wait() == -9
    had = part.stat().st_size
    opus.asked.clear()
    (entry,) = fetch([PLACE], tmp_path / "out")
    assert [asked for _, asked in opus.files] == [f"bytes={had}-"]
    assert (entry.rows, entry.bytes) == (60_000, len(opus.content))
    fetch([PLACE], tmp_path / "out")
    assert len(opus.files) == 1


def test_a_corpus_that_changed_since_it_was_locked_is_refused(
    opus: Any, tmp_path: Path, pack: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch([PLACE], tmp_path / "out")
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "another"))
    good = opus.content
    opus.content = good.replace(b"number 7.", b"number 9.")
    assert len(opus.content) == len(good)
    with pytest.raises(DataFormatError, match=r"has the hash .*; expected"):
        fetch([PLACE], tmp_path / "out")
    assert not list((tmp_path / "another").rglob("*.zip*"))
    opus.content = pack({"T.en-uk.en": "Hello there.", "T.en-uk.uk": "Привіт усім."})
    with pytest.raises(DataFormatError, match="--update"):
        fetch([PLACE], tmp_path / "out")
    assert len(lines(tmp_path / "out")) == 400
    (entry,) = fetch([PLACE], tmp_path / "out", update=True)
    assert entry.rows == 1
    assert len(lines(tmp_path / "out")) == 1


def test_the_snapshot_stands_in_for_a_catalog_that_is_down(opus: Any, tmp_path: Path) -> None:
    opus.down = True
    (entry,) = fetch([PLACE], tmp_path / "out")
    assert entry.url == f"{opus.url}/OPUS-TED2020/v1/moses/en-uk.txt.zip"
    with pytest.raises(UnreachableError, match="did you mean 'opus:TED2020/v1'"):
        fetch(["en-uk=opus:TED2O20/v1"], tmp_path / "out")


def test_an_unknown_corpus_or_pair_is_told_with_the_nearest(opus: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="did you mean 'opus:TED2020/v1'"):
        fetch(["en-uk=opus:TED2021/v1"], tmp_path / "out")
    with pytest.raises(MissingFileError, match="has no en and pl; it has en-uk"):
        fetch(["en-pl=opus:TED2020/v1"], tmp_path / "out")
    opus.faults = [404]
    with pytest.raises(MissingFileError, match="OPUS has no opus:TED2020/v1 in en and uk"):
        fetch([PLACE], tmp_path / "out")


def test_without_a_network_the_cache_and_the_way_to_bring_a_file_are_told(
    opus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch([PLACE], tmp_path / "out")
    monkeypatch.setenv("ISOGLOSS_OPUS", "http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match=r"the cache holds en-uk=opus:TED2020/v1.*de-en.zip"):
        fetch(["en-de=opus:TED2020/v1"], tmp_path / "out")
    monkeypatch.delenv("ISOGLOSS_OPUS")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name, meant in (
        ("opus:TED2O20/v1", "opus:TED2020/v1"),
        ("hf:sentence-transformers/parallel-sentences-talk", "parallel-sentences-talks"),
    ):
        with pytest.raises(UnreachableError, match=f"did you mean '.*{meant}'.*the cache holds"):
            fetch([f"en-uk={name}"], tmp_path / "out")
    target = tmp_path / "cache" / "corpora" / "opus" / "TED2020" / "v2" / "en-uk.zip"
    target.parent.mkdir()
    target.write_bytes(opus.content)
    (entry,) = fetch(["en-uk=opus:TED2020/v2"], tmp_path / "out")
    assert entry.rows == 400


def test_a_file_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a\tb\n")
    with pytest.raises(InputError, match="is a file"):
        fetch([f"en-de={tmp_path / 'a.tsv'}"], tmp_path / "out")
    with pytest.raises(InputError, match="no corpus was named"):
        fetch([], tmp_path / "out")


def test_a_damaged_manifest_is_told(opus: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("[")
    with pytest.raises(DataFormatError, match="no manifest"):
        fetch([PLACE], tmp_path / "out")


def test_a_list_joins_the_catalog_and_the_snapshot(
    opus: Any, caplog: pytest.LogCaptureFixture
) -> None:
    found = list_corpora(("en", "uk"))  # type: ignore[arg-type]
    ted = next(row for row in found.corpora if row.place == "opus:TED2020/v1")
    assert (found.current, ted.pairs, ted.domain) == (True, 400, "talks")
    assert all(row.place != "opus:KDE4/v2" for row in found.corpora)
    opus.down = True
    with caplog.at_level(logging.WARNING):
        offline = list_corpora(("en", "uk"))  # type: ignore[arg-type]
    assert not offline.current
    assert any(row.place == "opus:KDE4/v2" for row in offline.corpora)
    assert "the snapshot" in caplog.text


def test_every_corpus_of_the_paper_has_a_row_with_a_licence() -> None:
    rows = list_corpora().corpora
    paper = {row.name for row in rows if row.paper}
    named = {"Europarl", "GlobalVoices", "JW300", "MUSE", "NewsCommentary", "OpenSubtitles"}
    assert paper >= named | {"TED2020", "Tatoeba", "UNPC", "WikiMatrix", "WikiTitles"}
    assert all(row.licence for row in rows)
    assert len({row.place for row in rows}) == len(rows)
    freedict = {row.languages: row.licence for row in rows if row.name.startswith("FreeDict")}
    assert set(freedict.values()) == {"GPL 2 or later", "GPL 3 or later"}
    assert freedict[("de",)] == "GPL 3 or later"


def test_the_cache_is_listed(opus: Any, tmp_path: Path) -> None:
    assert cached_places() == []
    fetch([PLACE], tmp_path / "out")
    assert [entry.where for entry in cached_places()] == [PLACE]
