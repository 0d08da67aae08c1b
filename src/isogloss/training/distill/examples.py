"""Training examples: flat arrays, written once and memory-mapped by every process."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from isogloss.allocator import give_back_pages
from isogloss.data.token_table import TokenTable
from isogloss.protocols import FloatArray, LongArray
from isogloss.training.distill.mixing import Corpus
from isogloss.vectors.store import KEY_BYTES
from isogloss.writing import write_json, writing

Keys = npt.NDArray[np.bytes_]

ARRAYS = {"tokens": "i4", "offsets": "i8", "keys": f"S{KEY_BYTES}"}
"""The files of examples, `.npy`, and what they hold."""

WEIGHTS = "weights"
"""The file of what examples count, where they do not all count the same; float32."""

CORPORA = "corpora.json"


@dataclass(frozen=True, eq=False)
class Examples:
    """Tokenized sentences of all streams, each with the key of its target.

    Attributes:
        table: token ids, special tokens included, already cut at the maximum.
        keys: per example, the target store's key of the source sentence, `(n_examples,)`.
        streams: name (a language) to the half-open range of examples it owns.
        weights: what each example counts, `(n_examples,)`; None: all the same.
        corpora: a language's examples by the places that they come from, in order.
    """

    table: TokenTable
    keys: Keys
    streams: Mapping[str, tuple[int, int]]
    weights: FloatArray | None = None
    corpora: Mapping[str, Sequence[Corpus]] = field(default_factory=dict)

    def belong(self, rows: LongArray, name: str) -> npt.NDArray[np.bool_]:
        """Which of some examples are of the stream `name`, `(len(rows),)`."""
        start, end = self.streams[name]
        return (rows >= start) & (rows < end)

    def give_back(self) -> None:
        """Let go of what was read of them."""
        give_back_pages(self.table.tokens, self.table.offsets, self.keys, self.weights)

    @classmethod
    def read(cls, folder: Path) -> "Examples":
        """Map the arrays that an `ExamplesWriter` left."""
        streams = json.loads((folder / "streams.json").read_text(encoding="utf-8"))
        tokens, offsets, keys = (
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ARRAYS
        )
        weighted, placed = folder / f"{WEIGHTS}.npy", folder / CORPORA
        weights = np.asarray(np.load(weighted, mmap_mode="r")) if weighted.exists() else None
        corpora = json.loads(placed.read_text("utf-8")) if placed.exists() else {}  # of before
        return cls(
            TokenTable(tokens, offsets),
            keys,
            {name: (start, end) for name, (start, end) in streams.items()},
            weights,
            {name: [Corpus(*part) for part in parts] for name, parts in corpora.items()},
        )


class ExamplesWriter:
    """Writes examples as they come, so that no more than what is added is in memory.

    Args:
        folder: made where it is missing.
        weighted: whether examples have weights.

    Raises:
        OutputFolderError: the folder cannot be written.
    """

    def __init__(self, folder: Path, *, weighted: bool = False) -> None:
        self._folder = folder
        self._streams: dict[str, tuple[int, int]] = {}
        self._corpora: dict[str, list[Corpus]] = {}
        self._n = self._tokens = 0
        self._kinds = ARRAYS | ({WEIGHTS: "f4"} if weighted else {})
        with writing(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{WEIGHTS}.npy").unlink(missing_ok=True)
            self._files = [
                _ArrayFile(folder / f"{name}.npy", np.dtype(kind))
                for name, kind in self._kinds.items()
            ]

    def __enter__(self) -> Self:
        self._write([], [0], [], [])
        return self

    def add(
        self, name: str, table: TokenTable, keys: Keys, weights: FloatArray | None = None
    ) -> None:
        """Put sentences behind the others.

        Args:
            name: of their stream; those of one stream come one after the other.
            table: their tokens.
            keys: of their targets, as many.
            weights: what they count, as many; None: 1.

        Raises:
            OutputFolderError: the disk is full.
        """
        counted = np.ones(len(table), np.float32) if weights is None else weights
        self._write(table.tokens, table.offsets[1:] + self._tokens, keys, counted)
        start, _ = self._streams.get(name, (self._n, self._n))
        self._n, self._tokens = self._n + len(table), self._tokens + int(table.offsets[-1])
        self._streams[name] = (start, self._n)

    def place(
        self, name: str, sizes: Sequence[tuple[str, int, int]], *, dictionary: bool = False
    ) -> None:
        """Note which places the examples of a stream come from, behind those noted before.

        Args:
            name: of the stream, whose examples are added.
            sizes: places in order, how many of the examples each gave, and of how many.
            dictionary: whether they are dictionaries; these come last.
        """
        parts = self._corpora.setdefault(name, [])
        at = parts[-1].end if parts else self._streams[name][0]
        for place, size, drawn_from in sizes:
            parts.append(Corpus(place, at, at + size, dictionary, drawn_from))
            at += size

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with writing(str(self._folder)):
            for file in self._files:
                file.close(whole=kind is None)
        if kind is None:  # comes last and says that the others are whole
            corpora = {k: [astuple(part) for part in parts] for k, parts in self._corpora.items()}
            write_json(self._folder / CORPORA, corpora)
            write_json(self._folder / "streams.json", dict(self._streams))

    def _write(self, *parts: npt.ArrayLike) -> None:
        with writing(str(self._folder)):
            for file, part in zip(self._files, parts, strict=False):  # weights come last, if at all
                file.append(part)


class _ArrayFile:
    """What `np.load` reads, written piece by piece.

    `np.save` of an array that fills the disk says how many numbers were written, and not why no
    more were.
    """

    def __init__(self, path: Path, kind: np.dtype[Any]) -> None:
        self._stream, self._kind, self._n = path.open("wb"), kind, 0
        self._write_header()

    def append(self, part: npt.ArrayLike) -> None:
        """Put numbers behind the others."""
        flat = np.ascontiguousarray(part, self._kind)
        self._stream.write(flat.view(np.uint8).data)
        self._n += len(flat)

    def close(self, *, whole: bool) -> None:
        """Write how many there are, and all to disk."""
        with self._stream:
            if whole:
                self._stream.seek(0)
                self._write_header()
                self._stream.flush()
                os.fsync(self._stream.fileno())

    def _write_header(self) -> None:
        """The header; numpy leaves room in it for a number of any length."""
        descr = np.lib.format.dtype_to_descr(self._kind)
        header = {"shape": (self._n,), "fortran_order": False, "descr": descr}
        np.lib.format.write_array_header_1_0(self._stream, header)


def pad_batch(table: TokenTable, rows: LongArray, pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad sentences to the longest of them.

    Args:
        table: tokens of all sentences.
        rows: sentence numbers, `(n,)`.
        pad: id that fills the short ones.

    Returns:
        Ids and mask, int64 `(n, longest)`.
    """
    ids = table.padded(rows, pad)
    mask = (np.arange(ids.shape[1]) < table.lengths_of(rows)[:, None]).astype(np.int64)
    return torch.from_numpy(ids), torch.from_numpy(mask)
