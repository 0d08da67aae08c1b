"""Embedding and searching in parts, whose results lie on disk until all are done.

Both go on where they stopped, by `isogloss.shards`, and the bytes of their results depend on the
texts and the model alone: not on the engine, the number of workers, or how often work was stopped.
"""

import functools
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from isogloss.data.text import text_fingerprint
from isogloss.encoders.opening import open_encoder
from isogloss.errors import ModelShapeError
from isogloss.protocols import BITEXT_MINING, Encoder, FloatArray, read_for
from isogloss.search.mining.exact import Advance, search_rows
from isogloss.search.mining.parts import join_parts, part_from_bytes, part_to_bytes
from isogloss.shards import Engine, Finished, Here, Part, Processes, run_parts
from isogloss.vectors.checks import check_finite
from isogloss.vectors.neighbors import BothNeighbors
from isogloss.vectors.similarity import normalize
from isogloss.writing import whole_file, write_json, writing

TEXTS = 8_192
"""Texts embedded in a part."""

ROWS = 32_768
"""Rows of the first side in a part of a search."""


class ModelSource(NamedTuple):
    """A model, and how another process loads it.

    Attributes:
        encoder: the model.
        name: by which `open_encoder` finds it; None where only this process has it.
        prompt: see `open_encoder`.
    """

    encoder: Encoder
    name: str | None = None
    prompt: str | None = None


class StoredVectors(NamedTuple):
    """Vectors of length 1 in a file, float32, row after row.

    Attributes:
        path: the file.
        n: rows.
        dim: width.
        fingerprint: of the model and the texts.
    """

    path: Path
    n: int
    dim: int
    fingerprint: str

    def open(self) -> FloatArray:
        """The rows, mapped from the file, `(n, dim)`."""
        return np.memmap(self.path, np.float32, "r", shape=(self.n, self.dim))


def embed_texts(
    texts: Iterable[str],
    path: Path,
    model: ModelSource,
    *,
    engine: Engine | None = None,
    advance: Advance | None = None,
) -> StoredVectors:
    """Embed texts into a file of vectors, or go on with that.

    Args:
        texts: read twice, a few thousand at a time.
        path: the file; beside it, while it is made, a folder of parts.
        model: what embeds them.
        engine: who does it; None is this process.
        advance: told the number of texts that were embedded since it was last called.

    Raises:
        InputError: the model gives NaN or infinity.
        ModelShapeError: it gives vectors of another number or width than it says.
        OutputFolderError: the place cannot be written.
    """
    encoder = model.encoder
    known = encoder.fingerprint or uuid.uuid4().hex  # of an unknown model nothing is taken up
    digest, n = hashlib.sha256(f"{known} {model.prompt!r}".encode()), 0
    for batch in _batched(texts):
        digest.update(text_fingerprint(batch).encode())
        n += len(batch)
    stored = StoredVectors(path, n, encoder.dim, digest.hexdigest())
    if _is_whole(stored):
        return stored
    elsewhere = model.name is not None and not isinstance(engine, Here | None)
    precision = getattr(encoder, "precision", "auto")  # as it was probed here
    threads = engine.threads if isinstance(engine, Processes) else None
    here = None if elsewhere else encoder
    work = _Embed(encoder.dim, here, model.name, model.prompt, precision, threads)
    parts = (
        Part(f"{at:08d}", f"{known} {model.prompt!r} {text_fingerprint(batch)}", batch, len(batch))
        for at, batch in enumerate(_batched(texts))
    )
    folder = path.with_name(f"{path.name}.parts")
    _join(run_parts(folder, parts, work, engine=engine, advance=advance), stored)
    shutil.rmtree(folder)
    return stored


def find_neighbors(
    a: StoredVectors,
    b: StoredVectors,
    k: int,
    folder: Path,
    *,
    engine: Engine | None = None,
    advance: Advance | None = None,
) -> BothNeighbors:
    """The k nearest neighbors in both directions, exactly, or go on with finding them.

    Args:
        a: one side.
        b: the other side.
        k: neighbors, at least 1.
        folder: of parts; the caller removes it.
        engine: who does it; None is this process, with all its threads.
        advance: told the number of rows of `a` that were searched since it was last called.

    Returns:
        As `isogloss.vectors.nearest_both`.
    """
    known = f"{a.fingerprint} {b.fingerprint} {k}"
    parts = (
        Part(f"{start:010d}", known, range(start, min(start + ROWS, a.n)), min(ROWS, a.n - start))
        for start in range(0, a.n, ROWS)
    )
    work = _Search(a, b, k, None if isinstance(engine, Here | None) else 1)
    done = run_parts(folder, parts, work, engine=engine, advance=advance)
    return join_parts((part_from_bytes(part.read()) for part in done), k)


@dataclass
class _Embed:
    """Turn texts into the bytes of their vectors; a process loads the model once."""

    dim: int
    encoder: Encoder | None
    name: str | None
    prompt: str | None
    precision: str
    threads: int | None

    def __call__(self, texts: Sequence[str]) -> bytes:
        how = (self.prompt, self.precision, self.threads)
        encoder = self.encoder or _loaded(str(self.name), *how)
        vectors = np.asarray(read_for(encoder, BITEXT_MINING).encode(texts))
        if vectors.shape != (len(texts), self.dim):
            raise ModelShapeError(
                f"model {encoder.name} gave embeddings of shape {vectors.shape} for {len(texts)} "
                f"texts; expected {(len(texts), self.dim)}; look at its encode method"
            )
        check_finite(vectors, f"model {encoder.name}", texts)
        return normalize(vectors).tobytes()


@dataclass(frozen=True)
class _Search:
    """Search with the rows of a part; what they find, as bytes."""

    a: StoredVectors
    b: StoredVectors
    k: int
    threads: int | None

    def __call__(self, rows: range) -> bytes:
        part = self.a.open()[rows.start : rows.stop]
        found = search_rows(part, self.b.open(), self.k, first=rows.start, threads=self.threads)
        return part_to_bytes(found)


@functools.lru_cache(maxsize=1)
def _loaded(name: str, prompt: str | None, precision: str, threads: int | None) -> Encoder:
    """The encoder of another process, and the threads that it may use."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    return open_encoder(name, prompt, precision=precision)


def _join(parts: Sequence[Finished], stored: StoredVectors) -> None:
    """Write the parts into one file, whole or not at all, and say whose vectors it has."""
    with writing(str(stored.path)):
        _marker(stored).unlink(missing_ok=True)
        with whole_file(stored.path, "joining") as stream:
            stream.writelines(part.read() for part in parts)
    write_json(_marker(stored), {"fingerprint": stored.fingerprint})


def _is_whole(stored: StoredVectors) -> bool:
    try:
        known = json.loads(_marker(stored).read_text(encoding="utf-8"))["fingerprint"]
        size = stored.path.stat().st_size
    except (OSError, ValueError, KeyError):
        return False
    return bool(known == stored.fingerprint and size == 4 * stored.n * stored.dim)


def _marker(stored: StoredVectors) -> Path:
    return stored.path.with_name(f"{stored.path.name}.json")


def _batched(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lists of `TEXTS`, but for the last."""
    rest = iter(texts)
    while batch := list(islice(rest, TEXTS)):
        yield batch
