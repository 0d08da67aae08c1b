"""What an index holds: documents as rows of an Arrow table, with their vectors in a column."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isogloss.errors import DataFormatError, InputError
from isogloss.protocols import FloatArray

if TYPE_CHECKING:
    import pyarrow as pa

VECTOR = "vector"
FIXED = ("id", "text", "language")
"""Columns of every index, before those of its own."""
RESERVED = frozenset({VECTOR, "score", "_distance", "_score", "_rowid", "_relevance_score"})
"""Names that a column of the user's cannot have."""


class Document(NamedTuple):
    """A text to search for.

    Attributes:
        text: what is embedded.
        id: its name in the index; `""` has the index number it.
        language: BCP 47; `""` is unknown.
        fields: anything else, to filter by and to show.
    """

    text: str
    id: str = ""
    language: str = ""
    fields: Mapping[str, Any] = {}


class Hit(NamedTuple):
    """A document that was found.

    Attributes:
        id: its name in the index.
        score: cosine with the query; higher is closer.
        text: what was embedded.
        language: BCP 47; `""` is unknown.
        fields: what else is known of it.
    """

    id: str
    score: float
    text: str
    language: str
    fields: Mapping[str, Any]


def schema_of(documents: Sequence[Document], dim: int) -> "pa.Schema":
    """The columns of an index; the user's own are typed by its first documents.

    Args:
        documents: the first ones.
        dim: width of the vectors.

    Raises:
        InputError: a column has a name that the index needs itself.
    """
    import pyarrow as pa

    own: dict[str, pa.DataType] = {}
    for name in dict.fromkeys(name for document in documents for name in document.fields):
        if name in RESERVED or name in FIXED:
            raise InputError(
                f"column {name!r} has a name that an index needs itself; expected another: rename "
                "it"
            )
        own[name] = _type_of([document.fields.get(name) for document in documents])
    fixed = [pa.field(name, pa.string(), nullable=False) for name in FIXED]
    vector = pa.field(VECTOR, pa.list_(pa.float32(), dim), nullable=False)
    return pa.schema([*fixed, *(pa.field(name, kind) for name, kind in own.items()), vector])


def as_batch(documents: Sequence[Document], schema: "pa.Schema") -> "pa.RecordBatch":
    """Documents as rows, without vectors.

    Raises:
        DataFormatError: a document has a column that the index lacks, or a value of another type.
    """
    import pyarrow as pa

    own = [field for field in schema if field.name not in (*FIXED, VECTOR)]
    known = {field.name for field in own}
    for document in documents:
        if more := document.fields.keys() - known:
            raise DataFormatError(
                f"document {document.id!r} has the column {sorted(more)[0]!r}; expected those of "
                f"the index, {_listed(known)}: leave it out, or build an index that has it"
            )
    columns = [
        pa.array([getattr(document, name) for document in documents], pa.string()) for name in FIXED
    ]
    columns += [_column(documents, field) for field in own]
    fields = [schema.field(name) for name in FIXED]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([*fields, *own]))


def with_vectors(
    batch: "pa.RecordBatch", vectors: FloatArray, schema: "pa.Schema"
) -> "pa.RecordBatch":
    """Rows with their vectors, `(len(batch), dim)`, in the schema of an index."""
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return pa.RecordBatch.from_arrays([*batch.columns, column], schema=schema)


def vectors_of(batch: "pa.RecordBatch") -> FloatArray:
    """The vectors of rows, `(len(batch), dim)`; not a copy."""
    column = batch.column(VECTOR)
    flat = column.flatten().to_numpy(zero_copy_only=True)
    return np.asarray(flat.reshape(len(batch), column.type.list_size))


def hit_of(row: Mapping[str, Any], score: float) -> Hit:
    """A row that was found."""
    fields = {
        name: value for name, value in row.items() if name not in FIXED and name not in RESERVED
    }
    return Hit(row["id"], score, row["text"], row["language"], fields)


def _type_of(values: Sequence[Any]) -> "pa.DataType":
    """Numbers and truth values as such, anything else as text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _column(documents: Sequence[Document], field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    values = [document.fields.get(field.name) for document in documents]
    if pa.types.is_string(field.type):
        return pa.array([_text(value) for value in values], field.type)
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError, TypeError) as error:
        at = next(i for i, value in enumerate(values) if not _fits(value, field.type))
        raise DataFormatError(
            f"document {documents[at].id!r} has {values[at]!r} in column {field.name!r}; expected "
            f"{field.type} as in the first documents of the index: correct it"
        ) from error


def _fits(value: Any, kind: "pa.DataType") -> bool:
    import pyarrow as pa

    try:
        pa.array([value], kind)
    except (pa.ArrowException, OverflowError, TypeError):
        return False
    return True


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _listed(names: set[str]) -> str:
    return ", ".join(map(repr, sorted(names))) or "none"
