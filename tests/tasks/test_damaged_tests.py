"""Whatever happened to the files of a test set: read whole, row by row, or refused in one line."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import IsoglossError
from isogloss.tasks import load_task

from ..damage import attempt, damaged

WORDS = ["Lamp", "Door", "River", "Garden", "Winter", "Teacher", "Bottle", "Window", "Summer"]
ENGLISH = [f'The {word} "{at * 7:03d}" is here; é.' for at, word in enumerate(WORDS)]
GERMAN = [f"Hier ist {word[::-1]} {at * 7:03d}, „ü“." for at, word in enumerate(WORDS)]
GRADES = [str(at % 6) for at in range(len(WORDS))]
KEYS = range(len(WORDS))


def rows(*columns: Iterable[object], by: str = "\t") -> str:
    return "".join(by.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def objects(prefix: str, texts: list[str]) -> str:
    return "".join(
        json.dumps({"_id": one, "text": text}) + "\n"
        for one, text in zip(named(prefix), texts, strict=True)
    )


def named(prefix: str) -> list[str]:
    """Ids of which no flipped bit makes another one."""
    return [f"{prefix}{word}" for word in WORDS]


SETS: dict[str, tuple[str, dict[str, str]]] = {
    "sts": ("sts:en-de=@/a.tsv", {"a.tsv": rows(GRADES, ENGLISH, GERMAN)}),
    "sts with a header": (
        "sts:en-de=@/a.csv",
        {
            "a.csv": "sentence1,sentence2,score,id\n"
            + rows(
                [f'"{t.replace(chr(34), chr(34) * 2)}"' for t in ENGLISH], WORDS, GRADES, KEYS
            ).replace("\t", ","),
        },
    ),
    "sts of two files": (
        "sts:en-de=@/a.tsv,@/b.tsv",
        {"a.tsv": rows(GRADES, ENGLISH, ENGLISH), "b.tsv": rows(GRADES, GERMAN, GERMAN)},
    ),
    "bitext": ("bitext:en-de=@/a.tsv", {"a.tsv": "en\tde\n" + rows(ENGLISH, GERMAN)}),
    "bitext of two files": (
        "bitext:en-de=@/a.en,@/a.de",
        {"a.en": rows(ENGLISH), "a.de": rows(GERMAN)},
    ),
    "health": ("health:en-de=@/a.tsv", {"a.tsv": rows(ENGLISH, GERMAN)}),
    "xsimpp": ("xsimpp:de-en=@/a.tsv", {"a.tsv": rows(GERMAN, ENGLISH)}),
    "preference": ("preference:en-de=@/a.tsv", {"a.tsv": rows(ENGLISH, GERMAN)}),
    "bucc": (
        "bucc:de-en=@/a",
        {
            "a.de": rows(named("de-"), GERMAN),
            "a.en": rows(named("en-"), ENGLISH),
            "a.gold": rows(named("de-"), named("en-")),
        },
    ),
    "retrieval": (
        "retrieval:en-de=@",
        {
            "corpus.jsonl": objects("d", GERMAN),
            "queries.jsonl": objects("q", ENGLISH),
            "qrels.tsv": "query-id\tcorpus-id\tscore\n" + rows(named("q"), named("d"), GRADES),
        },
    ),
}


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("kind", SETS)
@settings(max_examples=120)
@given(data=st.data())
def test_a_damaged_test_set_is_read_in_order_or_refused(
    kind: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()
    line, texts = SETS[kind]
    files = {name: text.encode() for name, text in texts.items()}
    chosen = data.draw(st.sampled_from(sorted(files)), label="file")
    write(folder, files | {chosen: damaged(data, files[chosen])})
    task = attempt(lambda: load_task(line.replace("@", str(folder))))
    if task is None:
        return
    partner = dict(zip(ENGLISH, GERMAN, strict=True)) | dict(zip(GERMAN, ENGLISH, strict=True))
    for one, other in pairs_of(task.data):
        if one in partner and other in partner:
            assert other in (partner[one], one)


def pairs_of(data: object) -> Iterable[tuple[str, str]]:
    """Texts that a set says belong together, whatever kind it is of."""
    if hasattr(data, "sentences1"):
        return zip(data.sentences1, data.sentences2, strict=True)
    if hasattr(data, "gold"):
        return [(data.source[a], data.target[b]) for a, b in data.gold]
    if hasattr(data, "judgments"):
        return [
            (data.queries[query], data.corpus.get(document, ""))
            for query, row in data.judgments.items()
            for document in row
        ]
    return zip(data.source, data.target, strict=True) if data.target else []


@pytest.mark.parametrize("kind", SETS)
@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 100, b"\xef\xbb\xbf", b"{}", b"[", b"<"])
def test_files_of_nothing_are_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    line, texts = SETS[kind]
    for name in texts:
        write(tmp_path, {other: text.encode() for other, text in texts.items()} | {name: content})
        with pytest.raises(IsoglossError):
            load_task(line.replace("@", str(tmp_path)))


@pytest.mark.parametrize("kind", SETS)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, kind: str) -> None:
    line, texts = SETS[kind]
    write(tmp_path, {name: text.encode() for name, text in texts.items()})
    before = load_task(line.replace("@", str(tmp_path))).fingerprint()
    marked = {name: text.replace("\n", "\r\n").encode("utf-8-sig") for name, text in texts.items()}
    write(tmp_path, marked)
    assert load_task(line.replace("@", str(tmp_path))).fingerprint() == before
