"""Training examples: flat arrays, written once and memory-mapped by every process."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from isogloss.data.token_table import TokenTable
from isogloss.protocols import LongArray
from isogloss.writing import write_json, writing

Keys = npt.NDArray[np.bytes_]


@dataclass(frozen=True, eq=False)
class Examples:
    """Tokenized sentences of all streams, each with the key of its target.

    Attributes:
        table: token ids, special tokens included, already cut at the maximum.
        keys: per example, the target store's key of the source sentence, `(n_examples,)`.
        streams: name (a language) to the half-open range of examples it owns.
    """

    table: TokenTable
    keys: Keys
    streams: Mapping[str, tuple[int, int]]

    @classmethod
    def from_streams(cls, parts: Mapping[str, tuple[TokenTable, Keys]]) -> "Examples":
        """Put streams one behind the other."""
        table = TokenTable.concatenate([tokens for tokens, _ in parts.values()])
        keys = np.concatenate([keys for _, keys in parts.values()])
        streams, start = {}, 0
        for name, (tokens, _) in parts.items():
            streams[name] = (start, start + len(tokens))
            start += len(tokens)
        return cls(table, keys, streams)

    def belong(self, rows: LongArray, name: str) -> npt.NDArray[np.bool_]:
        """Which of some examples are of the stream `name`, `(len(rows),)`."""
        start, end = self.streams[name]
        return (rows >= start) & (rows < end)

    def write(self, folder: Path) -> None:
        """Write the arrays; `streams.json` comes last and says that the others are whole.

        Raises:
            OutputFolderError: the folder cannot be written.
        """
        with writing(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            _save(folder / "tokens.npy", self.table.tokens)
            _save(folder / "offsets.npy", self.table.offsets)
            _save(folder / "keys.npy", self.keys)
        write_json(folder / "streams.json", dict(self.streams))

    @classmethod
    def read(cls, folder: Path) -> "Examples":
        """Map the arrays that `write` left."""
        streams = json.loads((folder / "streams.json").read_text(encoding="utf-8"))
        table = TokenTable(
            np.load(folder / "tokens.npy", mmap_mode="r"), np.load(folder / "offsets.npy")
        )
        return cls(
            table, np.load(folder / "keys.npy"), {k: (a, b) for k, (a, b) in streams.items()}
        )


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    """Write what `np.load` reads, to disk.

    `np.save` of an array that fills the disk says how many numbers were written, and not why no
    more were.
    """
    flat = np.ascontiguousarray(array)
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(flat))
        stream.write(flat.view(np.uint8).data)
        stream.flush()
        os.fsync(stream.fileno())


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
    mask = (np.arange(ids.shape[1]) < table.lengths[rows][:, None]).astype(np.int64)
    return torch.from_numpy(ids), torch.from_numpy(mask)
