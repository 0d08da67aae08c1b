"""Similarity: how close every text of a list is to every text of another, or of the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.console import Console, Silent
from isogloss.errors import InputError
from isogloss.protocols import STS, Encoder, FloatArray, read_for
from isogloss.recipes.documents import Place, read_documents
from isogloss.recipes.models import open_model
from isogloss.vectors.checks import check_finite
from isogloss.vectors.similarity import normalize

MAX_CELLS = 4_000_000
"""Cosines of a matrix, at most; for more there are search and mining."""

Texts = Path | str | Place | Sequence[str]
"""A file of texts, or texts."""


@dataclass(frozen=True, eq=False)
class Similarities:
    """A matrix of cosines.

    Attributes:
        rows: the texts of the first list.
        columns: those of the second; the same where there is one list.
        cosines: float32 `(n_rows, n_columns)`, -1 to 1; higher is closer.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    cosines: FloatArray

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rows": list(self.rows),
            "columns": list(self.columns),
            "cosines": [[round(float(cosine), 6) for cosine in row] for row in self.cosines],
        }


def similarity(
    model: Encoder | Path | str,
    first: Texts,
    second: Texts | None = None,
    *,
    console: Console | None = None,
) -> Similarities:
    """Compare all texts of two lists, or of one with itself.

    Args:
        model: folder or name of a model, or one that is loaded.
        first: rows of the matrix.
        second: columns; None takes the first again.
        console: told about stages; None is silent.

    Raises:
        InputError: the matrix has more than `MAX_CELLS`; the model gives no finite vectors.
        IsoglossError: see `isogloss.data.texts.read_texts` and `load_encoder`.
    """
    rows = _texts(first)
    columns = rows if second is None else _texts(second)
    if len(rows) * len(columns) > MAX_CELLS:
        raise InputError(
            f"{len(rows):,} by {len(columns):,} texts; expected a matrix of at most "
            f"{MAX_CELLS:,} cosines: give fewer, or take `isogloss search` or `isogloss mine`"
        )
    distinct = list(dict.fromkeys([*rows, *columns]))
    console = console or Silent()
    encoder = open_model(model, console)
    with console.stage("embedding", len(distinct)) as advance:
        vectors = read_for(encoder, STS).encode(distinct, progress=advance)
    check_finite(vectors, f"model {encoder.name!r}", distinct)
    unit, at = normalize(vectors), {text: row for row, text in enumerate(distinct)}
    a, b = (unit[[at[text] for text in side]] for side in (rows, columns))
    return Similarities(rows, columns, (a @ b.T).clip(-1, 1))


def _texts(given: Texts) -> list[str]:
    if isinstance(given, Path | str | Place):
        place = given if isinstance(given, Place) else Place(given)
        return [document.text for document in read_documents(place)]
    return list(given)
