"""Rows in LanceDB, a database in a folder: also approximate search, for more than a million."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import DataFormatError, needing
from isogloss.protocols import FloatArray
from isogloss.search.index.documents import VECTOR, Hit, hit_of
from isogloss.search.index.filters import Condition, sql
from isogloss.search.index.manifest import read_manifest, write_manifest
from isogloss.search.index.segments import SEGMENT, read_segment
from isogloss.writing import writing

if TYPE_CHECKING:
    import pyarrow as pa

LANCE = "lance"
"""The folder of the database in that of the index."""

TABLE = "documents"

APPROXIMATE_FROM = 1_000_000
"""Rows from which a search is approximate."""

PROBES, REFINE = 40, 10
"""Parts of the approximate index that are looked at; candidates per hit, scored by all digits."""


class LanceEngine:
    """The engine `lancedb`: every change is a transaction of the database."""

    def __init__(self, folder: Path) -> None:
        """Open the rows of an index.

        Args:
            folder: of the index.

        Raises:
            MissingExtraError: LanceDB is not installed.
            DataFormatError: the table is not there.
        """
        self.folder = folder
        check_installed()
        import lancedb

        self._database: Any = lancedb.connect(str(folder / LANCE))
        built = read_manifest(folder).finished
        there = (folder / LANCE / f"{TABLE}.lance").is_dir()
        if built and not there:
            raise DataFormatError(
                f"index {str(folder)!r} has no table {TABLE!r}; expected its rows in the folder "
                "'lance': copy the folder as a whole, or build the index again"
            )
        self._table: Any = self._database.open_table(TABLE) if there else None

    def __len__(self) -> int:
        return 0 if self._table is None else int(self._table.count_rows())

    @property
    def schema(self) -> "pa.Schema | None":
        """See `Engine`."""
        return None if self._table is None else self._table.schema.remove_metadata()

    def batches(
        self, where: Sequence[Condition] = (), *, vectors: bool = True
    ) -> Iterator["pa.RecordBatch"]:
        """See `Engine`."""
        if self._table is None:
            return
        names = [name for name in self._table.schema.names if vectors or name != VECTOR]
        query = self._table.search().select(names)
        chosen = sql(where)
        if chosen is not None:
            query = query.where(chosen)
        yield from query.to_batches(SEGMENT)

    def nearest(
        self, queries: FloatArray, k: int, where: Sequence[Condition] = ()
    ) -> list[list[Hit]]:
        """See `Engine`."""
        chosen, found = sql(where), []
        for query in queries:
            search = self._table.search(query, vector_column_name=VECTOR).distance_type("cosine")
            search = search.limit(k).nprobes(PROBES).refine_factor(REFINE)
            if chosen is not None:
                search = search.where(chosen, prefilter=True)
            rows = search.to_list()
            found.append([hit_of(row, 1.0 - row["_distance"]) for row in rows])
        return found

    def add(self, staged: Sequence[Path]) -> None:
        """See `Engine`; what a process that died had taken is not taken twice."""
        parts = [read_segment(path) for path in staged]
        with writing(f"index {str(self.folder)!r}"):
            if self._table is None:
                schema = parts[0].schema.remove_metadata()
                self._table = self._database.create_table(TABLE, _reader(parts, schema))
            elif not self._has(parts[0]):
                self._table.add(_reader(parts, self._table.schema))
            write_manifest(self.folder, replace(read_manifest(self.folder), finished=True))
            for path in staged:
                path.unlink()
            self._keep_fast()

    def _has(self, part: "pa.RecordBatch") -> bool:
        first = part.column("id")[0].as_py()
        return any(map(len, self.batches([Condition("id", "in", [first])], vectors=False)))

    def delete(self, ids: Sequence[str]) -> None:
        """See `Engine`."""
        with writing(f"index {str(self.folder)!r}"):
            self._table.delete(sql([Condition("id", "in", ids)]))

    def _keep_fast(self) -> None:
        """Index the vectors of a large table; take new rows into the index that it has."""
        if len(self) < APPROXIMATE_FROM:
            return
        if not any(VECTOR in index.columns for index in self._table.list_indices()):
            from lancedb.index import IvfPq

            self._table.create_index(VECTOR, config=IvfPq(distance_type="cosine"))
        self._table.optimize()


def check_installed() -> None:
    """Refuse the engine where its library is not installed.

    Raises:
        MissingExtraError: it is not.
    """
    with needing("--engine lancedb", "index", "lancedb"):
        import lancedb  # noqa: F401


def _reader(parts: Sequence["pa.RecordBatch"], schema: "pa.Schema") -> "pa.RecordBatchReader":
    import pyarrow as pa

    return pa.RecordBatchReader.from_batches(
        schema, (part.replace_schema_metadata(None) for part in parts)
    )
