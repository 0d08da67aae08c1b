"""Rows of an index in files: each an Arrow table, written whole, read by mapping it into memory."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import DataFormatError
from isogloss.writing import whole_file, writing

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = "rows"
"""Where they lie in the folder of an index."""

SEGMENT = 4_096
"""Rows in a file, at most: what an interrupted `add` embeds again, and what a deletion rewrites."""

_MADE_BY = b"isogloss"


def write_segment(path: Path, batch: "pa.RecordBatch") -> None:
    """Write rows with their vectors, whole or not at all.

    Args:
        path: the file; its folder is there.
        batch: at most `SEGMENT` rows; `marked` says in their schema who made the vectors.

    Raises:
        OutputFolderError: it cannot be written.
    """
    import pyarrow as pa

    with (
        writing(f"index {str(path.parent.parent)!r}"),
        whole_file(path) as stream,
        pa.ipc.new_file(stream, batch.schema) as writer,
    ):
        writer.write_batch(batch)


def read_segment(path: Path) -> "pa.RecordBatch":
    """The rows of a file, mapped into memory.

    Raises:
        FileNotFoundError: it is not there.
        DataFormatError: it is damaged.
    """
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).get_batch(0)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise DataFormatError(
            f"{path}: damaged ({str(error).partition(chr(10))[0]}); expected rows of an index: "
            "build the index again"
        ) from error


def marked(schema: "pa.Schema", made_by: Mapping[str, Any]) -> "pa.Schema":
    """A schema that says which model made the vectors."""
    return schema.with_metadata({_MADE_BY: json.dumps(made_by, sort_keys=True)})


def segments_in(folder: Path) -> list[Path]:
    """All segments of a folder, in order of their numbers."""
    return sorted(folder.glob("[0-9]*.arrow"))


def segment_path(folder: Path, number: int) -> Path:
    """Where a segment lies."""
    return folder / f"{number:06}.arrow"
