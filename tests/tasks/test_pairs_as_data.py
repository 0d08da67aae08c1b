"""Translations of a task are read as carefully as training pairs are."""

import json
import logging
import os
import threading
from pathlib import Path

import pytest

from isogloss.errors import DataFormatError, InputError
from isogloss.samples import read_rows
from isogloss.tasks import load_task

ROWS = read_rows("held_out")[:40]
EN, DE, UK = ([row[code] for row in ROWS] for code in ("en", "de", "uk"))
KINDS = ("bitext", "health", "preference")


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(name, *columns, header=""):
        rows = zip(*columns, strict=True)
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        Path(name).write_text(header + text, encoding="utf-8")
        return name

    return make


def sides(line):
    data = load_task(line).data
    return list(data.source), list(data.target)


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_is_no_pair_and_is_followed(write, kind):
    write("a.tsv", EN, DE)
    assert sides(f"{kind}:en-de=a.tsv") == (EN, DE)
    write("a.tsv", EN, DE, header="en\tde\n")
    assert sides(f"{kind}:en-de=a.tsv") == (EN, DE)
    write("a.tsv", DE, range(40), EN, header="\ufeffGerman\tid\tEnglish\n")
    assert sides(f"{kind}:en-de=a.tsv") == (EN, DE)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_may_be_named(write, kind):
    write("a.tsv", range(40), DE, EN)
    assert sides(f"{kind}:en-de=a.tsv?source=3&target=2") == (EN, DE)
    with pytest.raises(DataFormatError, match=r"holds numbers.*'\?source=2&target=3'"):
        load_task(f"{kind}:en-de=a.tsv")


@pytest.mark.parametrize("kind", [*KINDS, "xsimpp"])
def test_names_in_the_other_order_are_refused_or_noted(write, kind, caplog):
    write("a.en", EN)
    write("a.de", DE)
    languages = "de-en" if kind == "xsimpp" else "en-de"
    files = "a.en,a.de" if kind == "xsimpp" else "a.de,a.en"
    with pytest.raises(InputError, match="names say"):
        load_task(f"{kind}:{languages}={files}")
    write("fr-es.tsv", EN if kind != "xsimpp" else DE, DE if kind != "xsimpp" else EN)
    load_task(f"{kind}:{languages}=fr-es.tsv")
    assert "but the name says fr-es" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_sides_in_each_others_script_are_refused(write, kind):
    write("a.tsv", UK, EN)
    with pytest.raises(DataFormatError, match="each other's script"):
        load_task(f"{kind}:en-uk=a.tsv")


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_of_pairs_is_read(write, kind):
    rows = [{"en": a, "de": b} for a, b in zip(EN, DE, strict=True)]
    Path("a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert sides(f"{kind}:en-de=a.jsonl") == (EN, DE)
    with Path("a.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{broken\n")
    with pytest.raises(DataFormatError, match="line 41: not a JSON object"):
        load_task(f"{kind}:en-de=a.jsonl")


@pytest.mark.parametrize("kind", [*KINDS, "sts"])
def test_a_pipe_is_read(tmp_path, write, kind):
    grades = [[at % 6 for at in range(40)]] if kind == "sts" else []
    content = Path(write("a.tsv", *grades, EN, DE)).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    task = load_task(f"{kind}:en-de={pipe}")
    writer.join()
    assert task.fingerprint() == load_task(f"{kind}:en-de=a.tsv").fingerprint()


def test_mining_scores_are_no_grades(write):
    write("a.tsv", [1.1 + at / 500 for at in range(40)], EN, DE)
    for kind in KINDS:
        with pytest.raises(DataFormatError, match=r"source side holds numbers.*source=2&target=3"):
            load_task(f"{kind}:en-de=a.tsv")
    assert sides("health:en-de=a.tsv?source=2&target=3") == (EN, DE)


def test_an_sts_file_with_a_header_is_known(write):
    write("a.tsv", [at % 6 for at in range(40)], EN, DE, header="score\tsentence1\tsentence2\n")
    with pytest.raises(DataFormatError, match="is an STS file"):
        load_task("bitext:en-de=a.tsv")
    assert load_task("health:en-de=a.tsv").data.target is None
    assert sides("bitext:en-de=a.tsv?source=sentence1&target=sentence2") == (EN, DE)


def test_what_no_score_shows_is_said(write, caplog):
    with caplog.at_level(logging.WARNING):
        load_task(f"bitext:en-de={write('same.tsv', EN, EN)}")
        load_task(f"bitext:en-de={write('thin.tsv', EN, [*DE[:5], *[''] * 35])}")
    assert "both sides are the same text in 40 of 40 rows" in caplog.text
    assert "35 of 40 rows lack a side" in caplog.text
