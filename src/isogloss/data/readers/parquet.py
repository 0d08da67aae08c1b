"""Parquet tables, streamed in batches; only the columns that are needed are read."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from isogloss.data.columns import Columns
from isogloss.data.places import Where
from isogloss.data.readers.opening import open_bytes
from isogloss.data.readers.pair import RawPair
from isogloss.data.readers.records import choose_columns, pairs_of_rows
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError, IsoglossError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH = 4096


def read_parquet(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read two text columns, or a struct column `translation` with one field per language.

    Args:
        where: one file; columns as the user names them, or found (see `choose_columns`).
        rejects: told of rows with a side that is null or not text.

    Yields:
        Pairs numbered by row, from 1.

    Raises:
        DataFormatError: it is no Parquet file, is damaged, or its columns cannot be told.
    """
    path = where.locations[0]
    with open_parquet(path) as table:
        columns = choose_columns(example_row(table.schema_arrow), where)
        needed = [*_needed(columns), *([where.weight] if where.weight else [])]
        rows = table_rows(table, needed, path)
        yield from pairs_of_rows(rows, columns, rejects, where.weight)


@contextmanager
def open_parquet(path: str) -> Iterator["pq.ParquetFile"]:
    """Open a Parquet file, packed or not, also from a pipe.

    Raises:
        DataFormatError: it is no Parquet file, or damaged (raised where the damage is met).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with _seekable(path) as handle:
            yield pq.ParquetFile(handle, page_checksum_verification=True)
    except IsoglossError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).partition("\n")[0]
        raise DataFormatError(
            f"{path}: not a sound Parquet file ({reason}); fetch or write it again"
        ) from error


def table_rows(
    table: "pq.ParquetFile", columns: Sequence[str], path: str
) -> Iterator[Mapping[str, object]]:
    """The rows of some columns, in batches.

    Raises:
        DataFormatError: one of them stands there more than once.
    """
    for name in columns:
        if table.schema_arrow.names.count(name) > 1:
            raise DataFormatError(
                f"{path}: the column {name!r} stands there more than once; expected each "
                "name once; rename one"
            )
    for batch in table.iter_batches(_BATCH, columns=list(columns)):
        yield from batch.to_pylist()


@contextmanager
def _seekable(path: str) -> Iterator[IO[bytes]]:
    """The file; or, of a packed one or a pipe, its content in a temporary one: Parquet seeks."""
    with open_bytes(path) as handle:
        if isinstance(handle.raw, io.FileIO) and handle.seekable():
            yield handle
            return
        with tempfile.TemporaryFile() as unpacked:
            shutil.copyfileobj(handle, unpacked)
            unpacked.seek(0)
            yield unpacked


def example_row(schema: "pa.Schema") -> dict[str, object]:
    """A row made up from a schema: text where a column is text, a mapping where it has fields."""
    import pyarrow.types as types

    examples: dict[str, object] = {}
    for field in schema:
        kind = field.type.value_type if types.is_dictionary(field.type) else field.type
        if types.is_struct(kind):
            examples[field.name] = {kind.field(i).name: "" for i in range(kind.num_fields)}
        else:
            is_text = any(
                is_kind(kind)
                for is_kind in (types.is_string, types.is_large_string, types.is_string_view)
            )
            examples[field.name] = "" if is_text else None
    return examples


def _needed(columns: Columns) -> list[str]:
    return [columns.source, columns.target] if columns.inside is None else [columns.inside]
