"""JSON Lines: which keys are sides, what is rejected, what is no such file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.readers.pair import RawPair
from isogloss.errors import DataFormatError

from .reading import read, sides


@pytest.mark.parametrize(
    "row",
    [
        {"en": "one", "de": "eins"},
        {"EN-us": "one", "deu": "eins"},
        {"source": "one", "target": "eins", "score": 1},
        {"tgt": "eins", "src": "one"},
        {"sentence1": "one", "sentence2": "eins"},
        {"english": "one", "non_english": "eins"},
        {"id": 7, "translation": {"de": "eins", "en": "one"}},
        {"translations": {"de": "eins", "en": "one"}},
    ],
)
def test_jsonl_keys(tmp_path: Path, row: dict[str, object]) -> None:
    path = tmp_path / "a.jsonl"
    # The first line has other keys: each row may be of its own kind.
    path.write_text('{"text1": "a", "text2": "b"}\n' + json.dumps(row), encoding="utf-8")
    assert sides(read(f"en-de={path}")[0]) == [("a", "b"), ("one", "eins")]


def test_bad_json_lines_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = ['{"en": "one", "de"', "[1, 2]", '{"en": "one"}', '{"en": "one", "de": null}']
    lines += ['{"en": 1, "de": "eins"}', "[" * 100_000, '{"en": ' + "9" * 5000 + "}"]
    path.write_text("\n".join([*lines, '{"en": "one", "de": "eins"}']), encoding="utf-8")
    pairs, rejected = read(f"en-de={path}")
    assert pairs == [RawPair(8, "one", "eins")]
    assert rejected == {"not a JSON object": 4, "a side is missing": 2, "a side is not text": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"en": "a", "de": "b"}]', r"one JSON array.*jq -c '\.\[\]'"),
        ('[\n {"en": "a", "de": "b"}\n]', "one JSON array"),
        ('{"data": [{"en": "a", "de": "b"}]}', r"rows under 'data'.*jq -c '\.data\[\]'"),
        ('{\n "rows": [{"en": "a", "de": "b"}]\n}', "over several lines"),
        ('{"en": ["a"], "de": ["b"]}', "object of columns"),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_file_that_is_one_json_value_is_refused_with_the_way_out(
    tmp_path: Path, content: str, message: str, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataFormatError, match=message):
        read(f"en-de={path}")


def test_lists_inside_a_row_do_not_make_it_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"en": "a", "de": "b", "links": [{"at": 0}]}\n', encoding="utf-8")
    assert sides(read(f"en-de={path}")[0]) == [("a", "b")]


@given(rows=st.lists(st.tuples(st.text(), st.text()), max_size=20), ascii_only=st.booleans())
def test_jsonl_round_trip(
    rows: list[tuple[str, str]], ascii_only: bool, new_folder: Callable[[], Path]
) -> None:
    path = new_folder() / "a.jsonl"
    lines = [json.dumps({"en": s, "de": t}, ensure_ascii=ascii_only) for s, t in rows]
    path.write_bytes("\n".join(lines).encode())
    assert sides(read(f"en-de={path}")[0]) == rows
