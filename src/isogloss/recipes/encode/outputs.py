"""The parts joined to one file: `.npy` that numpy maps, or Parquet with a row group a part."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from isogloss.recipes.encode.work import PARQUET, row_bytes, split_int8
from isogloss.shards import Finished
from isogloss.vectors.quantized import Quantization
from isogloss.writing import json_text, whole_file, writing

SUFFIXES = (".npy", ".parquet")


JOINING = "joining"
"""End of the name of a file that is being joined: what a killed run left is written over."""


def scales_path(out: Path) -> Path:
    """Where the scales of int8 rows lie beside them."""
    return out.with_name(f"{out.stem}.scales.npy")


def join_parts(
    parts: Sequence[Finished],
    out: Path,
    dim: int,
    quantize: Quantization | None,
    facts: Mapping[str, Any],
) -> None:
    """Write the file, whole or not at all, from parts in order.

    Args:
        parts: what `EncodeWork` gave.
        out: the file; its suffix tells the format.
        dim: width of the vectors.
        quantize: as the parts are.
        facts: how the vectors came about; they stand in the schema of a Parquet file.

    Raises:
        OutputFolderError: the file cannot be written; the parts stay.
    """
    with writing(f"--out {str(out)!r}", kept="the vectors are kept: the same command goes on"):
        if out.suffix.lower() == ".parquet":
            _join_tables(parts, out, facts)
            return
        n = sum(part.bytes for part in parts) // row_bytes(dim, quantize)
        width = -(-dim // 8) if quantize == "binary" else dim
        kind = {"int8": np.int8, "binary": np.uint8}.get(quantize or "", np.float32)
        if quantize == "int8":
            with whole_file(scales_path(out), JOINING) as stream:
                _header(stream, (n,), np.float32)
                for part in parts:
                    stream.write(split_int8(part.read(), dim).scales.tobytes())
        with whole_file(out, JOINING) as stream:
            _header(stream, (n, width), kind)
            for part in parts:
                if quantize == "int8":
                    stream.write(split_int8(part.read(), dim).codes.tobytes())
                else:
                    with part.path.open("rb") as source:
                        shutil.copyfileobj(source, stream, 1 << 20)


def _join_tables(parts: Sequence[Finished], out: Path, facts: Mapping[str, Any]) -> None:
    import pyarrow.parquet as pq

    schema = pq.read_schema(parts[0].path)
    schema = schema.with_metadata({"isogloss": json.dumps(json.loads(json_text(facts)))})
    with whole_file(out, JOINING) as stream, pq.ParquetWriter(stream, schema, **PARQUET) as writer:
        for part in parts:
            table = pq.read_table(part.path).replace_schema_metadata(schema.metadata)
            writer.write_table(table, row_group_size=max(1, len(table)))


def _header(stream: IO[bytes], shape: tuple[int, ...], kind: type) -> None:
    described = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, described)
