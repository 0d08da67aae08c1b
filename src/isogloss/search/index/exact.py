"""Rows in memory-mapped files, each compared with a query: exact, for up to about a million."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.errors import DataFormatError
from isogloss.protocols import FloatArray
from isogloss.search.index.documents import VECTOR, Hit
from isogloss.search.index.filters import Condition, expression
from isogloss.search.index.manifest import Manifest, read_manifest, write_manifest
from isogloss.search.index.scan import scan
from isogloss.search.index.segments import (
    ROWS,
    SEGMENT,
    read_segment,
    segment_path,
    segments_in,
    write_segment,
)

if TYPE_CHECKING:
    import pyarrow as pa


class ExactEngine:
    """The engine `exact`: a change is in new files, until `index.json` names them."""

    def __init__(self, folder: Path) -> None:
        """Open the rows of an index.

        Args:
            folder: of the index.

        Raises:
            DataFormatError: a file is missing or damaged.
        """
        self.folder, self.rows = folder, folder / ROWS
        self._open(read_manifest(folder))

    def __len__(self) -> int:
        return sum(map(len, self._segments))

    @property
    def schema(self) -> "pa.Schema | None":
        """See `Engine`."""
        return self._segments[0].schema.remove_metadata() if self._segments else None

    def batches(
        self, where: Sequence[Condition] = (), *, vectors: bool = True
    ) -> Iterator["pa.RecordBatch"]:
        """See `Engine`."""
        chosen = expression(where)
        for segment in self._segments:
            part = segment if vectors else segment.drop_columns([VECTOR])
            yield part if chosen is None else part.filter(chosen)

    def nearest(
        self, queries: FloatArray, k: int, where: Sequence[Condition] = ()
    ) -> list[list[Hit]]:
        """See `Engine`."""
        return scan(queries, lambda: self.batches(where), k)

    def add(self, staged: Sequence[Path]) -> None:
        """See `Engine`."""
        manifest = read_manifest(self.folder)
        names = (*manifest.segments, *(path.name for path in staged))
        self._commit(replace(manifest, segments=names, finished=True))

    def delete(self, ids: Sequence[str]) -> None:
        """See `Engine`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        manifest = read_manifest(self.folder)
        going = pa.array(ids, pa.string())
        names: list[str] = []
        for name, segment in zip(manifest.segments, self._segments, strict=True):
            left = segment.filter(pc.invert(pc.is_in(segment.column("id"), value_set=going)))
            if len(left) == len(segment):
                names.append(name)
            elif len(left):
                names.append(self._write(left))
        self._commit(replace(manifest, segments=tuple(names)))

    def _commit(self, manifest: Manifest) -> None:
        """Let `index.json` name new files, then remove those that it does not name."""
        manifest = replace(manifest, segments=tuple(self._joined(manifest.segments)))
        write_manifest(self.folder, manifest)
        self._open(manifest)
        for path in segments_in(self.rows):
            if path.name not in manifest.segments:
                with suppress(OSError):  # still open elsewhere, on Windows: the next change tries
                    path.unlink()

    def _joined(self, names: Sequence[str]) -> Iterator[str]:
        """Neighboring segments as one where they fit into it, so that there are never many."""
        waiting: list[str] = []
        size = 0
        for name in names:
            rows = len(read_segment(self.rows / name))
            if waiting and size + rows > SEGMENT:
                yield self._join(waiting)
                waiting, size = [], 0
            waiting.append(name)
            size += rows
        if waiting:
            yield self._join(waiting)

    def _join(self, names: Sequence[str]) -> str:
        import pyarrow as pa

        if len(names) == 1:
            return names[0]
        parts = pa.Table.from_batches([read_segment(self.rows / name) for name in names])
        return self._write(parts.combine_chunks().to_batches()[0])

    def _write(self, rows: "pa.RecordBatch") -> str:
        last = segments_in(self.rows)[-1]
        path = segment_path(self.rows, int(last.stem) + 1)
        write_segment(path, rows)
        return path.name

    def _open(self, manifest: Manifest) -> None:
        """Map the files; where another process has just replaced them, those that it wrote."""
        while True:
            try:
                self._segments = [read_segment(self.rows / name) for name in manifest.segments]
            except FileNotFoundError as error:
                before, manifest = manifest, read_manifest(self.folder)
                if manifest == before:
                    raise DataFormatError(
                        f"index {str(self.folder)!r} lacks {error.filename!r}; expected all of its "
                        "files: copy the folder as a whole, or build the index again"
                    ) from error
            else:
                return
