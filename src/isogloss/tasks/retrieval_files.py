"""Retrieval sets as BEIR lays them out: corpus.jsonl, queries.jsonl, qrels/test.tsv."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.tasks.files import read_lines, text_fingerprint
from isogloss.tasks.finding import COMPRESSED

QRELS = ("qrels/test.tsv", "qrels.tsv")
"""Where judgments are looked for, in this order."""

Judgments = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class RetrievalData:
    """Documents, queries, and which documents answer which query.

    Args:
        corpus: text of each document by id, in the order of the file.
        queries: text of each query by id; each has a relevant document.
        judgments: for each query the grade of its judged documents; relevant above 0.
        dropped: queries left out when reading, by reason.

    Raises:
        InputError: if a query has no relevant document, or a judged document is not in the corpus.
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
            unknown = [document for document in judged if document not in self.corpus]
            if unknown:
                raise InputError(
                    f"query {query!r} is judged with document {unknown[0]!r}, which is not in the"
                    " corpus; expected ids of the corpus; add it or drop the judgment"
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
        for suffix in COMPRESSED:
            path = folder / f"{name}{suffix}"
            if path.is_file():
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
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _bad(path, number, f"no JSON ({error})") from error
        if not isinstance(row, dict) or "_id" not in row or not isinstance(row.get("text"), str):
            raise _bad(path, number, "no object with _id and text")
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
    return texts


def _bad(path: Path, number: int, what: str) -> DataFormatError:
    return DataFormatError(
        f"{path}, line {number}: {what}; expected an object with its own _id, and text, per line;"
        " correct the line"
    )


def _read_qrels(
    path: Path, queries: Mapping[str, str], corpus: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    judgments: dict[str, dict[str, float]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or (number == 1 and cells[-1].lower() in ("score", "grade", "rel")):
            continue
        where = f"{path}, line {number}"
        way = "expected query id, document id and grade with tabs between; correct the line"
        if len(cells) != 3:
            raise DataFormatError(f"{where}: {len(cells)} columns; {way}")
        query, document, grade = cells
        if query not in queries:
            raise DataFormatError(f"{where}: query {query!r} is not in queries.jsonl; {way}")
        if document not in corpus:
            raise DataFormatError(f"{where}: document {document!r} is not in corpus.jsonl; {way}")
        if document in judgments.get(query, {}):
            raise DataFormatError(f"{where}: {query} {document} is judged a second time; {way}")
        judgments.setdefault(query, {})[document] = _grade(grade, where, way)
    return judgments


def _grade(cell: str, where: str, way: str) -> float:
    try:
        grade = float(cell)
    except ValueError:
        grade = math.nan
    if not math.isfinite(grade):
        raise DataFormatError(f"{where}: grade is {cell!r}, no number; {way}")
    return grade
