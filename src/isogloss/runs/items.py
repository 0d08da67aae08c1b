"""`items.npz`: what the scores of a run were computed from, item by item, for paired tests.

A zip of numpy arrays, read without pickle. The array `index` holds JSON (UTF-8 bytes): a list with
one object per score, whose `values`, `gold`, `weights` and `pairs` name arrays `a0`, `a1`, ...;
scores that rest on equal arrays share one.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.metrics.items import ItemValues
from isogloss.writing import write_whole

ITEMS_FILE = "items.npz"

_FACTS = ("task", "languages", "data", "fingerprint", "metric", "model", "how")
_COLUMNS = ("values", "gold", "weights", "pairs")
_Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class Items:
    """One model's values on one task's items, for one metric.

    Args:
        task: kind of task: `sts`, `bitext`, ...
        languages: language pair, such as `en-de`.
        data: name of the data, for people.
        fingerprint: hash of the data; equal fingerprints mean the same items in the same order.
        metric: name of the metric, such as `spearman`.
        model: label of the model, as in `scores.json`; never empty.
        values: one number per item, `(n,)`; see `isogloss.metrics.items.ItemValues`.
        gold: grade of each item, `(n,)`, where the metric is a correlation; else `None`.
        weights: denominator of each item, `(n,)`, where the metric is a ratio of sums; else `None`.
        how: what must be equal in two runs for the metric to be the same, besides data and metric:
            neighborhoods, the teacher; such as `margin:ratio|k:4`. Often empty.
        pairs: number of each item's pair, `(n,)`, where the same pair may stand in several
            languages; else, and in runs of earlier versions, `None`.
    """

    task: str
    languages: str
    data: str
    fingerprint: str
    metric: str
    model: str
    values: npt.NDArray[np.generic]
    gold: npt.NDArray[np.generic] | None = None
    weights: npt.NDArray[np.generic] | None = None
    how: str = ""
    pairs: npt.NDArray[np.generic] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def item_values(self) -> ItemValues:
        """The columns alone, checked."""
        pairs = None if self.pairs is None else self.pairs.astype(np.int64)
        return ItemValues(self.values, self.gold, self.weights, pairs)


def write_items(folder: Path | str, items: Sequence[Items]) -> None:
    """Write `items.npz` whole or not at all.

    Args:
        folder: the run's folder, made where it is missing.
        items: one per model, task and metric.

    Raises:
        OutputFolderError: it cannot be written.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    names: dict[tuple[str, bytes], str] = {}
    index = []
    for one in items:
        row: dict[str, Any] = {fact: getattr(one, fact) for fact in _FACTS}
        for column in _COLUMNS:
            array = getattr(one, column)
            if array is not None:
                key = (array.dtype.str, np.ascontiguousarray(array).tobytes())
                row[column] = names.setdefault(key, f"a{len(names)}")
                arrays[row[column]] = array
        index.append(row)
    written = np.frombuffer(json.dumps(index, ensure_ascii=False).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, index=written, **arrays)
    write_whole(Path(folder) / ITEMS_FILE, stream.getvalue())


def read_items(folder: Path | str) -> list[Items]:
    """Read `items.npz`.

    Args:
        folder: the run's folder.

    Returns:
        One per model, task and metric, in the order they were written.

    Raises:
        MissingFileError: there is no `items.npz`, as in runs of earlier versions.
        DataFormatError: it is no such file, is damaged, or holds values that cannot be used.
    """
    path = Path(folder) / ITEMS_FILE
    if not path.is_file():
        raise MissingFileError(
            f"{path} does not exist; expected the values per item that an evaluation leaves"
            " behind; evaluate again with this version, with --out"
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            index = json.loads(arrays["index"].tobytes())
            found = [_from_row(row, arrays) for row in index]
            for one in found:
                one.item_values()
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataFormatError(
            f"{path} cannot be read ({error}); expected the items of an evaluation;"
            " evaluate the model again"
        ) from error
    return found


def _from_row(row: Mapping[str, str], arrays: _Arrays) -> Items:
    facts = {fact: row[fact] for fact in _FACTS}
    columns = {column: arrays[row[column]] for column in _COLUMNS if column in row}
    return Items(**facts, **columns)  # type: ignore[arg-type]
