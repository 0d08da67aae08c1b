"""Half a character in a test set, which no tokenizer reads: a line that names the row."""

import json
from pathlib import Path

import pytest

from isogloss.errors import DataFormatError
from isogloss.tasks import load_task

HALF = "Hallo \ud83d"


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("kind", ["bitext", "health", "preference", "xsimpp"])
def test_translations_name_the_line(kind: str, tmp_path: Path) -> None:
    rows = [{"en": f"Number {n} is here.", "de": f"Nummer {n} ist hier."} for n in range(9)]
    rows[4]["de"] = HALF
    write_rows(tmp_path / "s.jsonl", rows)
    languages = "de-en" if kind == "xsimpp" else "en-de"
    with pytest.raises(DataFormatError, match=r"line 5: lone surrogate"):
        load_task(f"{kind}:{languages}={tmp_path / 's.jsonl'}")


@pytest.mark.parametrize(
    ("file", "key"),
    [("corpus", "text"), ("corpus", "title"), ("corpus", "_id"), ("queries", "text")],
)
def test_a_retrieval_set_names_the_line(file: str, key: str, tmp_path: Path) -> None:
    rows = {
        "corpus": [{"_id": f"d{n}", "title": "A", "text": f"Document {n}."} for n in range(3)],
        "queries": [{"_id": "q1", "text": "Which document?"}],
    }
    rows[file][0][key] = HALF
    for name, content in rows.items():
        write_rows(tmp_path / f"{name}.jsonl", content)
    (tmp_path / "qrels.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match=f"line 1: half a character .* in its {key}"):
        load_task(f"retrieval:en-en={tmp_path}")
