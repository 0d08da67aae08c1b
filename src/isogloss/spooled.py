"""Texts that need not fit into memory, in place of lists of them.

A corpus of ten million pairs is 3 GB as Python strings. Here the texts of a column lie end to end
as bytes, and what is more than `IN_MEMORY` of them in a file that has no name: the system frees it
when the process ends, however it ends. A part of a column, and several of them behind each other,
are numbers of rows and no copies.
"""

import os
import tempfile
import threading
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice
from operator import eq
from typing import IO, ClassVar, overload

import numpy as np
import numpy.typing as npt

from isogloss.keys import KeySet, text_key
from isogloss.protocols import LongArray
from isogloss.writing import cache_folder, writing

IN_MEMORY = 16 << 20
"""Bytes of text that a column keeps in memory: about 150,000 sentences."""

_APPENDED = 1 << 20
"""Bytes that are written to a file at once."""

_BLOCK = 4_096
"""Texts that are read at once, where all are wanted in order."""

_NEAR = 4
"""Bytes read for each that is wanted, at most: farther texts are read one by one."""

_CODEC = ("utf-8", "surrogatepass")


class Texts(Sequence[str]):
    """A sequence of texts that are made when they are asked for."""

    __hash__: ClassVar[None]  # type: ignore[assignment]  # equal to a list of the same texts

    @abstractmethod
    def gather(self, rows: LongArray) -> list[str]:
        """The texts of some rows, in the order asked for; each in `[0, len)`."""

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return self.gather(np.arange(*at.indices(len(self))))
        return self.gather(np.array([range(len(self))[at]]))[0]

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _BLOCK):
            yield from self[start : start + _BLOCK]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    def __repr__(self) -> str:
        more = f" and {len(self) - 3:,} more" if len(self) > 3 else ""
        return f"<{type(self).__name__}: {', '.join(map(repr, self[:3]))}{more}>"

    def __reduce__(self) -> tuple[type["TextColumn"], tuple[list[str]]]:
        return TextColumn, (list(self),)

    def take(self, rows: npt.ArrayLike) -> "Texts":
        """The texts of some rows, as numbers of rows.

        Args:
            rows: integers in `[0, len)`, any order, repeats allowed.

        Raises:
            IndexError: one is out of range.
        """
        return Selection(self, np.asarray(rows, np.int64).reshape(-1))

    def distinct(self) -> "Texts":
        """Each different text once (by a 64-bit hash), in the order of their first rows."""
        seen = KeySet()
        new = np.fromiter((seen.add(text_key(text)) for text in self), np.bool_, len(self))
        return self if new.all() else self.take(np.flatnonzero(new))


class TextColumn(Texts):
    """Texts end to end, in memory or in a file without a name, and where each ends."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Hold some texts.

        Args:
            texts: to begin with; half characters (lone surrogates) are texts too.

        Raises:
            OutputFolderError: the cache cannot be written, or its disk is full.
        """
        self._ends = array("q", [0])
        self._tail = bytearray()
        self._file: IO[bytes] | None = None
        self._written = 0
        self._reading = threading.Lock()
        left = iter(texts)
        while block := list(islice(left, _BLOCK)):
            self.extend(block)

    def extend(self, texts: Sequence[str]) -> None:
        """Put texts behind the others.

        Raises:
            OutputFolderError: the cache cannot be written, or its disk is full.
        """
        encoded = [text.encode(*_CODEC) for text in texts]
        self._ends.extend(islice(accumulate(map(len, encoded), initial=self._ends[-1]), 1, None))
        self._tail += b"".join(encoded)
        if len(self._tail) > (_APPENDED if self._file else IN_MEMORY):
            self._spill()

    def gather(self, rows: LongArray) -> list[str]:
        """See `Texts.gather`."""
        if not len(rows):
            return []
        offsets = np.frombuffer(self._ends, np.int64)
        starts, ends = offsets[rows], offsets[rows + 1]
        first, last = int(starts.min()), int(ends.max())
        if last - first > _NEAR * int((ends - starts).sum()):
            limits = zip(starts.tolist(), ends.tolist(), strict=True)
            return [self._bytes(start, end).decode(*_CODEC) for start, end in limits]
        data = self._bytes(first, last)
        limits = zip((starts - first).tolist(), (ends - first).tolist(), strict=True)
        return [data[start:end].decode(*_CODEC) for start, end in limits]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def _bytes(self, start: int, end: int) -> bytes:
        """What lies between two offsets."""
        begun = self._from_file(start, min(end, self._written)) if start < self._written else b""
        if end <= self._written:
            return begun
        return begun + self._tail[max(0, start - self._written) : end - self._written]

    def _from_file(self, start: int, end: int) -> bytes:
        assert self._file is not None
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), end - start, start)
        with self._reading:  # Windows: one place in the file for all
            self._file.seek(start)
            return self._file.read(end - start)

    def _spill(self) -> None:
        """Write to the file what is in memory."""
        folder = cache_folder("texts", "texts that do not fit into memory")
        with writing(str(folder), kept="ISOGLOSS_CACHE names another folder for it"):
            if self._file is None:
                folder.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
            self._file.seek(self._written)
            left = memoryview(self._tail)
            while left:
                left = left[self._file.write(left) :]
        self._written += len(self._tail)
        self._tail = bytearray()


class Selection(Texts):
    """Some rows of other texts."""

    def __init__(self, base: Texts, rows: LongArray) -> None:
        """Number them; see `Texts.take`."""
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(base):
            raise IndexError(f"a row of {len(base)} texts is out of range")
        self._base: Texts = base
        self._rows = rows.astype(np.uint32 if len(base) < 1 << 32 else np.int64)
        if isinstance(base, Selection):
            self._base, self._rows = base._base, base._rows[rows]

    def gather(self, rows: LongArray) -> list[str]:
        """See `Texts.gather`."""
        return self._base.gather(self._rows[rows].astype(np.int64))

    def __len__(self) -> int:
        return len(self._rows)


class Joined(Texts):
    """Several sequences of texts, one behind the other."""

    def __init__(self, parts: Iterable[Sequence[str]]) -> None:
        """Put them behind each other; none is copied.

        Args:
            parts: `Texts`, or lists.
        """
        self._parts = list(parts)
        self._starts = np.cumsum([0, *map(len, self._parts)])

    def gather(self, rows: LongArray) -> list[str]:
        """See `Texts.gather`."""
        found = [""] * len(rows)
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        for owner in np.unique(owners).tolist():
            mine = np.flatnonzero(owners == owner)
            texts = gather(self._parts[owner], rows[mine] - self._starts[owner])
            for at, text in zip(mine.tolist(), texts, strict=True):
                found[at] = text
        return found

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        return int(self._starts[-1])


def gather(texts: Sequence[str], rows: LongArray) -> list[str]:
    """The texts of some rows, of a list or of `Texts`."""
    if isinstance(texts, Texts):
        return texts.gather(rows)
    return [texts[row] for row in rows.tolist()]
