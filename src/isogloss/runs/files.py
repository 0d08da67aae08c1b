"""The result files of a run: written together; `scores.json` read back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss.errors import DataFormatError
from isogloss.metrics.score import Score
from isogloss.runs.descriptions import RunRecord
from isogloss.runs.items import Items, write_items
from isogloss.runs.reading import read_json
from isogloss.runs.record import write_record
from isogloss.writing import write_json

SCORES_FILE = "scores.json"
ONLY_MODEL = "model"
"""Label of the scores of an evaluation of one model, whose rows name none."""

_NUMBERS = {"n": int, **dict.fromkeys(("value", "low", "high"), int | float | None)}
_REQUIRED = ("task", "languages", "metric", "value", "n")


def write_results(
    folder: Path,
    record: RunRecord,
    rows: Sequence[Mapping[str, Any]],
    items: Sequence[Items],
) -> None:
    """Write what a finished run leaves for others to read; each file whole or not at all.

    Args:
        folder: the run's folder, made where it is missing.
        record: what the run says of itself.
        rows: the rows of `scores.json`.
        items: what the scores were computed from, for `items.npz`.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    write_json(folder / SCORES_FILE, list(rows))
    write_record(folder, record)
    write_items(folder, items)


def read_scores(folder: Path | str) -> dict[str, list[Score]]:
    """Read `scores.json`.

    Args:
        folder: the run's folder.

    Returns:
        Scores per model label, in the order of the file; one model without a name is `model`.

    Raises:
        MissingFileError: there is no `scores.json`.
        DataFormatError: it is no list of scores.
    """
    path = Path(folder) / SCORES_FILE
    scores: dict[str, list[Score]] = {}
    for number, row in enumerate(read_rows(path), start=1):
        score = score_from_row(row, f"{path}, row {number}")
        scores.setdefault(str(row.get("model", ONLY_MODEL)), []).append(score)
    return scores


def read_rows(path: Path) -> list[Any]:
    """Read a file of rows such as `scores.json`.

    Args:
        path: the file.

    Returns:
        The rows, unchecked.

    Raises:
        MissingFileError: there is no such file.
        DataFormatError: it is no JSON list.
    """
    rows = read_json(path)
    if not isinstance(rows, list):
        raise DataFormatError(
            f"{path} holds a JSON {type(rows).__name__}; expected a list of scores;"
            " evaluate the model again"
        )
    return rows


def score_from_row(row: object, where: str = "a score") -> Score:
    """The inverse of `Score.to_dict`; keys that a score does not have are ignored.

    Args:
        row: a row of `scores.json`.
        where: what to call the row in an error.

    Returns:
        The score.

    Raises:
        DataFormatError: a required key is missing, or a number is none.
    """
    lacking = [key for key in _REQUIRED if not isinstance(row, dict) or key not in row]
    if not isinstance(row, dict) or lacking:
        raise DataFormatError(
            f"{where} lacks {', '.join(lacking)}; expected {', '.join(_REQUIRED)};"
            " evaluate the model again"
        )
    for key, kinds in _NUMBERS.items():
        value = row.get(key)
        if not isinstance(value, kinds) or isinstance(value, bool):
            wanted = "a number of items" if key == "n" else "a number"
            raise DataFormatError(
                f"{where} has {key} {value!r:.40}; expected {wanted}; evaluate the model again"
            )
    return Score(
        task=str(row["task"]),
        languages=str(row["languages"]),
        metric=str(row["metric"]),
        value=row["value"],
        low=row.get("low"),
        high=row.get("high"),
        n=row["n"],
        signature=str(row.get("signature", "")),
        dropped=row.get("dropped") or {},
        reason=row.get("reason"),
        data=str(row.get("data", "")),
    )
