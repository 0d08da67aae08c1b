"""The target store: the teacher embeds each distinct text once, and never again.

A namespace is a folder named by the hash of all that decides a vector (weights, prompt, maximum
length, ...). In it lie shards: `NAME.rows` (float16 rows, end to end) and `NAME.keys` (one 16-byte
text hash per row). Both are only ever appended to, rows before keys, each synced to disk; a row
counts once its key is complete, so a process may die at any moment and lose at most its last block.
Every writing process has shards of its own; any number may read; two stores are merged by copying
the shards of one into the other.
"""

import hashlib
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isogloss.allocator import give_back_pages
from isogloss.errors import DataFormatError, MissingFileError, ModelShapeError
from isogloss.protocols import FloatArray, LongArray, Progress
from isogloss.spooled import gather
from isogloss.vectors.checks import not_finite
from isogloss.writing import cache_folder, write_whole, writing

logger = logging.getLogger(__name__)

KEY_BYTES = 16
_KEY = np.dtype("S16")

BLOCK = 8_192
"""Texts embedded between two writes: what a crash can cost."""

ANOTHER_PLACE = "ISOGLOSS_CACHE names another folder for it"

Namespace = dict[str, str | int | bool]
"""All that decides the vector of a text, by name; see `SentenceEncoder.namespace`."""


def default_store_folder() -> Path:
    """`$ISOGLOSS_CACHE/targets`, or `~/.cache/isogloss/targets`.

    Raises:
        OutputFolderError: neither is known.
    """
    return cache_folder("targets", "the teacher's vectors")


def namespace_folder(root: Path, namespace: Namespace, dim: int) -> Path:
    """Where the vectors of a namespace lie, if there are any; see `TargetStore`."""
    return root / hashlib.sha256(_named(namespace, dim).encode()).hexdigest()[:24]


