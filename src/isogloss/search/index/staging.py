"""Documents embedded into files, before an index takes them all at once.

What a process that was killed has embedded is found again: a file is kept if it holds just the
documents that come next.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.errors import DataFormatError, InputError
from isogloss.protocols import DOCUMENT, Encoder, FloatArray, Progress, read_for
from isogloss.search.index.documents import (
    VECTOR,
    Document,
    as_batch,
    schema_of,
    with_vectors,
)
from isogloss.search.index.engine import Engine
from isogloss.search.index.filters import Condition
from isogloss.search.index.segments import (
    SEGMENT,
    marked,
    read_segment,
    segment_path,
    segments_in,
    write_segment,
)
from isogloss.vectors.checks import check_finite
from isogloss.vectors.similarity import normalize

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Staged:
    """What was embedded, and is not in the index yet.

    Attributes:
        paths: the files, in order.
        rows: documents in them.
    """

    paths: Sequence[Path]
    rows: int


def stage(
    documents: Iterable[Document],
    encoder: Encoder,
    engine: Engine,
    folder: Path,
    *,
    first: int,
    made_by: Mapping[str, object],
    progress: Progress,
) -> Staged:
    """Embed documents into files.

    Args:
        documents: any number, read once.
        encoder: the model.
        engine: the rows that are there.
        folder: for the files.
        first: number of the first file; what has this number or a higher one was left behind.
        made_by: the model's description; files of another one are made anew.
        progress: told how many documents were embedded, or found embedded.

    Raises:
        InputError: an id is there twice; the model gives no finite vectors.
        DataFormatError: a document does not fit the index.
        OutputFolderError: a file cannot be written.
    """
    paths: list[Path] = []
    rows, numbers, schema = 0, _Numbers(engine), engine.schema
    for number, part in enumerate(_parts(documents), start=first):
        path = segment_path(folder, number)
        schema = marked(schema_of(part, encoder.dim) if schema is None else schema, made_by)
        kept = found_embedded(path, part, schema)
        if kept is None:
            part = numbers.number(part)
            numbers.refuse_known(part)
            drop_segments(folder, number)
            texts = [document.text for document in part]
            kept = with_vectors(as_batch(part, schema), _embedded(encoder, texts, progress), schema)
            write_segment(path, kept)
        else:
            progress(len(part))
        numbers.note(kept)
        paths.append(path)
        rows += len(part)
    drop_segments(folder, first + len(paths))
    return Staged(paths, rows)


def found_embedded(
    path: Path, part: Sequence[Document], schema: "pa.Schema"
) -> "pa.RecordBatch | None":
    """What a file holds, if that is just these documents, embedded by the model of a schema.

    A document without an id has the one that it was given there.
    """
    try:
        found = read_segment(path)
    except (FileNotFoundError, DataFormatError):
        return None
    if len(found) != len(part) or not found.schema.equals(schema, check_metadata=True):
        return None
    ids = found.column("id").to_pylist()
    named = [
        document if document.id else document._replace(id=name)
        for document, name in zip(part, ids, strict=True)
    ]
    return found if found.drop_columns([VECTOR]).equals(as_batch(named, schema)) else None


def drop_segments(folder: Path, first: int) -> None:
    """Remove the files that have some number or a higher one."""
    for path in segments_in(folder):
        if int(path.stem) >= first:
            path.unlink()


def _parts(documents: Iterable[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while part := list(islice(rest, SEGMENT)):
        yield part


class _Numbers:
    """The ids that are taken: those of the index, and of the documents so far."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._seen: set[str] = set()
        self._highest = 0
        for batch in engine.batches(vectors=False):
            self._raise(batch.column("id").to_pylist())

    def number(self, part: Sequence[Document]) -> list[Document]:
        """Documents with ids: those without one are numbered on from the highest number."""
        self._raise(document.id for document in part)
        named = []
        for document in part:
            if not document.id:
                self._highest += 1
                document = document._replace(id=str(self._highest))
            named.append(document)
        return named

    def note(self, batch: "pa.RecordBatch") -> None:
        """Remember the ids of a part."""
        ids = batch.column("id").to_pylist()
        self._seen.update(ids)
        self._raise(ids)

    def refuse_known(self, part: Sequence[Document]) -> None:
        """Refuse an id that is there already, in the index or among the documents."""
        ids = [document.id for document in part]
        double = [name for name in ids if name in self._seen] or [
            name for name, count in Counter(ids).items() if count > 1
        ]
        if double:
            raise InputError(
                f"id {double[0]!r} stands twice among the documents; expected each once: give them "
                "ids of their own"
            )
        for batch in self.engine.batches([Condition("id", "in", ids)], vectors=False):
            if len(batch):
                raise InputError(
                    f"id {batch.column('id')[0].as_py()!r} is in the index already; expected new "
                    "ids: delete what is there first, or give the new documents others"
                )

    def _raise(self, ids: Iterable[str]) -> None:
        """Let numbers begin above those among some ids."""
        self._highest = max([self._highest, *(int(name) for name in ids if _is_number(name))])


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 16


def _embedded(encoder: Encoder, texts: Sequence[str], progress: Progress) -> FloatArray:
    vectors = read_for(encoder, DOCUMENT).encode(texts, progress=progress)
    check_finite(vectors, f"model {encoder.name!r}", texts)
    return normalize(vectors)
