"""What each pair counts: read from a column of any table, and never shifted against its pair."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isogloss.data import ParallelSentences, load_parallel, parse_where
from isogloss.data.parallel import by_target
from isogloss.errors import DataFormatError, InputError

ROWS = [("One house.", "Ein Haus.", 0.5), ("Two cats.", "Zwei Katzen.", 2.0), ("A", "B.", 0.25)]
NONE = [("No.", "Nein.", "x"), ("Yes.", "Ja.", ""), ("So.", "Also.", "0"), ("O.", "Oh.", "-1")]
NONE += [("N.", "Na.", "nan"), ("I.", "Ich.", "inf")]


def table(path: Path, header: str = "", rows=(*ROWS, *NONE), order=(0, 1, 2)) -> Path:
    lines = [header] if header else []
    lines += ["\t".join(str(row[at]) for at in order) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def check(text: str, dropped: int = len(NONE)) -> None:
    loaded = load_parallel(text)
    assert list(loaded.sentences) == [row[:2] for row in ROWS]
    assert loaded.sentences.weights.tolist() == [row[2] for row in ROWS]
    assert loaded.report.dropped == ({"no weight above 0": dropped} if dropped else {})


def test_a_column_of_tsv_holds_weights_by_number_or_by_name(tmp_path):
    check(f"en-de={table(tmp_path / 'a.tsv')}?weight=3")
    check(f"en-de={table(tmp_path / 'b.tsv', 'en	de	score')}?weight=score")
    scored = table(tmp_path / "c.tsv", order=(2, 0, 1))
    check(f"en-de={scored}?source=2&target=3&weight=1")


def test_so_do_json_lines_and_parquet(tmp_path):
    rows = [{"en": a, "de": b, "w": w} for a, b, w in ROWS] + [{"en": "Yes.", "de": "Ja."}]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    check(f"en-de={path}?weight=w", dropped=1)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    check(f"en-de={tmp_path / 'a.parquet'}?weight=w", dropped=1)


def test_weights_go_with_their_pairs_wherever_these_go(tmp_path):
    loaded = load_parallel(f"en-de={table(tmp_path / 'a.tsv')}?weight=3").sentences
    assert loaded.take([2, 0, 2]).weights.tolist() == [0.25, 0.5, 0.25]
    plain = ParallelSentences("en", "de", ["a"], ["b"])
    assert by_target([loaded, plain])["de"].weights.tolist() == [0.5, 2.0, 0.25, 1.0]
    assert by_target([plain, plain])["de"].weights is None


def test_other_weights_are_other_data(tmp_path):
    path = table(tmp_path / "a.tsv", rows=ROWS)
    plain, weighted = (load_parallel(f"en-de={path}{end}") for end in ("", "?weight=3"))
    assert plain.report.fingerprint != weighted.report.fingerprint
    for loaded in (plain, weighted):
        assert loaded.report.fingerprint == loaded.sentences.fingerprint()


def test_a_limit_keeps_as_many_weights_as_pairs(tmp_path):
    path = table(tmp_path / "a.tsv", rows=ROWS)
    assert load_parallel(f"en-de={path}?weight=3", limit=2).sentences.weights.tolist() == [0.5, 2.0]


def test_columns_that_are_not_there_are_named(tmp_path):
    path = table(tmp_path / "a.tsv", "en\tde\tscore")
    with pytest.raises(DataFormatError, match="no column 'wight' in the first line; it has 'en'"):
        load_parallel(f"en-de={path}?weight=wight")
    with pytest.raises(DataFormatError, match=r"no usable pair in [0-9]+ rows .*no weight above 0"):
        load_parallel(f"en-de={path}?weight=9")
    pq.write_table(pa.table({"en": ["a"], "de": ["b"]}), tmp_path / "a.parquet")
    with pytest.raises(DataFormatError, match="no column 'w' for the weights; it has 'en', 'de'"):
        load_parallel(f"en-de={tmp_path / 'a.parquet'}?weight=w")
    for wrong in ("source=1&weight=2", "weight=1&weight=2", "weight=1&height=2", "weight="):
        with pytest.raises(InputError, match="expected both, once"):
            parse_where(f"en-de={path}?{wrong}")
    with pytest.raises(InputError, match="are one"):
        parse_where(f"en-de={path}?source=1&target=2&weight=2")
    (tmp_path / "a.tmx").write_text("<tmx/>", encoding="utf-8")
    with pytest.raises(InputError, match="tmx has none"):
        parse_where(f"en-de={tmp_path / 'a.tmx'}?weight=1")


def test_who_makes_no_use_of_weights_says_so(tmp_path):
    path = table(tmp_path / "a.tsv")
    where = parse_where(f"en-de={path}?weight=3")
    with pytest.raises(InputError, match=r"weights .column '3'. are for training"):
        where.without_weight("cleaning")
    assert parse_where(f"en-de={path}").without_weight("cleaning").weight is None


def test_as_many_weights_as_pairs_are_expected():
    with pytest.raises(InputError, match="2 weights for 1 pairs"):
        ParallelSentences("en", "de", ["a"], ["b"], np.ones(2, np.float32))