class TargetStore:
    """Vectors of one teacher by text, in memory-mapped shards."""

    def __init__(self, root: Path, namespace: Namespace, dim: int) -> None:
        """Open or create a namespace.

        Args:
            root: folder of all namespaces.
            namespace: all that decides a vector.
            dim: width of the vectors.

        Raises:
            OutputFolderError: the folder cannot be created or written.
        """
        self.dim = dim
        self.folder = namespace_folder(root, namespace, dim)
        name = self.folder / "namespace.json"
        with writing(f"target store {str(root)!r}", kept=ANOTHER_PLACE):
            if not name.exists():  # one that is read-only may still have all that is asked of it
                self.folder.mkdir(parents=True, exist_ok=True)
                write_whole(name, _named(namespace, dim) + "\n")
        self.refresh()

    def refresh(self) -> None:
        """Read the keys anew: rows that other processes have added since become visible."""
        self._shards: list[np.memmap[tuple[int, int], np.dtype[np.float16]]] = []
        keys, starts = [], [0]
        for path in sorted(self.folder.glob("*.keys")):
            shard_keys, rows = self._open_shard(path)
            if len(shard_keys):
                keys.append(shard_keys)
                self._shards.append(rows)
                starts.append(starts[-1] + len(shard_keys))
        self._starts = np.array(starts, np.int64)
        found = np.concatenate(keys) if keys else np.empty(0, _KEY)
        keys.clear()  # a copy of what was found: 160 MB of ten million
        self._order = np.argsort(found, kind="stable")
        self._sorted = found[self._order]

    def __len__(self) -> int:
        return int(self._starts[-1])

    def find(self, texts: Sequence[str]) -> LongArray:
        """Row numbers of texts; -1 where the store has none.

        Args:
            texts: any texts, duplicates allowed.

        Returns:
            int64 `(len(texts),)`, valid until `refresh`.
        """
        found = np.empty(len(texts), np.int64)
        for start in range(0, len(texts), BLOCK):
            block = slice(start, start + BLOCK)
            found[block] = self._find(hash_texts(texts[block]))
        return found

    def find_keys(self, keys: npt.NDArray[np.bytes_]) -> LongArray:
        """Row numbers by key (`hash_texts`); -1 where the store has none."""
        found = np.empty(len(keys), np.int64)
        for start in range(0, len(keys), BLOCK):
            found[start : start + BLOCK] = self._find(keys[start : start + BLOCK])
        return found

    def _find(self, keys: npt.NDArray[np.bytes_]) -> LongArray:
        if not len(self._sorted):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[at] == keys, self._order[at], -1)

    def gather(self, rows: LongArray) -> FloatArray:
        """Vectors by row number, float32 `(len(rows), dim)`."""
        result = np.empty((len(rows), self.dim), np.float32)
        shard_of = np.searchsorted(self._starts, rows, side="right") - 1
        for shard in np.unique(shard_of):
            mine = shard_of == shard
            result[mine] = self._shards[shard][rows[mine] - self._starts[shard]]
        return result

    def give_back(self) -> None:
        """Let go of what was read of the rows."""
        give_back_pages(*self._shards)

    def targets(self, rows: LongArray) -> "Targets":
        """Vectors by row number, read from disk when they are asked for.

        Args:
            rows: from `find` or `find_keys`.

        Raises:
            MissingFileError: a text has none.
        """
        if lacking := int((rows < 0).sum()):
            raise MissingFileError(
                f"the target store {str(self.folder)!r} lacks {lacking} vectors of this run; "
                "expected those that it was begun with: set ISOGLOSS_CACHE as it was then, or "
                "start anew with --overwrite"
            )
        return Targets(self, rows)

    def ensure(
        self,
        texts: Sequence[str],
        encode: Callable[[Sequence[str]], FloatArray],
        progress: Progress | None = None,
    ) -> int:
        """Embed the texts that the store lacks.

        Args:
            texts: any texts, duplicates allowed.
            encode: the teacher; `(n,)` texts to `(n, dim)` rows.
            progress: called with the number of texts just embedded.

        Returns:
            How many were embedded now.

        Raises:
            DataFormatError: the teacher returned a vector that is not finite in float16.
            ModelShapeError: it returned another number of vectors, or another width.
            OutputFolderError: the disk is full.
        """
        missing = _by_length(texts, np.flatnonzero(self.find(texts) < 0))
        shard, embedded = self.folder / uuid.uuid4().hex[:16], 0
        while block := list(islice(missing, BLOCK)):
            rows = self._checked(block, encode(block))
            _append(shard, hash_texts(block), rows)
            embedded += len(block)
            if progress is not None:
                progress(len(block))
        if embedded:
            self.refresh()
        return embedded

    def _checked(self, texts: Sequence[str], vectors: FloatArray) -> npt.NDArray[np.float16]:
        """What a teacher returned, as it is stored."""
        if vectors.shape != (len(texts), self.dim):
            raise ModelShapeError(
                f"the teacher gave an array of shape {vectors.shape} for {len(texts)} texts; "
                f"expected {(len(texts), self.dim)}: open the store with the teacher's width"
            )
        with np.errstate(over="ignore"):
            rows = vectors.astype(np.float16)
        if (lost := not_finite(rows)).any():
            at = int(lost.argmax())
            bad, numbers = texts[at][:80], np.isfinite(vectors[at]).all()
            raise DataFormatError(
                f"the teacher's vector of {bad!r} is too long for float16; expected numbers of at "
                "most 65504: take a teacher that normalizes its vectors"
                if numbers
                else f"the teacher's vector of {bad!r} holds NaN or infinity; expected finite "
                "numbers: set training.precision=fp32, or take another teacher"
            )
        return rows

    def _open_shard(
        self, path: Path
    ) -> tuple[npt.NDArray[np.void], "np.memmap[tuple[int, int], np.dtype[np.float16]]"]:
        """Keys and rows of the complete part of a shard."""
        rows_path = path.with_suffix(".rows")
        row_bytes = 2 * self.dim
        written = rows_path.stat().st_size // row_bytes if rows_path.exists() else 0
        whole = min(path.stat().st_size // KEY_BYTES, written)
        keys = np.fromfile(path, _KEY, whole)
        if not whole:
            return keys, np.empty((0, self.dim), np.float16)  # type: ignore[return-value]
        return keys, np.memmap(rows_path, np.float16, "r", shape=(whole, self.dim))


@dataclass(frozen=True, eq=False)
class Targets:
    """Vectors of a store, indexed as an array `(n, dim)` of them would be.

    Attributes:
        store: where they lie.
        rows: of each its row there, valid until `TargetStore.refresh`.
    """

    store: TargetStore
    rows: LongArray

    def __getitem__(self, numbers: LongArray | slice) -> FloatArray:
        return self.store.gather(self.rows[numbers])

    def give_back(self) -> None:
        """Let go of what was read of them."""
        self.store.give_back()


def _named(namespace: Namespace, dim: int) -> str:
    """All that decides a vector, as one text."""
    return json.dumps(namespace | {"dim": dim}, sort_keys=True)


def open_store(namespace: Namespace, dim: int) -> TargetStore:
    """The target store of a namespace, in the user's cache."""
    return TargetStore(default_store_folder(), namespace, dim)


def count_missing(namespace: Namespace, dim: int, texts: Sequence[str]) -> int:
    """How many texts have no vector yet; a namespace that is not there is not made."""
    if not namespace_folder(default_store_folder(), namespace, dim).is_dir():
        return len(texts)
    return int((open_store(namespace, dim).find(texts) < 0).sum())


def hash_texts(texts: Sequence[str]) -> npt.NDArray[np.bytes_]:
    """128-bit keys of texts, `(len(texts),)`.

    Zero bytes are replaced, because numpy drops them from the end of byte strings.
    """
    joined = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(joined.replace(b"\0", b"\x01"), _KEY)


def _by_length(texts: Sequence[str], rows: LongArray) -> Iterator[str]:
    """Each different text of some rows once, the shortest first, those of one length in order."""
    lengths = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        lengths[block] = [len(text) for text in gather(texts, rows[block])]
    rows = rows[np.argsort(lengths, kind="stable")]
    for same in np.split(rows, np.cumsum(np.unique(lengths, return_counts=True)[1])[:-1]):
        yield from sorted(set(gather(texts, np.sort(same))))


def _append(shard: Path, keys: npt.NDArray[np.bytes_], rows: npt.NDArray[np.float16]) -> None:
    """Write a block behind a shard: rows first, so that a key never stands without its row."""
    kept = f"what was embedded so far is kept; {ANOTHER_PLACE}"
    with writing(f"target store {str(shard.parent)!r}", kept=kept):
        for suffix, block in ((".rows", rows.tobytes()), (".keys", keys.tobytes())):
            with shard.with_suffix(suffix).open("ab") as stream:
                stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
