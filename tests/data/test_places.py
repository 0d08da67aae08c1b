"""The LANGS=WHERE syntax, its errors included."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isogloss.data.columns import Columns
from isogloss.data.graded.align import read_graded
from isogloss.data.places import files_of, parse_graded, parse_where
from isogloss.errors import InputError, MissingFileError, UnknownLanguageError, did_you_mean


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.tsv", "tsv"),
        ("a.tsv.gz", "tsv"),
        ("a.tmx.xz", "tmx"),
        ("a.jsonl", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.PARQUET", "parquet"),
        ("no_suffix", "tsv"),
        ("odd=name,here.tsv", "tsv"),
    ],
)
def test_one_file(name: str, kind: str) -> None:
    touch(name)
    where = parse_where(f"en-ua={name}")
    assert (where.languages, where.kind, where.locations) == (("en", "uk"), kind, (name,))
    assert where.text == f"en-ua={name}"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("a.en", "a.de"), "en-de=a.en,a.de"),
        (("a.en.gz", "a.de"), "a.en.gz,a.de"),
        (("x,y.en", "x,y.de"), "en-de=x,y.en,x,y.de"),
        (("run=1/a.en", "run=1/a.de"), "run=1/a.en,run=1/a.de"),
    ],
)
def test_two_files_are_moses(names: tuple[str, str], text: str) -> None:
    touch(*names)
    where = parse_where(text)
    assert (where.languages, where.kind, where.locations) == (("en", "de"), "moses", names)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("en-de.tsv.gz", ("en", "de")),
        ("corpus.en-de.tsv", ("en", "de")),
        ("dir/news_en-de.tsv", ("en", "de")),
        ("c.en-zh_CN.jsonl", ("en", "zh-CN")),
        ("en-zh-Hant.tmx", ("en", "zh-Hant")),
        ("en-de=x/y/en-fr.tsv", ("en", "de")),
    ],
)
def test_languages_in_the_name(name: str, languages: tuple[str, str]) -> None:
    touch(name.removeprefix("en-de="))
    assert parse_where(name).languages == languages


def test_a_name_without_languages_needs_them_in_front() -> None:
    touch("news-train.tsv", "a.txt", "b.txt")
    for text in ("news-train.tsv", "a.txt,b.txt"):
        with pytest.raises(InputError, match="write them in front"):
            parse_where(text)


def test_a_name_that_says_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    touch("en-de.tsv", "a.en", "a.de")
    with caplog.at_level(logging.WARNING):
        parse_where("de-en=en-de.tsv")
    assert "the name says en-de" in caplog.text
    with pytest.raises(InputError, match="expected the en file first"):
        parse_where("en-de=a.de,a.en")


def test_missing_files_are_named_with_the_folder() -> None:
    touch("a.en")
    with pytest.raises(MissingFileError, match=r"'a\.de'.*looked from"):
        parse_where("en-de=a.en,a.de")
    with pytest.raises(MissingFileError, match=r"'none\.tsv'"):
        parse_where("en-de=none.tsv")
    with pytest.raises(MissingFileError, match="no folder"):
        parse_where("en-de=hf:./none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no place"),
        ("en-de=", "no place"),
        ("de=a.tsv", "expected two"),
        ("opus:TED2020/v1", "the languages are missing"),
        ("en-de=opus:TED2020", "expected 'opus:CORPUS/vN'"),
        ("en-de=a.csv", "CSV is not read"),
        ("en-de=a.tmx,a.tsv", "two plain text files"),
        ("en-de=folder", "is a folder"),
        ("en-de=1,2,3", "3 files"),
        ("en-de=a.tsv?source=x", "expected both"),
        ("en-de=a.tmx?source=x&target=y", "tmx has none"),
        ("hf:owner/name", "languages are missing"),
        ("en-de=hf:a/b/c", "no dataset name"),
    ],
)
def test_refusals_say_the_way_out(text: str, message: str) -> None:
    touch("a.csv", "a.tmx", "a.tsv", "folder/x")
    with pytest.raises(InputError, match=message):
        parse_where(text)


def test_an_unknown_language_is_refused_unless_it_is_a_path() -> None:
    touch("qx-zz=1")
    with pytest.raises(UnknownLanguageError):
        parse_where("en-qx=a.tsv")
    with pytest.raises(InputError, match="write them in front"):
        parse_where("qx-zz=1")


def test_columns() -> None:
    touch("a.jsonl")
    where = parse_where("en-de=a.jsonl?target=my%26text&source=the+text")
    assert where.columns == Columns("the text", "my&text")
    assert where.locations == ("a.jsonl",)


def test_hub() -> None:
    where = parse_where("en-uk=hf:owner/name:en-uk#dev?source=english&target=other")
    assert (where.kind, where.locations) == ("hf", ("owner/name",))
    assert (where.config, where.split) == ("en-uk", "dev")
    assert where.columns == Columns("english", "other")
    bare = parse_where("en-uk=hf:owner/name")
    assert (bare.config, bare.split, bare.columns) == (None, None, None)
    assert parse_where("hf:owner/name:en-uk").languages == ("en", "uk")


def test_a_pattern_and_a_misspelled_column_are_told_from_a_path() -> None:
    touch("a.tsv")
    with pytest.raises(MissingFileError, match=r"pattern is not looked up"):
        parse_where("en-de=*.tsv")
    with pytest.raises(MissingFileError, match=r"\?source=COLUMN&target=COLUMN"):
        parse_where("en-de=a.tsv?src=1&tgt=2")
    with pytest.raises(MissingFileError, match="check the path"):
        parse_where(f"en-de={'long' * 2000}.tsv")


@pytest.mark.parametrize(
    "names",
    ["train.src,train.tgt", "a.raw,b.raw", "dev-set.tsv", "all-new.tsv", "de-dup.tsv", "en-en.tsv"],
)
def test_words_of_file_names_are_no_languages(tmp_path: Path, names: str) -> None:
    for name in names.split(","):
        (tmp_path / name).write_text("One.\tEins.\n", encoding="utf-8")
    place = ",".join(str(tmp_path / name) for name in names.split(","))
    with pytest.raises(InputError, match="languages"):
        parse_where(place)
    assert str(parse_where(f"en-de={place}").languages) == "en-de"


def test_a_dash_is_the_standard_input() -> None:
    where = parse_where("en-de=-")
    assert (where.kind, where.locations) == ("tsv", ("-",))
    code = "from isogloss.data import load_parallel as l; print(*l('en-de=-').sentences.target)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="A cat sleeps.\tEine Katze schläft.\n".encode(),
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.stdout.decode().strip() == "Eine Katze schläft.", done.stderr


def test_a_place_of_one_language_has_the_same_grammar() -> None:
    assert parse_graded("ger=~/a=b.tsv") == ("de", os.path.expanduser("~/a=b.tsv"))
    assert parse_graded("de=hf:owner/name:de#dev") == ("de", "hf:owner/name:de#dev")
    with pytest.raises(InputError, match="expected LANG=FILE"):
        parse_graded("a.tsv")
    with pytest.raises(InputError, match="is no dataset name"):
        read_graded(["de=hf:a/b/c"])
    with pytest.raises(MissingFileError, match="no folder"):
        read_graded(["de=hf:./none"])


def test_the_nearest_name_is_the_way_out() -> None:
    assert did_you_mean("STS-17", ["bias", "sts17", "sts17-paper"], "choose one") == (
        "did you mean 'sts17'?"
    )
    assert did_you_mean("x", ["bias", "sts17"], "choose one") == "choose one"


def test_all_files_that_a_place_may_name_are_found() -> None:
    touch("a.de", "a.en", "b,c.tsv", "d=e.tsv", "set/corpus.jsonl", "more.x/y")
    for text, wanted in (
        ("en-de=a.en,a.de", ["a.de", "a.en"]),
        ("bucc:de-en=a", ["a.de", "a.en"]),
        ("b,c.tsv", ["b,c.tsv"]),
        ("sts:de-de=b,c.tsv", ["b,c.tsv"]),
        ("d=e.tsv?source=1&target=2", ["d=e.tsv"]),
        ("retrieval:en-en=set", ["set"]),
        ("hf:set#train", ["set"]),
        ("en-de=more", []),
        ("en-de=hf:owner/name", []),
        ("-", []),
    ):
        assert sorted(map(str, files_of(text))) == wanted, text
