"""Retrieval sets as BEIR lays them out: corpus.jsonl, queries.jsonl, qrels/test.tsv."""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.data.checks.sides import refuse_key_column
from isogloss.data.readers.jsonl import refuse_one_value
from isogloss.data.text import plain_or_packed, read_lines, text_fingerprint
from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.surrogates import surrogate_at

logger = logging.getLogger(__name__)

QRELS = ("qrels/test.tsv", "qrels.tsv")
"""Where judgments are looked for, in this order."""

_GRADE_NAMES = ("score", "grade", "rel", "relevance", "label", "rating")
_MOST_UNKNOWN = 0.5
"""Share of judgments with an unknown id above which the files are no one set."""

Judgments = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class RetrievalData:
    """Documents, queries, and which documents answer which query.

    Args:
        corpus: text of each document by id, in the order of the file.
        queries: text of each query by id; each has a relevant document.
        judgments: for each query the grade of its judged documents; relevant above 0. One that is
            not in the corpus is never found, and counts as missed.
        dropped: queries left out when reading, by reason.

    Raises:
        InputError: if a query has no relevant document.
    """

    corpus: Mapping[str, str]
    queries: Mapping[str, str]
    judgments: Judgments
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for query in self.queries:
            judged = self.judgments.get(query, {})
            if not any(grade > 0 for grade in judged.values()):
                raise InputError(
                    f"query {query!r} has no relevant document; expected at least one; leave the"
                    " query out"
                )

    def fingerprint(self) -> str:
        """Hash of ids, texts and judgments."""
        judged = (
            f"{query}\t{document}\t{grade!r}"
            for query in self.queries
            for document, grade in self.judgments[query].items()
        )
        sides = (self.corpus, self.corpus.values(), self.queries, self.queries.values())
        return text_fingerprint(*sides, judged)


def read_retrieval(folder: Path | str) -> RetrievalData:
    """Read a retrieval set.

    Args:
        folder: holds `corpus.jsonl` (`_id`, `text`, perhaps `title`), `queries.jsonl` (`_id`,
            `text`) and `qrels/test.tsv` or `qrels.tsv` (query id, document id, grade; a header is
            allowed); each may be `.gz` or `.xz`.

    Returns:
        The set; queries without judgments are not used, queries without a relevant document are
        dropped and counted. A document's text is its title and its text with a space between.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if a line cannot be used (the message has its number), or no query is left.
    """
    folder = Path(folder)
    corpus = _read_texts(_existing(folder, "corpus.jsonl"), titled=True)
    path = _existing(folder, "queries.jsonl")
    queries = _read_texts(path, titled=False)
    judgments = _read_qrels(_existing(folder, *QRELS), queries, corpus)
    used = [one for one, row in judgments.items() if any(grade > 0 for grade in row.values())]
    if not used:
        raise DataFormatError(
            f"{folder} has no query with a relevant document; expected grades above 0 in its qrels;"
            " check the file"
        )
    without = len(judgments) - len(used)
    dropped = {"query without a relevant document": without} if without else {}
    chosen = {one: queries[one] for one in queries if one in set(used)}
    return RetrievalData(corpus, chosen, {one: judgments[one] for one in chosen}, dropped)


def _existing(folder: Path, *names: str) -> Path:
    for name in names:
        path = plain_or_packed(folder / name)
        if path is not None:
            return path
    raise MissingFileError(
        f"{folder} has no {' or '.join(names)}; expected corpus.jsonl, queries.jsonl and"
        f" {' or '.join(QRELS)}; check the folder"
    )


def _read_texts(path: Path, *, titled: bool) -> dict[str, str]:
    texts: dict[str, str] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        row = _row(path, number, line)
        one = str(row["_id"])
        if one in texts:
            raise _bad(path, number, f"id {one!r} a second time")
        title = str(row.get("title") or "") if titled else ""
        text = f"{title} {row['text']}".strip()
        if not text and not titled:
            raise _bad(path, number, f"query {one!r} without text")
        texts[one] = text
    if not texts:
        raise DataFormatError(f"{path} holds no text; expected one object per line; check the file")
    refuse_key_column(list(texts.values()), str(path), "check what stands under `text`")
    return texts


def _row(path: Path, number: int, line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        if number == 1:
            refuse_one_value(line, str(path))
        raise _bad(path, number, f"no JSON ({error})") from error
    if not isinstance(row, dict) or "_id" not in row or not isinstance(row.get("text"), str):
        if number == 1:
            refuse_one_value(line, str(path))
        raise _bad(path, number, "no object with _id and text")
    for key in ("_id", "text", "title"):
        if surrogate_at(str(row.get(key) or "")) is not None:
            raise _bad(path, number, f"half a character (a lone surrogate) in its {key}")
    return row


def _bad(path: Path, number: int, what: str) -> DataFormatError:
    return DataFormatError(
        f"{path}, line {number}: {what}; expected an object with its own _id, and text, per line;"
        " correct the line"
    )


def _read_qrels(
    path: Path, queries: Mapping[str, str], corpus: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    judgments: dict[str, dict[str, float]] = {}
    lines = repeated = unknown_queries = unknown_documents = 0
    for number, line in enumerate(read_lines(path), start=1):
        cells = _cells(line)
        if not cells or (number == 1 and cells[-1].lower() in _GRADE_NAMES):
            continue
        where = f"{path}, line {number}"
        way = "expected query id, document id and grade with tabs between; correct the line"
        if len(cells) != 3:
            raise DataFormatError(f"{where}: {len(cells)} columns; {way}")
        query, document, cell = cells
        grade = _grade(cell, where, way)
        known = judgments.get(query, {}).get(document)
        if known is not None and known != grade:
            raise DataFormatError(
                f"{where}: {query} {document} is judged a second time, {grade:g} after {known:g};"
                " expected one grade for them; take one of the lines out"
            )
        if known is not None:
            repeated += 1
            continue
        lines += 1
        unknown_documents += document not in corpus
        unknown_queries += query not in queries
        judgments.setdefault(query, {})[document] = grade
    if repeated:
        logger.warning("%s: %d lines repeat a judgment; each is taken once", path, repeated)
    for what, file, count in (
        ("query", "queries.jsonl", unknown_queries),
        ("document", "corpus.jsonl", unknown_documents),
    ):
        _check_unknown(path, what, file, count, lines)
    return {query: row for query, row in judgments.items() if query in queries}


def _cells(line: str) -> list[str]:
    """Query, document and grade; of TREC's four columns the second, always 0, is left out."""
    cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
    if len(cells) == 4:
        del cells[1]
    return cells if any(cells) else []


def _check_unknown(path: Path, what: str, file: str, count: int, lines: int) -> None:
    """Refuse judgments that mostly belong to another set; report the few that do."""
    if count > _MOST_UNKNOWN * lines:
        raise DataFormatError(
            f"{path}: {count:,} of {lines:,} lines have a {what} id that is not in {file}; "
            f"expected query id, document id and grade, of one set: take all three files from one "
            "download"
        )
    if count:
        fate = "are left out" if what == "query" else "count as missed, as in BEIR and mteb"
        logger.warning(
            "%s: %d of %d lines have a %s id that is not in %s; they %s",
            path,
            count,
            lines,
            what,
            file,
            fate,
        )


def _grade(cell: str, where: str, way: str) -> float:
    try:
        grade = float(cell)
    except ValueError:
        grade = math.nan
    if "_" in cell or not math.isfinite(grade):
        raise DataFormatError(f"{where}: grade is {cell!r}, no number; {way}")
    return grade
