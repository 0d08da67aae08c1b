"""A part of the work: texts in, the bytes of their vectors out, the same in every process."""

import functools
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from isogloss.allocator import keep_memory
from isogloss.errors import ModelShapeError
from isogloss.protocols import FloatArray, Role
from isogloss.vectors.checks import check_finite
from isogloss.vectors.quantized import Int8Rows, Quantization, to_bits, to_int8

if TYPE_CHECKING:
    import pyarrow as pa

    from isogloss.encoders.encoder import SentenceEncoder


class Rows(NamedTuple):
    """The payload of a part.

    Attributes:
        ids: of the texts.
        texts: as many.
    """

    ids: list[str]
    texts: list[str]


@dataclass(frozen=True)
class EncodeWork:
    """What is done with each part; see `isogloss.shards.Work`.

    Attributes:
        model: folder, or name.
        fingerprint: that the encoder must have wherever it is loaded.
        precision: "fp32", "bf16" or "int8": what the first process has probed holds for all.
        prompt: put before every text; None: the model's own, by role.
        role: what texts are read as.
        quantize: None keeps float32.
        table: whether a part is a Parquet file with ids and texts, else the vectors end to end.
        threads: that a process may use; None leaves it to the library.
    """

    model: str
    fingerprint: str
    precision: str
    prompt: str | None
    role: Role
    quantize: Quantization | None
    table: bool
    threads: int | None = None

    def __call__(self, rows: Rows) -> bytes:
        """Embed a part."""
        encoder = load_once(self.model, self.precision, self.prompt, self.threads)
        if encoder.fingerprint != self.fingerprint:
            raise ModelShapeError(
                f"model {self.model!r} is another one where a part of the work is done "
                f"({encoder.fingerprint}, not {self.fingerprint}); expected the same files on "
                "every machine: copy them"
            )
        vectors = encoder.encode(rows.texts, role=self.role)
        check_finite(vectors, f"model {self.model!r}", rows.texts)
        return (
            as_table(rows, vectors, self.quantize)
            if self.table
            else as_bytes(vectors, self.quantize)
        )


@functools.lru_cache(maxsize=1)
def load_once(
    model: str, precision: str, prompt: str | None, threads: int | None
) -> "SentenceEncoder":
    """The encoder of this process."""
    keep_memory()
    import torch

    from isogloss.encoders.opening import load

    if threads is not None:
        torch.set_num_threads(threads)
    return load(model, precision=precision, prompt=prompt)


def as_bytes(vectors: FloatArray, quantize: Quantization | None) -> bytes:
    """Rows end to end; behind those of int8 their scales."""
    if quantize is None:
        return vectors.tobytes()
    if quantize == "binary":
        return to_bits(vectors).tobytes()
    rows = to_int8(vectors)
    return rows.codes.tobytes() + rows.scales.tobytes()


def as_table(rows: Rows, vectors: FloatArray, quantize: Quantization | None) -> bytes:
    """A Parquet file of one row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"id": pa.array(rows.ids, pa.string()), "text": pa.array(rows.texts, pa.string())}
    quantized = to_int8(vectors) if quantize == "int8" else None
    if quantize == "binary":
        columns["embedding"] = _lists(to_bits(vectors))
    else:
        columns["embedding"] = _lists(quantized.codes if quantized else vectors)
    if quantized is not None:
        columns["scale"] = pa.array(quantized.scales)
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, row_group_size=max(1, len(vectors)), **PARQUET)
    return stream.getvalue()


PARQUET = {"use_dictionary": False, "compression": {"id": "zstd", "text": "zstd"}}
"""Numbers of a vector do not repeat: packing them costs time and saves nothing."""


def _lists(rows: np.ndarray) -> "pa.FixedSizeListArray":
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(rows).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, rows.shape[1])


def split_int8(content: bytes, dim: int) -> Int8Rows:
    """Codes and scales of a part in int8."""
    n = len(content) // (dim + 4)
    codes = np.frombuffer(content, np.int8, n * dim).reshape(n, dim)
    return Int8Rows(codes, cast(FloatArray, np.frombuffer(content, np.float32, offset=n * dim)))


def row_bytes(dim: int, quantize: Quantization | None) -> int:
    """Bytes of a row of a part without a table."""
    return {"int8": dim + 4, "binary": -(-dim // 8)}.get(quantize or "", 4 * dim)
