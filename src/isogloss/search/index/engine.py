"""What an index asks of the engine that holds its rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from isogloss.protocols import FloatArray
from isogloss.search.index.documents import Hit
from isogloss.search.index.filters import Condition

if TYPE_CHECKING:
    import pyarrow as pa


class Engine(Protocol):
    """The rows of an index. A change is there as a whole, or not at all, however a process ends."""

    def __len__(self) -> int:
        """Number of documents."""
        ...

    @property
    def schema(self) -> "pa.Schema | None":
        """The columns; None before the first rows."""
        ...

    def batches(
        self, where: Sequence[Condition] = (), *, vectors: bool = True
    ) -> Iterator["pa.RecordBatch"]:
        """The rows that bound conditions hold for, in order of adding, as often as asked for."""
        ...

    def nearest(
        self, queries: FloatArray, k: int, where: Sequence[Condition] = ()
    ) -> list[list[Hit]]:
        """The k rows that are closest to each query, best first; `queries` are of length 1."""
        ...

    def add(self, staged: Sequence[Path]) -> None:
        """Take the rows of files, all at once; the files may be taken away.

        Args:
            staged: files that `write_segment` wrote.
        """
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the rows with some ids, all at once."""
        ...
