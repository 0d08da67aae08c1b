"""Sides that hold something else than sentences of their language are refused, and no others."""

import json
import logging
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isogloss.data import load_parallel
from isogloss.errors import DataFormatError, InputError
from isogloss.samples import read_rows

ROWS = read_rows("train")[:60]
EN, DE, UK = ([row[code] for row in ROWS] for code in ("en", "de", "uk"))
N = len(ROWS)
Table = Callable[..., str]


KEYS: dict[str, tuple[list[Any], str]] = {
    "margin scores": ([1.2 + at / 1000 for at in range(N)], "numbers"),
    "small numbers": ([f"{at}.5e-{at % 9}" for at in range(N)], "numbers"),
    "numbers": ([100 + at for at in range(N)], "numbers"),
    "dates": ([f"2020-01-{1 + at % 28:02d}" for at in range(N)], "numbers"),
    "times": ([f"2020-01-02T10:{at % 60:02d}:00Z" for at in range(N)], "numbers"),
    "addresses": ([f"https://example.org/{at}" for at in range(N)], "addresses"),
    "mail": (["who@example.org"] * N, "addresses"),
    "ids": ([f"train-{at:04d}" for at in range(N)], "ids"),
    "hashes": ([f"{at * 7919:08x}9f" for at in range(N)], "ids"),
    "codes": (["en", "eng", "en_US"] * (N // 3), "language codes"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_column_of_keys_is_refused_and_the_columns_of_text_are_named(
    table: Table, kind: str
) -> None:
    keys, what = KEYS[kind]
    path = table(keys, EN, DE)
    message = (
        rf"source side holds {what}, not sentences .*: '\?source=2&target=3'; "
        r"if it is meant, '\?source=1&target=2' reads it$"
    )
    with pytest.raises(DataFormatError, match=message):
        load_parallel(f"en-de={path}")
    assert load_parallel(f"en-de={path}?source=2&target=3").report.kept == N
    message = rf"target side holds {what}.*\?source=1&target=3"
    with pytest.raises(DataFormatError, match=message):
        load_parallel(f"en-de={table(EN, keys, DE)}")


def test_what_was_named_is_read_with_a_warning(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    words = [f"Das ist die {at}." for at in range(N)]
    load_parallel(f"en-de={table(range(10000, 10000 + N), words)}?source=1&target=2")
    assert "source side holds numbers" in caplog.text
    assert "the columns are those that were named" in caplog.text


def test_where_one_column_alone_holds_text_that_is_said(table: Table) -> None:
    with pytest.raises(DataFormatError, match="of its columns only 3 holds text"):
        load_parallel(f"en-de={table(range(N), ['deu'] * N, DE)}")
    with pytest.raises(DataFormatError, match="none of its columns holds text"):
        load_parallel(f"en-de={table(range(N), range(500, 500 + N))}")


def test_every_door_is_watched(table: Table, tmp_path: Path) -> None:
    numbers = [str(at) for at in range(N)]
    rows = list(zip(numbers, DE, strict=True))
    for name, column in (("a.en", numbers), ("a.de", DE)):
        (tmp_path / name).write_text("\n".join(column), encoding="utf-8")
    lines = [f'{{"en": "{a}", "de": "{b}"}}\n' for a, b in rows]
    (tmp_path / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    pq.write_table(pa.table({"en": numbers, "de": DE}), tmp_path / "a.parquet")
    side = '<tuv xml:lang="{}"><seg>{}</seg></tuv>'.format
    units = "".join(f"<tu>{side('en', a)}{side('de', b)}</tu>" for a, b in rows)
    (tmp_path / "a.tmx").write_text(f"<tmx>{units}</tmx>", encoding="utf-8")
    places = [f"{tmp_path}/{name}" for name in ("a.jsonl", "a.parquet", "a.tmx", "a.en,a.de")]
    places[-1] = f"{tmp_path}/a.en,{tmp_path}/a.de"
    for place in [*places, f"hf:{tmp_path}/hub"]:
        with pytest.raises(DataFormatError, match="source side holds numbers, not sentences"):
            load_parallel(f"en-de={place}")


ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
UMPS = ["elf", "zwölf"]
ORDINARY: dict[str, tuple[list[str], list[str]]] = {
    "sentences": (EN, DE),
    "sentences that begin a sorted corpus with numbers": (
        [*(f"{at}.50" for at in range(200)), *EN],
        [*(f"{at},50" for at in range(200)), *DE],
    ),
    "dates in two ways": (
        [f"01/{at:02d}/2020" for at in range(1, 29)],
        [f"{at:02d}.01.2020" for at in range(1, 29)],
    ),
    "strings of a program": (
        [*(f"Error {at}" for at in range(40)), *(f"%{at}d" for at in range(20))],
        [*(f"Fehler {at}" for at in range(40)), *(f"%{at}d Stück" for at in range(20))],
    ),
    "short words": (
        ["no", "it", "is", "to", "me", "do", "be", "go", "we", "he"],
        ["nein", "es", "ist", "zu", "mir", "tun", "sei", "geh", "wir", "er"],
    ),
    "numbers in words": (
        [str(at) for at in range(1, 13)],
        ["eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", *UMPS],
    ),
    "words of numbers first": ([*ONES, "nine"], [str(at) for at in range(1, 10)]),
    "dates in words": (
        [f"2020-01-{at:02d}" for at in range(1, 29)],
        [f"{at}. Januar 2020" for at in range(1, 29)],
    ),
    "dates with short years": (
        [f"2020-01-{at:02d}" for at in range(1, 29)],
        [f"{at}.1.2020" for at in range(1, 29)],
    ),
    "formulas": (
        ["H2O", "CO2", "H2SO4", "C6H12O6", "NH3", "CH4", "O3", "N2O"],
        ["Wasser", "Kohlendioxid", "Schwefelsäure", "Zucker", "Ammoniak", "Methan", "Ozon", "Gas"],
    ),
    "titles of decades first": (
        [f"{year}s" for year in range(1500, 2020, 10)],
        [f"{year}er-Jahre" for year in range(1500, 2020, 10)],
    ),
    "a few equal cells": (["OK"] * 60, [f"Gut! {'So' * at}" for at in range(60)]),
    "mostly untranslated": (EN, [*DE[:5], *[""] * (N - 5)]),
    "two rows of numbers and words": (["7", "8"], ["sieben", "acht"]),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_an_ordinary_corpus_is_read(
    table: Table, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    source, target = ORDINARY[kind]
    load_parallel(f"en-de={table(source, target)}")
    said = [r.message for r in caplog.records if r.levelno >= logging.WARNING]
    assert [line for line in said if "rows are dropped" not in line] == []


def test_a_corpus_with_many_numbers_in_any_order_is_read(table: Table) -> None:
    draw = random.Random(0)
    for share in (0.3, 0.6, 0.85):
        rows = [
            (str(at), f"Nummer {at} hier") if draw.random() < share else (EN[at % N], DE[at % N])
            for at in range(3000)
        ]
        assert load_parallel(f"en-de={table(*zip(*rows, strict=True))}").report.read == 3000


def test_a_limit_does_not_hide_what_a_column_holds(table: Table) -> None:
    with pytest.raises(DataFormatError, match="holds numbers"):
        load_parallel(f"en-de={table(range(10, 10 + N), EN, DE)}", limit=5)


def test_sides_in_each_others_script_are_refused(table: Table, tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match=r"each other's script.*'\?source=2&target=1'"):
        load_parallel(f"en-uk={table(UK, EN)}")
    assert load_parallel(f"en-uk={table(UK, EN)}?source=2&target=1").report.kept == N
    assert load_parallel(f"uk-en={table(UK, EN)}").report.kept == N
    for name, column in (("1.txt", UK), ("2.txt", EN)):
        (tmp_path / name).write_text("\n".join(column), encoding="utf-8")
    with pytest.raises(DataFormatError, match="name the files in the other order"):
        load_parallel(f"en-uk={tmp_path}/1.txt,{tmp_path}/2.txt")


def test_a_third_script_is_a_warning_where_the_language_has_one(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    load_parallel(f"en-ru={table(EN, DE)}")
    assert "what should be Russian is in Latin letters" in caplog.text
    caplog.clear()
    load_parallel(f"en-sr={table(EN, DE)}")  # Serbian is written in both
    assert caplog.text == ""


def test_cells_quoted_by_a_spreadsheet_are_noted(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    every = [[f'"{text}"' for text in side] for side in (EN, DE)]
    load_parallel(f"en-de={table(*every)}")
    assert "cells stand in double quotes" in caplog.text
    caplog.clear()
    some = [[f'"He said ""{t}"""' if at % 9 == 0 else t for at, t in enumerate(EN)], DE]
    load_parallel(f"en-de={table(*some)}")
    assert "cells stand in double quotes" in caplog.text
    caplog.clear()
    speech = [[f'"{text}" he said' for text in EN], [f'Er sagte "{text}"' for text in DE]]
    load_parallel(f"en-de={table(*speech)}")
    load_parallel(f"en-de={table([*EN[:-1], 'a lone quote'], DE)}")
    assert caplog.text == ""


def test_one_column_or_one_file_cannot_be_both_sides(table: Table) -> None:
    path = table(EN, DE)
    with pytest.raises(InputError, match="are one; expected two"):
        load_parallel(f"en-de={path}?source=2&target=2")
    with pytest.raises(InputError, match="both sides are"):
        load_parallel(f"en-de={path},{path}")


def test_text_that_was_saved_wrongly_is_noted(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    load_parallel(f"en-de={table(EN, [text.encode().decode('cp1252', 'replace') for text in DE])}")
    assert "UTF-8 that was taken for Latin-1" in caplog.text
    caplog.clear()
    load_parallel(f"en-de={table(EN, [text.replace('ü', chr(0xFFFD)) for text in DE])}")
    assert "letters that were lost" in caplog.text
    caplog.clear()
    load_parallel(f"en-de={table(EN, DE)}")
    assert caplog.text == ""


def test_the_way_out_fits_the_most_frequent_reason(table: Table, tmp_path: Path) -> None:
    (tmp_path / "b.tsv").write_bytes(
        "".join(f"{a}\t{b}\n" for a, b in zip(EN, UK, strict=True)).encode("cp1251", "replace")
    )
    with pytest.raises(DataFormatError, match=r"not UTF-8.*iconv -f"):
        load_parallel(f"en-uk={tmp_path}/b.tsv")
    with pytest.raises(DataFormatError, match=r"empty.*\?source=2&target=3"):
        load_parallel(f"en-de={table([''] * N, EN, DE)}")


def test_what_is_refused_can_be_had_by_the_way_that_is_told(table: Table, tmp_path: Path) -> None:
    keys = [str(at) for at in range(10000, 10000 + N)]
    text = [f"Es ist die {at}." for at in range(N)]
    rows = [{"en": one, "de": other} for one, other in zip(keys, text, strict=True)]
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    pq.write_table(pa.table({"en": keys, "de": text}), tmp_path / "a.parquet")
    (tmp_path / "b.PARQUET").write_bytes((tmp_path / "a.parquet").read_bytes())
    odd = pa.table({"a&b": keys, "c": text})
    pq.write_table(odd, tmp_path / "odd.parquet")
    turned = table(["de", *text], ["en", *keys], name="turned.tsv")
    files = [table(keys, text), turned, *(f"{tmp_path}/{n}" for n in ("a.jsonl", "a.parquet"))]
    files.append(f"{tmp_path}/b.PARQUET")
    for place in [*files, f"{tmp_path}/odd.parquet"]:
        with pytest.raises(DataFormatError, match="source side holds numbers") as caught:
            load_parallel(f"en-de={place}")
        said = re.search(r"if it is meant, '(\S+)' reads it$", str(caught.value))
        assert said is not None
        loaded = load_parallel(f"en-de={place}{said[1]}").sentences
        assert (loaded.source[7], loaded.target[7]) == (keys[7], text[7])


def test_files_without_columns_have_a_way_out_too(table: Table, tmp_path: Path) -> None:
    keys = [str(at) for at in range(N)]
    for name, column in (("a.en", keys), ("a.de", DE)):
        (tmp_path / name).write_text("\n".join(column), encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"`paste \S+a\.en \S+a\.de > pairs\.tsv`"):
        load_parallel(f"en-de={tmp_path}/a.en,{tmp_path}/a.de")
    assert load_parallel(f"en-de={table(EN, DE)}?source=1&target=2").report.kept == N
