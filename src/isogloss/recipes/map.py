"""Map: texts on a plane, as a table that embedding-atlas opens, and as a picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isogloss.console import Console, Silent
from isogloss.errors import InputError, did_you_mean
from isogloss.protocols import CLUSTERING, Encoder, FloatArray
from isogloss.recipes.documents import (
    Place,
    check_place,
    check_recentering,
    embed_documents,
    read_documents,
    recentered,
)
from isogloss.recipes.files import check_file
from isogloss.recipes.models import open_model
from isogloss.reports.figures.atlas import draw_atlas
from isogloss.reports.figures.style import check_plots
from isogloss.search.clustering import check_enough, check_method, project
from isogloss.search.index.documents import Document, as_batch, schema_of
from isogloss.writing import write_whole

if TYPE_CHECKING:
    import pyarrow as pa


LANGUAGE = "language"
COORDINATES = ("x", "y")


@dataclass(frozen=True, eq=False)
class Atlas:
    """Texts on a plane.

    Attributes:
        documents: in the order of their file.
        points: float32 `(n, 2)`.
    """

    documents: list[Document]
    points: FloatArray


def draw_map(
    model: Encoder | Path | str,
    source: Path | str | Place,
    out: Path | str,
    *,
    method: str = "umap",
    color: str | None = None,
    recenter: bool = False,
    seed: int = 0,
    console: Console | None = None,
) -> Atlas:
    """Lay the texts of a file out on a plane, so that those that mean the same lie together.

    Args:
        model: folder or name of a model, or one that is loaded.
        source: the file.
        out: a Parquet file with x, y, id, text, language, and the other columns of the file; a
            picture stands beside it, called the same but for `.png`.
        method: `umap`, `tsne` or `pca`.
        color: the column that colors the picture; None takes the language.
        recenter: subtract each language's mean first, see `isogloss.vectors.centers`.
        seed: of everything random.
        console: told about stages; None is silent.

    Raises:
        InputError: `out` is no `.parquet`, there are too few texts, no such method or column; the
            model gives no finite vectors.
        MissingExtraError: a library is not installed.
        OutputFolderError: `out` cannot be written.
        IsoglossError: see `isogloss.data.texts.read_texts` and `load_encoder`.
    """
    place = source if isinstance(source, Place) else Place(source)
    path = check_file(out, ".parquet", read=[place.path])
    check_method(method)
    check_plots()
    check_place(place)
    console = console or Silent()
    documents = list(read_documents(place))
    check_enough(len(documents))
    categories, rows = _categories(documents, color), _rows(documents)
    if recenter:
        check_recentering(documents)
    encoder = open_model(model, console)
    embedded = embed_documents(encoder, documents, role=CLUSTERING, console=console)
    if recenter:
        embedded = recentered(embedded)
    with console.stage(f"laying out by {method}"):
        points = project(embedded.vectors, method, seed=seed)
    write_whole(path, _parquet(rows, points))
    title = f"{len(documents):,} texts by {method}"
    draw_atlas(points, categories, path.with_suffix(".png"), title=title, by=color or LANGUAGE)
    return Atlas(documents, points)


def _categories(documents: Sequence[Document], color: str | None) -> list[str]:
    """What colors each text."""
    if color in (None, LANGUAGE):
        return [document.language for document in documents]
    names = dict.fromkeys(name for document in documents for name in document.fields)
    if color not in names:
        known = [LANGUAGE, *names]
        raise InputError(
            f"--color {color!r} is no column; expected one of the file: "
            f"{did_you_mean(str(color), known, 'choose one of ' + ', '.join(known))}"
        )
    values = (document.fields.get(color) for document in documents)
    return ["" if value is None else str(value) for value in values]


def _rows(documents: Sequence[Document]) -> "pa.RecordBatch":
    """The texts and what else is known of them: a row a text, in the order of the file."""
    batch = as_batch(documents, schema_of(documents, 1))
    if taken := [name for name in COORDINATES if name in batch.schema.names]:
        raise InputError(
            f"column {taken[0]!r} has a name that a map needs itself; expected another: rename it"
        )
    return batch


def _parquet(rows: "pa.RecordBatch", points: FloatArray) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    places = [pa.array(np.ascontiguousarray(column)) for column in points.T]
    table = pa.table(dict(zip(COORDINATES, places, strict=True)))
    for name in rows.schema.names:
        table = table.append_column(name, rows.column(name))
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()
