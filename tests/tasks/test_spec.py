"""The line KIND:LANGS=WHERE."""

import pytest

from isogloss.errors import InputError, MissingFileError, UnknownLanguageError
from isogloss.runs.kinds import GIVEN_KINDS, KINDS
from isogloss.tasks import BitextTask, HealthTask, StsTask, load_task, parse_task
from isogloss.tasks.load import _KINDS


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*names, text="one\teins\ntwo\tzwei\n"):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return make


@pytest.mark.parametrize(
    ("line", "made", "paths"),
    [
        ("sts:de-de=file.tsv", ["file.tsv"], ["file.tsv"]),
        ("bitext:en-de=a.txt,b.txt", ["a.txt", "b.txt"], ["a.txt", "b.txt"]),
        ("bitext:en-de=a.txt, b.txt", ["a.txt", "b.txt"], ["a.txt", "b.txt"]),
        ("health:en-de=x=1/file.tsv", ["x=1/file.tsv"], ["x=1/file.tsv"]),
        ("bitext:en-de=a,b.tsv", ["a,b.tsv"], ["a,b.tsv"]),
        ("bitext:en-de=a,b.en,a,b.de", ["a,b.en", "a,b.de"], ["a,b.en", "a,b.de"]),
        ("sts:en-de=a.tsv,b.tsv", ["a.tsv", "b.tsv"], ["a.tsv", "b.tsv"]),
        ("sts:de-de=a:b.tsv", ["a:b.tsv"], ["a:b.tsv"]),
        (" sts:de-de = file.tsv ", ["file.tsv"], ["file.tsv"]),
    ],
)
def test_places(files, line, made, paths):
    files(*made)
    spec = parse_task(line)
    assert [str(path) for path in spec.paths] == paths
    assert spec.text == line
    assert spec.data_name == " + ".join(path.split("/")[-1] for path in paths)


def test_languages_are_spelled_one_way(files):
    files("a.tsv")
    assert parse_task("bitext:eng-ua=a.tsv").language_names == "en-uk"
    assert parse_task("sts:en-zh-Hant=a.tsv").language_names == "en-zh-Hant"
    with pytest.raises(UnknownLanguageError, match="xq"):
        parse_task("sts:en-xq=a.tsv")


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("file.tsv", InputError, "no ':'"),
        ("stss:de-de=file.tsv", InputError, r"kind 'stss' is unknown.*did you mean 'sts'"),
        ("classify:de-de=file.tsv", InputError, "expected one of sts, bitext, health, bucc"),
        ("sts:file.tsv", InputError, "KIND:LANGS=WHERE"),
        ("sts:=file.tsv", InputError, "KIND:LANGS=WHERE"),
        ("sts:de-de=", InputError, "KIND:LANGS=WHERE"),
        ("sts:de-de=none.tsv", MissingFileError, "no file 'none.tsv'"),
        ("bitext:en-de=a.txt,none.txt", MissingFileError, "no file 'none.txt'"),
        ("sts:de-de=folder", InputError, "'folder' is a folder"),
    ],
)
def test_mistakes_are_named(files, line, error, words):
    files("a.txt", "folder/x")
    with pytest.raises(error, match=words):
        parse_task(line)


def test_every_kind_that_can_be_named_is_one_that_pages_explain():
    assert set(_KINDS) == set(GIVEN_KINDS)
    assert all(KINDS[kind].title and KINDS[kind].meaning for kind in _KINDS)


def test_each_kind_loads_its_task(files):
    files("a.tsv", "b.en", "b.de")
    files("sts.tsv", text="1\ta\tb\n2\tc\td\n3.5\te\tf\n")
    assert isinstance(load_task("sts:de-de=sts.tsv"), StsTask)
    assert isinstance(load_task(parse_task("bitext:en-de=a.tsv")), BitextTask)
    health = load_task("health:en-de=b.en,b.de")
    assert isinstance(health, HealthTask)
    assert (health.kind, health.languages, health.name) == ("health", "en-de", "b.en + b.de")
