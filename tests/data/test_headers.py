"""Which first row is a header: names of columns, and neither codes nor the words of a pair."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isogloss.data.loading import load_parallel
from isogloss.errors import DataFormatError

LONG = [(f"The lamp number {n} needs a bulb.", f"Die Lampe {n} braucht Licht.") for n in range(40)]


@pytest.mark.parametrize(
    "row",
    [
        lambda n, one, two: f"{1000 + n}\teng\t{one}\t{2000 + n}\tdeu\t{two}",
        lambda n, one, two: f"eng\t{one}\tdeu\t{two}",
        lambda n, one, two: f"{n}\teng\t{one}\tdeu\t{two}",
    ],
)
def test_columns_of_codes_are_no_header(tmp_path: Path, row: Callable[..., str]) -> None:
    """As in the exports of Tatoeba."""
    path = tmp_path / "t.tsv"
    path.write_text("".join(row(n, *pair) + "\n" for n, pair in enumerate(LONG)), "utf-8")
    with pytest.raises(DataFormatError, match=r"\?source=\d&target=\d"):
        load_parallel(f"en-de={path}")


@pytest.mark.parametrize(
    "header", ["text_en\ttext_de", "de.text\ten.text", "src\ttrg", "source_text\ttarget_text"]
)
def test_more_headers_are_known(tmp_path: Path, header: str) -> None:
    turned = header.startswith("de")
    path = tmp_path / "h.tsv"
    rows = [f"{two}\t{one}" if turned else f"{one}\t{two}" for one, two in LONG]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert list(load_parallel(f"en-de={path}").sentences) == LONG


def test_a_header_of_other_languages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.tsv"
    rows = [f"{one}\t{two}\n" for one, two in LONG]
    path.write_text("en\tde\n" + "".join(rows), encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"called 'en', 'de'; expected en and fr"):
        load_parallel(f"en-fr={path}")
    path.write_text("to\tzu\n" + "".join(rows), encoding="utf-8")  # words that are codes, too
    assert len(load_parallel(f"en-de={path}").sentences) == 41


@pytest.mark.parametrize("header", ["Englisch\tDeutsch", "inglés\talemán", "英語\tドイツ語"])
def test_a_first_row_of_two_bare_words_is_told_where_sentences_follow(
    tmp_path: Path, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "h.tsv"
    rows = [f"{one}\t{two}\n" for one, two in LONG]
    path.write_text(f"{header}\n" + "".join(rows), encoding="utf-8")
    assert len(load_parallel(f"en-de={path}").sentences) == 41
    assert f"the first line, {header.split()[0]!r}" in caplog.text
    caplog.clear()
    path.write_text("".join(rows), encoding="utf-8")
    load_parallel(f"en-de={path}")
    path.write_text("Hello\tHallo\n" + "Sun\tSonne\nMoon\tMond\n" * 20, encoding="utf-8")
    load_parallel(f"en-de={path}")
    assert "the first line" not in caplog.text


def test_rows_that_hold_lists_are_not_taken_for_one_object(tmp_path: Path) -> None:
    row = json.dumps({"messages": [{"role": "user", "content": "A lamp."}]})
    path = tmp_path / "chat.jsonl"
    path.write_text(f"{row}\n" * 60, encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"no usable pair in 60 rows \(60 a side is missing"):
        load_parallel(f"en-de={path}")
    path.write_text(f"{row}\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="one JSON object with its rows under 'messages'"):
        load_parallel(f"en-de={path}")
